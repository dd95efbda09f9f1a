"""Synthesized CloudFormation templates as typed views.

`Template.load(Path("cdk.out"))` gives typed views (functions, routes, rules, tables ...);
a `Resolver` over a `Physical` mapping turns the expressions in them into values:

    template = Template.load(Path("cdk.out"))
    physical = Physical(region=template.region)
    physical.put(table.resource, "Sessions-local", {"Arn": ...})     # by provisioning
    resolver = template.resolver(physical)
    environment = resolver.environment(template.functions["AuthWeb"])
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from local.template import edge, readers, state
from local.template.assembly import Assembly, Resource, Stack, TemplateError, Value
from local.template.resolver import Physical, PhysicalResource, Resolver

__all__ = [
    "Assembly",
    "Physical",
    "PhysicalResource",
    "Resolver",
    "Resource",
    "Stack",
    "Template",
    "TemplateError",
    "Value",
]


class Template:
    """Stacks of one synthesis, read once into typed specs."""

    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly
        self._remove_unmet_conditions()
        self.functions = {spec.name: spec for spec in readers.functions(assembly)}
        self._names = {spec.resource.key: spec.name for spec in self.functions.values()}
        apis = readers.Apis(assembly, self._names)
        self.http_apis = tuple(apis.http())
        self.websocket_apis = tuple(apis.websocket())
        self.rules = tuple(readers.rules(assembly))
        self.schedules = tuple(readers.schedules(assembly))
        self.event_sources = tuple(readers.event_sources(assembly, self._names))
        self.distributions = tuple(edge.distributions(assembly))
        self.deployments = tuple(readers.deployments(assembly))
        self.tables = tuple(state.tables(assembly))
        self.queues = tuple(state.queues(assembly))
        self.buckets = tuple(state.buckets(assembly))
        self.keys = tuple(state.keys(assembly))
        self.secrets = tuple(state.secrets(assembly))
        self.buses = tuple(state.buses(assembly))

    @classmethod
    def load(cls, directory: Path) -> "Template":
        """Read a cloud assembly directory (`cdk.out`)."""
        return cls(Assembly.load(directory))

    @classmethod
    def from_templates(cls, **templates: Mapping[str, Value]) -> "Template":
        """Return the stacks of plain templates, for tests: `Template.from_templates(App={"Resources": ...})`."""
        return cls(Assembly.from_templates(**templates))

    @property
    def region(self) -> str:
        """Return the region of the stacks."""
        regions = (stack.region for stack in self.assembly.stacks.values())
        known = (region for region in regions if region and not region.startswith("unknown"))
        return next(known, "eu-west-1")

    def _remove_unmet_conditions(self) -> None:
        """Remove the resources whose condition is false."""
        resolver = self.resolver(Physical(region=self.region))
        for resource in tuple(self.assembly.resources()):
            if resource.condition and not resolver.condition(resource, resource.condition):
                del self.assembly.stacks[resource.stack].resources[resource.logical_id]

    def resources(self, *types: str) -> Iterator[Resource]:
        """Yield raw resources by type, for types without a typed view."""
        return self.assembly.resources(*types)

    def function_name(self, resource: Resource) -> str:
        """Return the name in `functions` of a function resource, e.g. a schedule's target."""
        try:
            return self._names[resource.key]
        except KeyError:
            raise TemplateError(f"{resource} is no function") from None

    def resolver(
        self,
        physical: Physical,
        *,
        parameters: Mapping[str, str] | None = None,
        rewrites: Mapping[str, str] | None = None,
        secret: Callable[[str], str] | None = None,
    ) -> Resolver:
        """Return a resolver of this template's expressions."""
        return Resolver(
            self.assembly, physical, parameters=parameters, rewrites=rewrites, secret=secret
        )
