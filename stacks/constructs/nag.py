"""Acknowledgement of cdk-nag findings: each with its reason, next to the resource."""

from collections.abc import Iterable, Mapping

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

_HELPER = "The CDK's own helper function: "


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Acknowledge each rule (or single finding, `Rule[Finding]`) on `construct` and its children."""
    validations = Validations.of(construct)
    for rule, reason in reasons.items():
        validations.acknowledge(Acknowledgment(id=rule, reason=reason))


def managed_policy(name: str) -> str:
    """Return the id of the finding that a role uses AWS's own policy `name`."""
    policy = f"arn:<AWS::Partition>:iam::aws:policy/service-role/{name}"
    return f"AwsSolutions-IAM4[Policy::{policy}]"


def acknowledge_helper(construct: IConstruct, wildcards: Iterable[str] = (), why: str = "") -> None:
    """Acknowledge the findings of the CDK's own custom resource functions, and their wildcards."""
    reasons = {
        managed_policy(
            "AWSLambdaBasicExecutionRole"
        ): f"{_HELPER}the policy lets it write its log.",
        "AwsSolutions-L1": f"{_HELPER}its runtime comes with aws-cdk-lib.",
    }
    acknowledge(construct, reasons | {f"AwsSolutions-IAM5[{name}]": why for name in wildcards})
