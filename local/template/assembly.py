"""Cloud assembly of the CDK: stacks, resources, outputs and assets, and the references between them.

This module has no physical names; `trace` follows references by structure alone, so that a
route's function is known before provisioning.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

# CloudFormation value: plain JSON, or a one-key mapping that is an intrinsic function.
type Value = Any

_GENERATED = re.compile(r"[0-9A-F]{8}$")  # the hash at the end of a generated logical id
_SUBSTITUTION = re.compile(r"\$\{([^!][^}]*)\}")
_POINTERS = {
    "AWS::Lambda::Alias": "FunctionName",
    "AWS::Lambda::Version": "FunctionName",
    "AWS::S3::BucketPolicy": "Bucket",
}


class TemplateError(Exception):
    """Error: the local cloud does not support an element of the template."""


@dataclass(frozen=True, eq=False)
class Resource:
    """Resource of a stack, as in the template."""

    stack: str
    logical_id: str
    type: str
    properties: Mapping[str, Value] = field(repr=False)
    path: str = ""  # construct path without the stack, e.g. "AuthWeb/Resource"
    metadata: Mapping[str, Value] = field(default_factory=dict, repr=False)
    condition: str | None = None

    def __str__(self) -> str:
        return f"{self.stack}/{self.logical_id} ({self.type})"

    @property
    def key(self) -> tuple[str, str]:
        """Return the stack's name and the logical id, unique across stacks."""
        return self.stack, self.logical_id

    @property
    def construct_id(self) -> str:
        """Return the construct's name in the code: the logical id, or the end of the construct path."""
        if not _GENERATED.search(self.logical_id):
            return self.logical_id
        parts = [part for part in self.path.split("/") if part]
        while len(parts) > 1 and parts[-1] in {"Resource", "Function", "Default"}:
            parts.pop()
        return parts[-1] if parts else self.logical_id


@dataclass(frozen=True, eq=False)
class Stack:
    """Template of the assembly with its environment and assets."""

    name: str
    template: Mapping[str, Value] = field(repr=False)
    account: str = ""
    region: str = ""
    paths: Mapping[str, str] = field(default_factory=dict, repr=False)
    assets: Mapping[str, Path] = field(default_factory=dict, repr=False)

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """Return every resource by logical id."""
        return {
            logical_id: Resource(
                stack=self.name,
                logical_id=logical_id,
                type=body["Type"],
                properties=body.get("Properties", {}),
                path=self.paths.get(logical_id, ""),
                metadata=body.get("Metadata", {}),
                condition=body.get("Condition"),
            )
            for logical_id, body in self.template.get("Resources", {}).items()
        }

    def section(self, name: str) -> Mapping[str, Value]:
        """Return a top-level section, e.g. `Outputs`; empty if the template has none."""
        found: Mapping[str, Value] = self.template.get(name, {})
        return found


class Assembly:
    """Stacks of one synthesis."""

    def __init__(self, stacks: Mapping[str, Stack]) -> None:
        self.stacks = dict(stacks)

    @classmethod
    def load(cls, directory: Path) -> "Assembly":
        """Read a cloud assembly directory (`cdk.out`)."""
        manifest = json.loads((directory / "manifest.json").read_text())["artifacts"]
        stacks = {}
        for artifact_id, artifact in manifest.items():
            if artifact["type"] == "aws:cloudformation:stack":
                stack = _read_stack(directory, artifact_id, artifact)
                stacks[stack.name] = stack
        return cls(stacks)

    @classmethod
    def from_templates(cls, **templates: Mapping[str, Value]) -> "Assembly":
        """Return the stacks of plain templates, for tests: `Assembly.from_templates(App={"Resources": ...})`."""
        return cls({name: Stack(name, template) for name, template in templates.items()})

    def resources(self, *types: str) -> Iterator[Resource]:
        """Yield every resource of these types (of any type if none is given), stack by stack."""
        for stack in self.stacks.values():
            for resource in stack.resources.values():
                if not types or resource.type in types:
                    yield resource

    def get(self, stack: str, logical_id: str) -> Resource:
        """Return the resource; raise TemplateError with its name if it is missing."""
        try:
            return self.stacks[stack].resources[logical_id]
        except KeyError:
            raise TemplateError(f"{stack} has no resource {logical_id}") from None

    def output(self, stack: str, name: str) -> Value:
        """Return the expression of a stack's output."""
        try:
            return self.stacks[stack].section("Outputs")[name]["Value"]
        except KeyError:
            raise TemplateError(f"{stack} has no output {name}") from None

    def export(self, name: str) -> tuple[str, Value]:
        """Return the stack and the expression of an exported name."""
        for stack in self.stacks.values():
            for output in stack.section("Outputs").values():
                if output.get("Export", {}).get("Name") == name:
                    return stack.name, output["Value"]
        raise TemplateError(f"no stack exports {name}")

    def trace(self, owner: Resource, value: Value) -> Resource:
        """Return the single resource that an expression of `owner` refers to; an alias is replaced by its function."""
        found = {
            resource.key: resource
            for stack, logical_id in self._references(owner.stack, value)
            for resource in [self._alias_target(self.get(stack, logical_id))]
        }
        if len(found) != 1:
            names = ", ".join(map(str, found.values())) or "none"
            raise TemplateError(f"{owner} should refer to one resource, found {names}: {value}")
        return next(iter(found.values()))

    def _alias_target(self, resource: Resource) -> Resource:
        pointer = _POINTERS.get(resource.type)
        return self.trace(resource, resource.properties[pointer]) if pointer else resource

    def _references(self, stack: str, value: Value) -> Iterator[tuple[str, str]]:
        """Yield every (stack, logical id) that an expression mentions, through outputs of other stacks."""
        match value:
            case {"Fn::GetStackOutput": {"StackName": str(other), "OutputName": str(name)}}:
                yield from self._references(other, self.output(other, name))
            case {"Fn::ImportValue": str(name)}:
                other, expression = self.export(name)
                yield from self._references(other, expression)
            case list():
                for item in value:
                    yield from self._references(stack, item)
            case dict():
                for name in _names(value):
                    if name in self.stacks[stack].resources:  # else a parameter
                        yield stack, name
                for item in value.values():
                    yield from self._references(stack, item)

    def asset(self, resource: Resource, key: str | None = None) -> Path | None:
        """Return the staged file or directory of a resource's code, layer or object key."""
        if path := resource.metadata.get("aws:asset:path"):
            return Path(path)
        stack = self.stacks[resource.stack]
        return stack.assets.get(key.partition(".")[0]) if key else None


def _names(intrinsic: Mapping[str, Value]) -> list[str]:
    """Return the names that an intrinsic of the same stack mentions."""
    match intrinsic:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            return [name]
        case {"Fn::GetAtt": str(dotted)}:
            return [dotted.partition(".")[0]]
        case {"Fn::Sub": str(text) | [str(text), *_]}:
            return [name.partition(".")[0] for name in _SUBSTITUTION.findall(text)]
    return []


def _read_stack(directory: Path, artifact_id: str, artifact: Mapping[str, Value]) -> Stack:
    properties = artifact["properties"]
    account, _, region = artifact["environment"].removeprefix("aws://").partition("/")
    assets: dict[str, Path] = {}
    manifest = directory / f"{artifact_id}.assets.json"
    if manifest.exists():
        for asset_id, asset in json.loads(manifest.read_text())["files"].items():
            assets[asset_id] = (directory / asset["source"]["path"]).resolve()
    return Stack(
        name=properties.get("stackName", artifact_id),
        template=json.loads((directory / properties["templateFile"]).read_text()),
        account=account,
        region=region,
        paths=_construct_paths(directory, artifact),
        assets=assets,
    )


def _construct_paths(directory: Path, artifact: Mapping[str, Value]) -> dict[str, str]:
    """Return the map from logical id to construct path without the stack's own part."""
    metadata = dict(artifact.get("metadata", {}))
    if extra := artifact.get("additionalMetadataFile"):
        metadata |= json.loads((directory / extra).read_text())
    return {
        entry["data"]: path.strip("/").partition("/")[2]
        for path, entries in metadata.items()
        for entry in entries
        if entry["type"] == "aws:cdk:logicalId"
    }
