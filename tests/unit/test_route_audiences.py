"""Audiences of routes: staff pages, provider's dashboard and client book are never mixed."""

from contracts.identity import ROLE_PERMISSIONS, Permission, Role
from kit.auth import Audience
from kit.http.app import declared_rules, served_routes
from tools.openapi import applications

DASHBOARD = "/{slug}/admin"
CLIENT_BOOK = "/{slug}/crm"
PRIVATE_API = "/api/v1/crm/{slug}"
LOGIN_ROUTES = {
    f"POST {PRIVATE_API}/session",
    f"GET {CLIENT_BOOK}/login",
    f"POST {CLIENT_BOOK}/login",
    f"POST {CLIENT_BOOK}/logout",
}
STAFF = ROLE_PERMISSIONS[Role.ADMIN]
OTHERS = (
    ROLE_PERMISSIONS[Role.CLIENT] | ROLE_PERMISSIONS[Role.ESCORT] | ROLE_PERMISSIONS[Role.AGENCY]
)
ROUTES = [
    (f"{entry} {','.join(sorted(route.methods or ()))} {route.path}", route)
    for entry, app in applications().items()
    for route in served_routes(app)
]
IN_ADMIN_ALONE = [
    (name, route)
    for name, route in ROUTES
    if declared_rules(route)[0].audiences == (Audience.ADMIN,)
]


def test_admin_routes_include_staff_and_provider_routes() -> None:
    paths = {route.path.startswith(DASHBOARD) for _, route in IN_ADMIN_ALONE}

    assert paths == {True, False}


def test_admin_routes_require_permissions_of_one_role() -> None:
    for name, route in IN_ADMIN_ALONE:
        rule = declared_rules(route)[0]

        if route.path.startswith(DASHBOARD):
            assert rule.permissions <= ROLE_PERMISSIONS[Role.ESCORT], name
            assert rule.permissions.isdisjoint(STAFF | ROLE_PERMISSIONS[Role.AGENCY]), name
            assert rule.sign_in_path == f"{DASHBOARD}/login", name
        else:
            assert rule.permissions <= STAFF, name
            assert rule.permissions.isdisjoint(OTHERS), name
            assert rule.sign_in_path == "", name


def test_dashboard_pages_require_admin_session() -> None:
    pages = [(name, route) for name, route in ROUTES if route.path.startswith(DASHBOARD)]

    for name, route in pages:
        rule = declared_rules(route)[0]

        if route.path.removeprefix(DASHBOARD) in {"/login", "/logout"}:
            assert rule.is_public, name
        else:
            assert rule.audiences == (Audience.ADMIN,), name
            assert not rule.optional, name
    assert pages


PRIVATE = [
    (name, route) for name, route in ROUTES if route.path.startswith((CLIENT_BOOK, PRIVATE_API))
]


def test_crm_routes_require_crm_session() -> None:
    for name, route in PRIVATE:
        rule = declared_rules(route)[0]

        if name.partition(" ")[2] in LOGIN_ROUTES:
            assert rule.is_public, name
            continue
        assert rule.audiences == (Audience.CRM,), name
        assert rule.permissions == {Permission.USE_CRM}, name
        assert not rule.optional, name
        if not route.path.startswith("/api/"):
            assert rule.sign_in_path == f"{CLIENT_BOOK}/login", name
    assert PRIVATE


def test_crm_session_is_accepted_only_by_crm_routes() -> None:
    elsewhere = [name for name, route in ROUTES if (name, route) not in PRIVATE]
    rules = {name: declared_rules(dict(ROUTES)[name])[0] for name in elsewhere}

    assert [name for name, rule in rules.items() if Audience.CRM in rule.audiences] == []
