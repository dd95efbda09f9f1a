"""Resolution of intrinsic functions to the provisioned resources."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from local.template.assembly import Assembly, Resource, TemplateError, Value
from local.template.specs import FunctionSpec

# The secret's name is an ARN or has no colon.
_DYNAMIC = re.compile(
    r"\{\{resolve:secretsmanager:(arn:(?:[^:]*:){5}[^:]+|[^:}]+)(?::SecretString:*)?\}\}"
)
ACCOUNT = "000000000000"  # the account of everything local


@dataclass(frozen=True)
class PhysicalResource:
    """Values of `Ref` and `Fn::GetAtt` of a provisioned resource."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class Physical:
    """Map from logical to physical resources; provisioning fills it, stateless resources have a default."""

    def __init__(self, *, account: str = ACCOUNT, region: str = "eu-west-1") -> None:
        self.account = account
        self.region = region
        self._known: dict[tuple[str, str], PhysicalResource] = {}

    def put(
        self, resource: Resource, ref: str, attributes: Mapping[str, str] | None = None
    ) -> None:
        """Record the physical resource of a resource."""
        self._known[resource.key] = PhysicalResource(ref, dict(attributes or {}))

    def get(self, resource: Resource) -> PhysicalResource | None:
        """Return the recorded physical resource, or a conventional one for a stateless resource."""
        return self._known.get(resource.key) or self._by_convention(resource)

    def arn(self, service: str, rest: str) -> str:
        """Return an ARN in the local account."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"

    def _by_convention(self, resource: Resource) -> PhysicalResource | None:
        name = resource.construct_id
        match resource.type:
            case "AWS::Lambda::Function":
                arn = self.arn("lambda", f"function:{name}")
                return PhysicalResource(name, {"Arn": arn})
            case "AWS::Lambda::Version":
                return PhysicalResource(self.arn("lambda", "function:version:1"), {"Version": "1"})
            case "AWS::Events::EventBus":
                bus = resource.properties["Name"]
                arn = self.arn("events", f"event-bus/{bus}")
                return PhysicalResource(bus, {"Arn": arn, "Name": bus})
            case "AWS::ApiGatewayV2::Api":
                api_id = re.sub(r"[^a-z0-9]", "", resource.logical_id.lower())
                endpoint = f"https://{api_id}.execute-api.{self.region}.amazonaws.com"
                return PhysicalResource(api_id, {"ApiId": api_id, "ApiEndpoint": endpoint})
            case "AWS::ApiGatewayV2::Stage":
                return PhysicalResource(resource.properties["StageName"])
            case "AWS::CloudFront::Distribution":
                domain = "local.cloudfront.net"
                return PhysicalResource("ELOCAL", {"Id": "ELOCAL", "DomainName": domain})
            case "AWS::IAM::Role":
                arn = f"arn:aws:iam::{self.account}:role/{resource.logical_id}"
                return PhysicalResource(resource.logical_id, {"Arn": arn})
        return None


class Resolver:
    """Resolver of a resource's expressions; an unknown one fails with the resource's name.

    `rewrites` maps the start of a deployed address to the local one (say an API's
    `https://{id}.execute-api...` to `http://127.0.0.1:8080`), applied to resolved strings.
    `secret` returns a secret's string by its name or ARN, for dynamic references.
    """

    def __init__(
        self,
        assembly: Assembly,
        physical: Physical,
        *,
        parameters: Mapping[str, str] | None = None,
        rewrites: Mapping[str, str] | None = None,
        secret: Callable[[str], str] | None = None,
    ) -> None:
        self._secret = secret
        self._assembly = assembly
        self._physical = physical
        self._parameters = dict(parameters or {})
        self._rewrites = dict(rewrites or {})
        self._functions: Mapping[str, Callable[[Resource, Value], Value]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetStackOutput": self._stack_output,
            "Fn::ImportValue": self._import_value,
            "Fn::If": self._if,
        }

    def value(self, owner: Resource, expression: Value) -> Value:
        """Return the expression with every intrinsic replaced by its value."""
        if isinstance(expression, list):
            return [self.value(owner, item) for item in expression]
        if isinstance(expression, str):
            return self._resolve_dynamic(owner, expression)
        if not isinstance(expression, dict):
            return expression
        if len(expression) == 1:
            name, argument = next(iter(expression.items()))
            if function := self._functions.get(name):
                return self._rewrite(function(owner, argument))
            if name.startswith("Fn::"):
                raise TemplateError(f"{owner} uses {name}, which the local cloud does not know")
        return {key: self.value(owner, item) for key, item in expression.items()}

    def text(self, owner: Resource, expression: Value) -> str:
        """Return the value of the expression as a string, as environment variables are."""
        resolved = self.value(owner, expression)
        if isinstance(resolved, bool):
            return str(resolved).lower()
        if isinstance(resolved, dict | list) or resolved is None:
            raise TemplateError(f"{owner} needs a string, not {expression}")
        return str(resolved)

    def environment(self, function: FunctionSpec) -> dict[str, str]:
        """Return a function's environment variables."""
        variables = function.environment.items()
        return {name: self.text(function.resource, value) for name, value in variables}

    def physical(self, resource: Resource) -> PhysicalResource:
        """Return the physical resource; raise TemplateError if it was not provisioned."""
        if known := self._physical.get(resource):
            return known
        if resource.type == "AWS::Lambda::Alias":
            function = self._assembly.trace(resource, resource.properties["FunctionName"])
            arn = f"{self.physical(function).attributes['Arn']}:{resource.properties['Name']}"
            return PhysicalResource(arn, {"AliasArn": arn})
        raise TemplateError(f"{resource} was not provisioned")

    def _resolve_dynamic(self, owner: Resource, text: str) -> str:
        """Replace `{{resolve:secretsmanager:name:SecretString:::}}`."""

        def replace(match: re.Match[str]) -> str:
            if self._secret is None:
                raise TemplateError(f"{owner} needs the secret {match[1]}, and there is none here")
            return self._secret(match[1])

        return _DYNAMIC.sub(replace, text)

    def _rewrite(self, resolved: Value) -> Value:
        if isinstance(resolved, str):
            for deployed, local in self._rewrites.items():
                if resolved.startswith(deployed):
                    return local + resolved.removeprefix(deployed)
        return resolved

    def _ref(self, owner: Resource, name: str) -> str:
        pseudo = {
            "AWS::AccountId": self._physical.account,
            "AWS::Region": self._physical.region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": owner.stack,
            "AWS::StackId": self._physical.arn("cloudformation", f"stack/{owner.stack}/local"),
        }
        if name in pseudo:
            return pseudo[name]
        parameters = self._assembly.stacks[owner.stack].section("Parameters")
        if name in parameters:
            return self._parameter(owner, name, parameters[name])
        return self.physical(self._resource(owner, name)).ref

    def _parameter(self, owner: Resource, name: str, declared: Mapping[str, Value]) -> str:
        if name in self._parameters:
            return self._parameters[name]
        if "Default" not in declared or declared["Type"].startswith("AWS::SSM"):
            raise TemplateError(f"{owner} needs the parameter {name}, which has no local value")
        return str(declared["Default"])

    def _resource(self, owner: Resource, name: str) -> Resource:
        try:
            return self._assembly.get(owner.stack, name)
        except TemplateError as error:
            raise TemplateError(f"{owner} refers to {name}: {error}") from error

    def _get_att(self, owner: Resource, argument: Value) -> str:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        resource = self._resource(owner, name)
        attributes = self.physical(resource).attributes
        if attribute not in attributes:
            raise TemplateError(f"{owner} asks {resource} for {attribute}, which has no value here")
        return attributes[attribute]

    def _sub(self, owner: Resource, argument: Value) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else argument

        def replace(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in given:
                return self.text(owner, given[name])
            return self._get_att(owner, name) if "." in name else self._ref(owner, name)

        return re.sub(r"\$\{([^}]+)\}", replace, text)

    def _join(self, owner: Resource, argument: Value) -> str:
        separator, parts = argument
        resolved = self.value(owner, parts)
        return cast("str", separator).join(str(part) for part in resolved)

    def _select(self, owner: Resource, argument: Value) -> Value:
        index, items = argument
        return self.value(owner, items)[int(self.value(owner, index))]

    def _split(self, owner: Resource, argument: Value) -> list[str]:
        separator, text = argument
        return self.text(owner, text).split(separator)

    def _find_in_map(self, owner: Resource, argument: Value) -> Value:
        name, first, second = (self.value(owner, part) for part in argument)
        return self._assembly.stacks[owner.stack].section("Mappings")[name][first][second]

    def _stack_output(self, _owner: Resource, argument: Value) -> Value:
        stack, name = argument["StackName"], argument["OutputName"]
        return self.value(_stack_owner(stack, name), self._assembly.output(stack, name))

    def _import_value(self, owner: Resource, argument: Value) -> Value:
        name = self.text(owner, argument)
        stack, expression = self._assembly.export(name)
        return self.value(_stack_owner(stack, name), expression)

    def _if(self, owner: Resource, argument: Value) -> Value:
        condition, then, otherwise = argument
        return self.value(owner, then if self.condition(owner, condition) else otherwise)

    def condition(self, owner: Resource, name: str) -> bool:
        """Tell whether a named condition of the owner's stack is true."""
        return self._holds(owner, self._assembly.stacks[owner.stack].section("Conditions")[name])

    def _holds(self, owner: Resource, expression: Value) -> bool:
        match expression:
            case {"Fn::Equals": [left, right]}:
                return bool(self.value(owner, left) == self.value(owner, right))
            case {"Fn::Not": [inner]}:
                return not self._holds(owner, inner)
            case {"Fn::And": list(parts)}:
                return all(self._holds(owner, part) for part in parts)
            case {"Fn::Or": list(parts)}:
                return any(self._holds(owner, part) for part in parts)
            case {"Condition": str(name)}:
                return self.condition(owner, name)
        raise TemplateError(f"{owner} has a condition the local cloud does not know: {expression}")


def _stack_owner(stack: str, output: str) -> Resource:
    """Return an owner for an output's expression, which belongs to a stack but to no resource."""
    return Resource(stack, f"Outputs.{output}", "output", {})
