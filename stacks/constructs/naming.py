"""Readable logical ids: `Sessions` instead of `Sessions0A1B2C3D`."""

from aws_cdk import CfnResource
from constructs import Construct


def resource_of(construct: Construct) -> CfnResource:
    """Return the CloudFormation resource of `construct`."""
    resource = construct.node.default_child
    if not isinstance(resource, CfnResource):
        raise TypeError(f"{construct.node.path} stands for no single resource")
    return resource


def named[T: Construct](construct: T, logical_id: str) -> T:
    """Set the logical id of the resource of `construct`."""
    resource_of(construct).override_logical_id(logical_id)
    return construct
