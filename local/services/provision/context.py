"""Context of provisioning: physical names, clients, and the record of created resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from local.template import Physical, Resolver, Resource, Value

__all__ = ["ClientFactory", "Context", "Provisioned"]


class ClientFactory(Protocol):
    """Factory of the emulator's boto3 clients."""

    def __call__(self, service: str) -> Any:
        """Return a client of the local account."""


@dataclass(frozen=True)
class Provisioned:
    """Provisioned resource of the template."""

    kind: str  # table, key, queue, bucket, secret
    stack: str
    label: str  # name in the template
    name: str  # physical name, address or ARN
    created: bool  # by this run

    @property
    def id(self) -> str:
        """Return the stable id, even where the name has a port or a random part."""
        return f"{self.kind} {self.stack}/{self.label}"


@dataclass(frozen=True)
class Context:
    """Context shared by all resource types."""

    resolver: Resolver
    physical: Physical
    client: ClientFactory

    def name(self, resource: Resource, given: Value, limit: int = 80) -> str:
        """Return the template's own name, or a generated one that is the same at every start."""
        if given is not None:
            return self.resolver.text(resource, given)
        return f"{resource.stack}-{resource.logical_id}"[-limit:].lstrip("-")

    def record(
        self, kind: str, resource: Resource, ref: str, attributes: Mapping[str, str], *, new: bool
    ) -> Provisioned:
        """Record the physical resource."""
        self.physical.put(resource, ref, attributes)
        return Provisioned(kind, resource.stack, resource.logical_id, ref, new)
