"""Logical ids that people and the local cloud can read: `Sessions` instead of `Sessions0A1B2C3D`."""

from aws_cdk import CfnResource
from constructs import Construct


def resource_of(construct: Construct) -> CfnResource:
    """Return the CloudFormation resource that `construct` stands for."""
    resource = construct.node.default_child
    if not isinstance(resource, CfnResource):
        raise TypeError(f"{construct.node.path} stands for no single resource")
    return resource


def named[T: Construct](construct: T, logical_id: str) -> T:
    """Give the resource behind `construct` exactly this logical id."""
    resource_of(construct).override_logical_id(logical_id)
    return construct
