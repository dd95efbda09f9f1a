"""Synthesized templates of one stage, created once per test run, and queries of them."""

import fcntl
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from stacks.application import build, new_app
from stacks.checks import findings
from stacks.settings import Settings, load

STAGES = ("dev", "staging", "prod")
PYTHON = "python3.13"


@dataclass(frozen=True)
class Resource:
    """Resource and its stack."""

    stack: str
    id: str
    body: Mapping[str, Any]

    @property
    def type(self) -> str:
        return str(self.body["Type"])

    @property
    def properties(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.body.get("Properties", {})
        return found

    def __str__(self) -> str:
        return f"{self.stack}/{self.id}"


@dataclass(frozen=True)
class Assembly:
    """Templates of a stage."""

    settings: Settings
    folder: Path
    findings: tuple[str, ...]
    manifest: Mapping[str, Any]
    templates: Mapping[str, Mapping[str, Any]]

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        return tuple(
            Resource(stack, name, body)
            for stack, template in self.templates.items()
            for name, body in template["Resources"].items()
        )

    def resources_of_type(self, kind: str) -> Iterator[Resource]:
        """Yield the resources of one type, such as `AWS::SQS::Queue`."""
        return (resource for resource in self.resources if resource.type == kind)

    def get_resource(self, stack: str, logical_id: str) -> Resource:
        return Resource(stack, logical_id, self.templates[stack]["Resources"][logical_id])

    @cached_property
    def functions(self) -> tuple[Resource, ...]:
        """Return our own functions, without the CDK's helpers."""
        return tuple(
            one
            for one in self.resources_of_type("AWS::Lambda::Function")
            if one.properties.get("Handler", "").endswith(".handler")
            and "Layers" in one.properties
            and one.properties["Runtime"] == PYTHON
            and not one.id.startswith("Custom")
        )

    def stack_properties(self, stack: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.manifest["artifacts"][stack]["properties"]
        return found

    def statements(self, function: Resource) -> list[Mapping[str, Any]]:
        """Return the policy statements of the function's role."""
        role = function.properties["Role"]["Fn::GetAtt"][0]
        return [
            statement
            for policy in self.resources_of_type("AWS::IAM::Policy")
            if policy.stack == function.stack and {"Ref": role} in policy.properties["Roles"]
            for statement in policy.properties["PolicyDocument"]["Statement"]
        ]


def environment(function: Resource) -> Mapping[str, Any]:
    """Return a function's environment variables."""
    found: Mapping[str, Any] = function.properties["Environment"]["Variables"]
    return found


def listed(value: object) -> list[Any]:
    """Return a value of IAM, which is a single value or a list, as a list."""
    return value if isinstance(value, list) else [value]


@cache
def synthesized(stage: str, shared: Path) -> Assembly:
    """Return the assembly of a stage; the first process of a test run synthesizes it, the others read it."""
    folder = shared / f"synth-{stage}"
    found = folder / "findings.json"
    with (shared / f"synth-{stage}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            found.write_text(json.dumps(_synthesize(stage, folder)))
    return Assembly(
        settings=load(stage),
        folder=folder,
        findings=tuple(json.loads(found.read_text())),
        manifest=json.loads((folder / "manifest.json").read_text()),
        templates={
            path.name.removesuffix(".template.json"): json.loads(path.read_text())
            for path in sorted(folder.glob("*.template.json"))
        },
    )


def _synthesize(stage: str, folder: Path) -> list[str]:
    """Synthesize a stage as `make synth` does, cdk-nag included; return the findings."""
    app = new_app(str(folder))
    build(app, load(stage))
    found = list(findings(app))
    app.synth()
    return found
