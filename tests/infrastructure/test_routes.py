"""What the world may call: exactly this, and only through CloudFront."""

import re
from collections.abc import Mapping
from typing import Any

from escorts.domain import slugs
from tests.infrastructure.synth import Assembly

PUBLIC_ROUTES = {
    "ANY /api/v1/auth/{proxy+}": "AuthWeb",
    "ANY /api/v1/users/{proxy+}": "AuthWeb",
    "GET /.well-known/jwks.json": "AuthWeb",
    "GET /.well-known/openid-configuration": "AuthWeb",
    "ANY /register": "AuthWeb",
    "ANY /login": "AuthWeb",
    "POST /logout": "AuthWeb",
    "ANY /verify": "AuthWeb",
    "ANY /verify/{proxy+}": "AuthWeb",
    "ANY /reset": "AuthWeb",
    "ANY /reset/{proxy+}": "AuthWeb",
    "ANY /account": "AuthWeb",
    "ANY /account/{proxy+}": "AuthWeb",
    "ANY /staff/login": "AuthWeb",
    "GET /_account-chip": "AuthWeb",
    "ANY /{slug}/admin/login": "AuthWeb",
    "POST /{slug}/admin/logout": "AuthWeb",
    "ANY /api/v1/escorts": "EscortsWeb",
    "ANY /api/v1/escorts/{proxy+}": "EscortsWeb",
    "GET /": "EscortsWeb",
    "GET /_results": "EscortsWeb",
    "GET /city/{city}": "EscortsWeb",
    "GET /city/{city}/{service}": "EscortsWeb",
    "GET /robots.txt": "EscortsWeb",
    "GET /sitemap.xml": "EscortsWeb",
    "GET /sitemaps/{name}": "EscortsWeb",
    "POST /age": "EscortsWeb",
    "GET /favourites": "EscortsWeb",
    "ANY /_favourite/{slug}": "EscortsWeb",
    "ANY /saved-searches": "EscortsWeb",
    "ANY /saved-searches/{proxy+}": "EscortsWeb",
    "ANY /profile": "EscortsWeb",
    "ANY /profile/{proxy+}": "EscortsWeb",
    "ANY /staff/verification": "EscortsWeb",
    "ANY /staff/verification/{proxy+}": "EscortsWeb",
    "GET /{slug}": "EscortsWeb",
    "ANY /{slug}/admin": "EscortsWeb",
    "ANY /{slug}/admin/{proxy+}": "EscortsWeb",
    "GET /api/health": "OperationsWeb",
    "GET /api/v1/health": "OperationsWeb",
    "GET /api/v1/openapi.json": "OperationsWeb",
    "$default": "OperationsWeb",
}


def test_public_routes_are_exactly_the_declared_ones(assembly: Assembly) -> None:
    found = {}
    for route in assembly.of("AWS::ApiGatewayV2::Route"):
        integration = route.properties["Target"]["Fn::Join"][1][1]["Ref"]
        uri = assembly.one(route.stack, integration).properties["IntegrationUri"]
        found[route.properties["RouteKey"]] = uri["Ref"].removesuffix("Live")

    assert found == PUBLIC_ROUTES


def test_every_route_asks_for_cloudfronts_secret(assembly: Assembly) -> None:
    authorizer = assembly.one("Api", "FromCloudFront").properties
    assert authorizer["IdentitySource"] == ["$request.header.x-origin-verify"]

    for route in assembly.of("AWS::ApiGatewayV2::Route"):
        assert route.properties["AuthorizationType"] == "CUSTOM", str(route)
        assert (
            "FromCloudFront" in route.properties["AuthorizerId"]["Fn::GetStackOutput"]["OutputName"]
        )


def test_the_api_answers_under_no_other_address(assembly: Assembly) -> None:
    assert assembly.one("Api", "HttpApi").properties["DisableExecuteApiEndpoint"] is True


def test_no_profile_can_take_a_route_away() -> None:
    """`GET /{slug}` gives way to every other route: a slug named like one would never be seen."""
    segments = {key.split("/")[1] for key in PUBLIC_ROUTES if "/" in key} | {"static"}
    addressable = {segment for segment in segments if re.fullmatch(r"[a-z0-9-]+", segment)}

    assert addressable <= slugs.RESERVED


def test_throttles_name_routes_that_exist(assembly: Assembly) -> None:
    settings = _stage(assembly)["RouteSettings"]

    assert set(settings) <= set(PUBLIC_ROUTES)
    assert {"ANY /login", "ANY /register", "ANY /api/v1/auth/{proxy+}"} <= set(settings)
    assert _stage(assembly)["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0


def test_the_access_log_knows_neither_paths_nor_addresses(assembly: Assembly) -> None:
    written = _stage(assembly)["AccessLogSettings"]["Format"]

    assert "$context.routeKey" in written
    for private in ("sourceIp", "$context.path", "$context.http.path", "userAgent", "queryString"):
        assert private not in written


def _stage(assembly: Assembly) -> Mapping[str, Any]:
    (stage,) = assembly.of("AWS::ApiGatewayV2::Stage")
    return stage.properties
