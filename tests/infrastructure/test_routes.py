"""Tests of the public routes: exactly these, and only through CloudFront."""

import re
from collections.abc import Mapping
from typing import Any

from escorts.domain import slugs
from kit.http.app import served_routes
from tests.fixtures.functions import FUNCTIONS
from tests.fixtures.gateway import PUBLIC_ROUTES, function_for
from tests.infrastructure.synth import Assembly
from tools.openapi import applications


def test_public_routes_are_exactly_the_declared_ones(assembly: Assembly) -> None:
    found = {}
    for route in assembly.resources_of_type("AWS::ApiGatewayV2::Route"):
        integration = route.properties["Target"]["Fn::Join"][1][1]["Ref"]
        uri = assembly.get_resource(route.stack, integration).properties["IntegrationUri"]
        found[route.properties["RouteKey"]] = uri["Ref"].removesuffix("Live")

    assert found == PUBLIC_ROUTES


def test_routes_lead_to_serving_function() -> None:
    """This includes features with two functions, and paths that are similar."""
    served = {module: name for name, (module, _) in FUNCTIONS.items()}
    wrong = [
        f"{method} {route.path}"
        for entry, app in applications().items()
        for route in served_routes(app)
        for method in route.methods or ()
        if function_for(method, route.path.replace("{", "").replace("}", "")) != served[entry]
    ]

    assert wrong == []


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


def test_reserved_slugs_cover_routes() -> None:
    """Every other route precedes `GET /{slug}`: a profile with the slug of a route would be unreachable."""
    segments = {key.split("/")[1] for key in PUBLIC_ROUTES if "/" in key} | {"static"}
    addressable = {segment for segment in segments if re.fullmatch(r"[a-z0-9-]+", segment)}

    assert addressable <= slugs.RESERVED


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
