"""Small CloudFormation templates in the form of the CDK's output."""

from typing import Any

type Resources = dict[str, Any]


def resource(kind: str, **properties: Any) -> Resources:
    return {"Type": kind, "Properties": properties}


def ref(name: str) -> Resources:
    return {"Ref": name}


def att(name: str, attribute: str = "Arn") -> Resources:
    return {"Fn::GetAtt": [name, attribute]}


def join(*parts: Any) -> Resources:
    return {"Fn::Join": ["", list(parts)]}


def function(
    handler: str = "shop.handler.handler",
    *,
    code: str = "",
    timeout: float = 10,
    environment: Resources | None = None,
) -> Resources:
    found = resource(
        "AWS::Lambda::Function",
        Handler=handler,
        Timeout=timeout,
        Environment={"Variables": environment or {}},
    )
    return {**found, "Metadata": {"aws:asset:path": code}} if code else found


def http_api(**properties: Any) -> Resources:
    return resource("AWS::ApiGatewayV2::Api", ProtocolType="HTTP", **properties)


def http_routes(api: str, routes: dict[str, str], **properties: Any) -> Resources:
    """Return routes (`GET /x` -> function) with their integrations."""
    found: Resources = {}
    for number, (key, target) in enumerate(routes.items()):
        integration = f"{api}Integration{number}"
        found[integration] = resource(
            "AWS::ApiGatewayV2::Integration",
            ApiId=ref(api),
            IntegrationType="AWS_PROXY",
            IntegrationUri=att(target),
            PayloadFormatVersion="2.0",
        )
        found[f"{api}Route{number}"] = resource(
            "AWS::ApiGatewayV2::Route",
            ApiId=ref(api),
            RouteKey=key,
            Target=join("integrations/", ref(integration)),
            **properties,
        )
    return found


def websocket_api(
    api: str, routes: dict[str, str], *, stage: str = "live", responding: tuple[str, ...] = ()
) -> Resources:
    """Return a WebSocket API with its stage and routes (`echo` -> function)."""
    found: Resources = {
        api: resource(
            "AWS::ApiGatewayV2::Api",
            ProtocolType="WEBSOCKET",
            RouteSelectionExpression="$request.body.action",
        ),
        f"{api}Stage": resource("AWS::ApiGatewayV2::Stage", ApiId=ref(api), StageName=stage),
    }
    for number, (key, target) in enumerate(routes.items()):
        integration = f"{api}Integration{number}"
        uri = join("arn:aws:apigateway:eu-west-1:lambda:path/", att(target), "/invocations")
        found[integration] = resource(
            "AWS::ApiGatewayV2::Integration",
            ApiId=ref(api),
            IntegrationType="AWS_PROXY",
            IntegrationUri=uri,
        )
        answers = {"RouteResponseSelectionExpression": "$default"} if key in responding else {}
        found[f"{api}Route{number}"] = resource(
            "AWS::ApiGatewayV2::Route",
            ApiId=ref(api),
            RouteKey=key,
            Target=join("integrations/", ref(integration)),
            **answers,
        )
    return found
