"""Tests of the public routes: exactly these, and only through CloudFront."""

from collections.abc import Mapping
from typing import Any

from tests.fixtures.gateway import PUBLIC_ROUTES
from tests.infrastructure.synth import Assembly


def test_public_routes_are_exactly_the_declared_ones(assembly: Assembly) -> None:
    found = {}
    for route in assembly.resources_of_type("AWS::ApiGatewayV2::Route"):
        integration = route.properties["Target"]["Fn::Join"][1][1]["Ref"]
        uri = assembly.get_resource(route.stack, integration).properties["IntegrationUri"]
        found[route.properties["RouteKey"]] = uri["Ref"].removesuffix("Live")

    assert found == PUBLIC_ROUTES


def test_routes_have_origin_authorizer(assembly: Assembly) -> None:
    authorizer = assembly.get_resource("Api", "FromCloudFront").properties
    assert authorizer["IdentitySource"] == ["$request.header.x-origin-verify"]

    for route in assembly.resources_of_type("AWS::ApiGatewayV2::Route"):
        assert route.properties["AuthorizationType"] == "CUSTOM", str(route)
        assert (
            "FromCloudFront" in route.properties["AuthorizerId"]["Fn::GetStackOutput"]["OutputName"]
        )


def test_execute_api_endpoint_is_disabled(assembly: Assembly) -> None:
    assert assembly.get_resource("Api", "HttpApi").properties["DisableExecuteApiEndpoint"] is True


def test_throttles_refer_to_existing_routes(assembly: Assembly) -> None:
    settings = _stage(assembly)["RouteSettings"]

    assert set(settings) <= set(PUBLIC_ROUTES)
    assert {"ANY /login", "ANY /register", "ANY /api/v1/auth/{proxy+}"} <= set(settings)
    assert _stage(assembly)["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0


def test_access_log_has_neither_paths_nor_addresses(assembly: Assembly) -> None:
    written = _stage(assembly)["AccessLogSettings"]["Format"]

    assert "$context.routeKey" in written
    for private in ("sourceIp", "$context.path", "$context.http.path", "userAgent", "queryString"):
        assert private not in written


def _stage(assembly: Assembly) -> Mapping[str, Any]:
    (stage,) = assembly.resources_of_type("AWS::ApiGatewayV2::Stage")
    return stage.properties
