"""What every kind of resource needs to be provisioned: names, clients, a place to record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from local.template import Physical, Resolver, Resource, Value

__all__ = ["ClientFactory", "Context", "Provisioned"]


class ClientFactory(Protocol):
    """Makes boto3 clients of the emulator."""

    def __call__(self, service: str) -> Any:
        """Return a client of the local account."""


@dataclass(frozen=True)
class Provisioned:
    """One resource of the template as it now exists."""

    kind: str  # table, key, queue, bucket, secret
    stack: str
    label: str  # what the template calls it
    name: str  # physical name, address or ARN
    created: bool  # it was not there before

    @property
    def id(self) -> str:
        """What stays the same about it, even where its name carries a port or a random part."""
        return f"{self.kind} {self.stack}/{self.label}"


@dataclass(frozen=True)
class Context:
    """Shared by all kinds."""

    resolver: Resolver
    physical: Physical
    client: ClientFactory

    def name(self, resource: Resource, given: Value, limit: int = 80) -> str:
        """Return the template's own name, else one that stays the same at every start."""
        if given is not None:
            return self.resolver.text(resource, given)
        return f"{resource.stack}-{resource.logical_id}"[-limit:].lstrip("-")

    def record(
        self, kind: str, resource: Resource, ref: str, attributes: Mapping[str, str], *, new: bool
    ) -> Provisioned:
        """Record what a resource became."""
        self.physical.put(resource, ref, attributes)
        return Provisioned(kind, resource.stack, resource.logical_id, ref, new)
