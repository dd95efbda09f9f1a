"""Tests of the whole synthesis: no finding, no account look-up, no template error."""

import subprocess
import sys
from pathlib import Path

from tests.infrastructure.synth import Assembly

ROOT = Path(__file__).parents[2]


def test_cdk_nag_has_no_unacknowledged_finding(assembly: Assembly) -> None:
    assert assembly.findings == ()


def test_synthesis_needs_no_account(assembly: Assembly) -> None:
    assert "missing" not in assembly.manifest


def test_stacks_have_weak_references_only(assembly: Assembly) -> None:
    for stack, template in assembly.templates.items():
        assert "Fn::ImportValue" not in str(template), stack
        exports = [o for o in template.get("Outputs", {}).values() if "Export" in o]
        assert exports == []


def test_cross_stack_references_have_outputs(assembly: Assembly) -> None:
    stacks = {
        assembly.stack_properties(stack)["stackName"]: template
        for stack, template in assembly.templates.items()
    }

    def references(node: object) -> list[dict[str, str]]:
        if isinstance(node, dict):
            own = [node["Fn::GetStackOutput"]] if "Fn::GetStackOutput" in node else []
            return own + [found for value in node.values() for found in references(value)]
        if isinstance(node, list):
            return [found for value in node for found in references(value)]
        return []

    found = references(list(assembly.templates.values()))
    assert found
    for reference in found:
        assert reference["OutputName"] in stacks[reference["StackName"]]["Outputs"]


def test_features_deploy_after_migrations_and_before_edge(assembly: Assembly) -> None:
    def before(stack: str) -> set[str]:
        return set(assembly.manifest["artifacts"][stack].get("dependencies", []))

    for feature in ("Auth", "Escorts"):
        assert {"Data", "Api", "Operations", "Static"} <= before(feature)
        assert feature in before("Edge")


def test_cfn_lint_has_no_finding(prod: Assembly) -> None:
    templates = sorted(str(path) for path in prod.folder.glob("*.template.json"))
    command = [
        str(Path(sys.prefix) / "bin" / "cfn-lint"),
        "--config-file",
        str(ROOT / ".cfnlintrc"),
    ]

    result = subprocess.run([*command, *templates], check=False, capture_output=True, text=True)

    assert (result.stdout + result.stderr).strip() == ""
    assert result.returncode == 0
