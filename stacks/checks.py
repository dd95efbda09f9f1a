"""Check of the whole app by cdk-nag's AwsSolutions rules: every unacknowledged violation is a finding."""

from aws_cdk import App
from cdk_nag import AwsSolutionsChecks


def findings(app: App) -> list[str]:
    """Return one line per unacknowledged finding; must run before the app is synthesized."""
    report = AwsSolutionsChecks(app).validate_scope(app)
    return [
        f"{resource.construct_path}: {violation.rule_name}: {violation.description}"
        for violation in report.violations
        for resource in violation.violating_resources
    ]
