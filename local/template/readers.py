"""Readers of functions, APIs and triggers into typed specs."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from local.template.assembly import Assembly, Resource, TemplateError, Value
from local.template.specs import (
    Authorizer,
    BucketDeployment,
    Cors,
    EventSource,
    FunctionSpec,
    HttpApi,
    HttpRoute,
    Rule,
    Schedule,
    Target,
    WebSocketApi,
    WebSocketRoute,
)

FUNCTION = "AWS::Lambda::Function"
API = "AWS::ApiGatewayV2::Api"


def functions(assembly: Assembly) -> Iterator[FunctionSpec]:
    """Yield every function; functions with the same construct id are named with their stack."""
    found = list(assembly.resources(FUNCTION))
    ids = [resource.construct_id for resource in found]
    asynchronous = _asynchronous(assembly)
    for resource in found:
        properties = resource.properties
        name = resource.construct_id
        retries, on_failure = asynchronous.get(resource.key, (2, None))
        yield FunctionSpec(
            name=name if ids.count(name) == 1 else f"{resource.stack}-{name}",
            resource=resource,
            handler=properties.get("Handler", ""),
            timeout=float(properties.get("Timeout", 3)),
            memory=int(properties.get("MemorySize", 128)),
            environment=properties.get("Environment", {}).get("Variables", {}),
            code=assembly.asset(resource, _object_key(properties.get("Code"))),
            layers=tuple(_layers(assembly, resource)),
            concurrency=properties.get("ReservedConcurrentExecutions"),
            dead_letter=on_failure
            or _optional(assembly, resource, properties.get("DeadLetterConfig"), "TargetArn"),
            retries=retries,
        )


def _asynchronous(assembly: Assembly) -> dict[tuple[str, str], tuple[int, Resource | None]]:
    """Return the retries and the failure destination of asynchronous invocations, by function."""
    found = {}
    for config in assembly.resources("AWS::Lambda::EventInvokeConfig"):
        function = assembly.trace(config, config.properties["FunctionName"])
        destinations = config.properties.get("DestinationConfig", {})
        failure = _optional(assembly, config, destinations.get("OnFailure"), "Destination")
        found[function.key] = (config.properties.get("MaximumRetryAttempts", 2), failure)
    return found


def _layers(assembly: Assembly, function: Resource) -> Iterator[Path]:
    """Yield the layers in reverse: in Lambda the last layer wins, in a search path the first."""
    for reference in reversed(function.properties.get("Layers", [])):
        layer = assembly.trace(function, reference)
        if path := assembly.asset(layer, _object_key(layer.properties.get("Content"))):
            yield path


def _object_key(content: Value) -> str | None:
    key = (content or {}).get("S3Key")
    return key if isinstance(key, str) else None


def _optional(
    assembly: Assembly, owner: Resource, holder: Mapping[str, Value] | None, key: str
) -> Resource | None:
    """Return the resource that `holder[key]` refers to, or None."""
    expression = (holder or {}).get(key)
    return assembly.trace(owner, expression) if expression else None


class Apis:
    """Reader of HTTP and WebSocket APIs with their routes, which may be in other stacks."""

    def __init__(self, assembly: Assembly, names: Mapping[tuple[str, str], str]) -> None:
        self._assembly = assembly
        self._names = names

    def http(self) -> Iterator[HttpApi]:
        """Yield every HTTP API."""
        for api in self._of_protocol("HTTP"):
            routes = []
            for route in self._children(api, "AWS::ApiGatewayV2::Route"):
                method, _, path = route.properties["RouteKey"].partition(" ")
                function, timeout = self._integration(route)
                method, path = (method, path) if path else ("ANY", method)
                guard = _optional(self._assembly, route, route.properties, "AuthorizerId")
                routes.append(HttpRoute(method, path, function, timeout or 30.0, guard))
            stage = self._stage(api) or "$default"
            guards = tuple(self._authorizers(api))
            yield HttpApi(api, tuple(routes), stage, _cors(api), guards)

    def _authorizers(self, api: Resource) -> Iterator[Authorizer]:
        for authorizer in self._children(api, "AWS::ApiGatewayV2::Authorizer"):
            properties = authorizer.properties
            if not properties.get("EnableSimpleResponses"):
                raise TemplateError(f"{authorizer} must be a function with simple responses")
            function = self._assembly.trace(authorizer, properties["AuthorizerUri"])
            yield Authorizer(
                resource=authorizer,
                function=self._names[function.key],
                identity=tuple(properties.get("IdentitySource", ())),
                ttl=float(properties.get("AuthorizerResultTtlInSeconds", 300)),
            )

    def websocket(self) -> Iterator[WebSocketApi]:
        """Yield every WebSocket API."""
        for api in self._of_protocol("WEBSOCKET"):
            routes = {}
            for route in self._children(api, "AWS::ApiGatewayV2::Route"):
                key = route.properties["RouteKey"]
                function, timeout = self._integration(route)
                responds = "RouteResponseSelectionExpression" in route.properties
                routes[key] = WebSocketRoute(key, function, responds, timeout or 29.0)
            selection = api.properties["RouteSelectionExpression"]
            yield WebSocketApi(api, selection, routes, self._stage(api) or "live")

    def _of_protocol(self, protocol: str) -> Iterator[Resource]:
        for api in self._assembly.resources(API):
            if api.properties.get("ProtocolType") == protocol:
                yield api

    def _children(self, api: Resource, type_: str) -> Iterator[Resource]:
        for child in self._assembly.resources(type_):
            if self._assembly.trace(child, child.properties["ApiId"]) is api:
                yield child

    def _stage(self, api: Resource) -> str | None:
        stages = self._children(api, "AWS::ApiGatewayV2::Stage")
        return next((stage.properties["StageName"] for stage in stages), None)

    def _integration(self, route: Resource) -> tuple[str, float | None]:
        """Return the function of a route, and the integration's timeout in seconds."""
        integration = self._assembly.trace(route, route.properties["Target"])
        properties = integration.properties
        http = " " in route.properties["RouteKey"]
        if http and properties.get("PayloadFormatVersion") != "2.0":
            raise TemplateError(f"{integration} must use payload format 2.0")
        function = self._assembly.trace(integration, properties["IntegrationUri"])
        milliseconds = properties.get("TimeoutInMillis")
        return self._names[function.key], milliseconds / 1000 if milliseconds else None


def _cors(api: Resource) -> Cors | None:
    if not (cors := api.properties.get("CorsConfiguration")):
        return None
    return Cors(
        origins=tuple(cors.get("AllowOrigins", ())),
        methods=tuple(cors.get("AllowMethods", ())),
        headers=tuple(cors.get("AllowHeaders", ())),
        exposed=tuple(cors.get("ExposeHeaders", ())),
        credentials=cors.get("AllowCredentials", False),
        max_age=cors.get("MaxAge"),
    )


def rules(assembly: Assembly) -> Iterator[Rule]:
    """Yield every EventBridge rule."""
    for resource in assembly.resources("AWS::Events::Rule"):
        properties = resource.properties
        yield Rule(
            name=resource.construct_id,
            resource=resource,
            bus=_bus(assembly, resource),
            pattern=properties.get("EventPattern"),
            schedule=properties.get("ScheduleExpression"),
            enabled=properties.get("State", "ENABLED") == "ENABLED",
            targets=tuple(
                _target(assembly, resource, target) for target in properties.get("Targets", [])
            ),
        )


def _bus(assembly: Assembly, rule: Resource) -> Resource | None:
    """Return the rule's bus, by reference or by the literal name of a bus of the template."""
    expression = rule.properties.get("EventBusName")
    if isinstance(expression, str):
        named = (
            bus
            for bus in assembly.resources("AWS::Events::EventBus")
            if bus.properties["Name"] == expression
        )
        return next(named, None)
    return assembly.trace(rule, expression) if expression else None


def _target(assembly: Assembly, owner: Resource, target: Mapping[str, Value]) -> Target:
    retry = target.get("RetryPolicy", {})
    return Target(
        resource=assembly.trace(owner, target["Arn"]),
        input=target.get("Input"),
        input_path=target.get("InputPath"),
        input_transformer=target.get("InputTransformer"),
        dead_letter=_optional(assembly, owner, target.get("DeadLetterConfig"), "Arn"),
        retries=retry.get("MaximumRetryAttempts", 185),
        max_age=retry.get("MaximumEventAgeInSeconds", 86_400),
    )


def schedules(assembly: Assembly) -> Iterator[Schedule]:
    """Yield every EventBridge Scheduler schedule."""
    for resource in assembly.resources("AWS::Scheduler::Schedule"):
        properties = resource.properties
        yield Schedule(
            name=resource.construct_id,
            resource=resource,
            expression=properties["ScheduleExpression"],
            timezone=properties.get("ScheduleExpressionTimezone", "UTC"),
            enabled=properties.get("State", "ENABLED") == "ENABLED",
            target=_target(assembly, resource, properties["Target"]),
        )


def event_sources(
    assembly: Assembly, names: Mapping[tuple[str, str], str]
) -> Iterator[EventSource]:
    """Yield every event source mapping from a queue or stream to a function."""
    for resource in assembly.resources("AWS::Lambda::EventSourceMapping"):
        properties = resource.properties
        source = assembly.trace(resource, properties["EventSourceArn"])
        destinations = properties.get("DestinationConfig", {})
        scaling = properties.get("ScalingConfig", {})
        yield EventSource(
            resource=resource,
            source=source,
            function=names[assembly.trace(resource, properties["FunctionName"]).key],
            batch_size=properties.get("BatchSize", 10 if "SQS" in source.type else 100),
            window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
            partial_failures="ReportBatchItemFailures"
            in properties.get("FunctionResponseTypes", []),
            enabled=properties.get("Enabled", True),
            starting_position=properties.get("StartingPosition", "LATEST"),
            retries=properties.get("MaximumRetryAttempts", -1),
            filters=tuple(properties.get("FilterCriteria", {}).get("Filters", ())),
            max_concurrency=scaling.get("MaximumConcurrency"),
            on_failure=_optional(assembly, resource, destinations.get("OnFailure"), "Destination"),
        )


def deployments(assembly: Assembly) -> Iterator[BucketDeployment]:
    """Yield every deployment of files into a bucket."""
    for resource in assembly.resources("Custom::CDKBucketDeployment"):
        properties = resource.properties
        staged = (assembly.asset(resource, key) for key in properties["SourceObjectKeys"])
        yield BucketDeployment(
            bucket=assembly.trace(resource, properties["DestinationBucketName"]),
            prefix=properties.get("DestinationBucketKeyPrefix", ""),
            sources=tuple(path for path in staged if path),
            cache_control=properties.get("SystemMetadata", {}).get("cache-control"),
        )
