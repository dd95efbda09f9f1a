"""Saying why a cdk-nag rule does not apply: always a sentence, always next to the resource."""

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Acknowledge each rule (or single finding, `Rule[Finding]`) on `construct` and what is below it."""
    validations = Validations.of(construct)
    for rule, reason in reasons.items():
        validations.acknowledge(Acknowledgment(id=rule, reason=reason))
