"""Unit tests of create_app: a route without exactly one access rule is refused."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, WebSocket
from starlette.routing import Mount, Route

from kit.auth import Principal, optional_session, public, requires
from kit.http import create_app
from kit.http.app import declared_rules, served_routes
from tests.fixtures.asgi import call

type Named = Annotated[Principal, requires("read:x")]


async def nothing() -> str:
    return "done"


def app_with(*dependencies: Any, **options: Any) -> Any:
    router = APIRouter(**options)
    router.add_api_route("/x", nothing, dependencies=list(dependencies))
    return create_app(title="Tests", routers=[router])


@pytest.mark.parametrize("rule", [public(), requires("read:x"), optional_session()])
def test_route_with_one_rule_is_accepted(rule: Any) -> None:
    routes = list(served_routes(app_with(rule)))

    assert [route.path for route in routes] == ["/x"]
    assert declared_rules(routes[0]) == [rule.dependency]


def test_rule_of_router_applies_to_routes() -> None:
    assert len(list(served_routes(app_with(dependencies=[public()])))) == 1


def test_rule_in_parameter_annotation_is_accepted() -> None:
    router = APIRouter()

    @router.get("/x")
    async def x(principal: Named) -> str:
        return principal.role

    assert len(list(served_routes(create_app(title="Tests", routers=[router])))) == 1


def test_dependency_overrides_apply_to_one_application() -> None:
    router = APIRouter()

    def word() -> str:
        return "real"

    @router.get("/x", dependencies=[public()])
    async def x(text: Annotated[str, Depends(word)]) -> str:
        return text

    tested, other = (create_app(title="Tests", routers=[router]) for _ in range(2))
    tested.dependency_overrides[word] = lambda: "fake"

    assert call(tested, "GET", "/x").json == "fake"
    assert call(other, "GET", "/x").json == "real"


def test_route_without_rule_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"GET /x declares 0 access rules"):
        app_with()


@pytest.mark.parametrize(
    "rules",
    [
        [public(), requires("read:x")],
        [public(), public()],
        [requires("read:x"), requires("read:y")],
        [optional_session(), requires("read:x")],
    ],
)
def test_route_with_two_rules_is_refused(rules: list[Any]) -> None:
    with pytest.raises(TypeError, match="declares 2 access rules"):
        app_with(*rules)


def test_route_with_router_and_own_rule_is_refused() -> None:
    with pytest.raises(TypeError, match="declares 2 access rules"):
        app_with(requires("read:x"), dependencies=[public()])


def test_route_with_nested_rule_only_is_refused() -> None:
    async def helper(principal: Named) -> str:
        return principal.role

    with pytest.raises(TypeError, match="declares 0 access rules"):
        app_with(Depends(helper))


def test_non_api_routes_are_refused() -> None:
    async def socket(connection: WebSocket) -> None:
        await connection.close()

    with_socket = APIRouter()
    with_socket.add_api_websocket_route("/ws", socket)
    for router in (
        APIRouter(routes=[Route("/x", nothing)]),
        APIRouter(routes=[Mount("/x", app=APIRouter())]),
        with_socket,
    ):
        with pytest.raises(TypeError, match="not an API route"):
            create_app(title="Tests", routers=[router])


def test_routes_of_included_router_are_checked() -> None:
    inner, outer = APIRouter(), APIRouter()
    inner.add_api_route("/hidden", nothing)
    outer.include_router(inner)

    with pytest.raises(TypeError):
        create_app(title="Tests", routers=[outer])


def test_requires_without_permission_is_refused() -> None:
    with pytest.raises(TypeError, match="at least one permission"):
        requires()


@pytest.mark.parametrize(
    "path", ["/openapi.json", "/docs", "/redoc", "/docs/oauth2-redirect", "/api/v1/openapi.json"]
)
def test_fastapi_documentation_pages_are_not_served(path: str) -> None:
    assert call(app_with(public()), path=path).status == 404
