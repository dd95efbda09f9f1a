"""Construction of a feature's HTTP application."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, request_response
from pydantic.alias_generators import to_camel

from kit.auth.access import AccessRule, install_permissions
from kit.auth.cookies import COOKIE_NAMES
from kit.http import problems
from kit.http.caching import ETagMiddleware
from kit.http.compression import GzipMiddleware
from kit.http.middleware import (
    CsrfMiddleware,
    LanguageMiddleware,
    RequestContextMiddleware,
    SecurityHeadersMiddleware,
)
from kit.http.transaction import MAX_BODY, TransactionMiddleware
from kit.settings import env_list, env_required

if TYPE_CHECKING:
    from kit.db import Database

API = "/api/v1"


def create_app(
    *,
    title: str,
    routers: Sequence[APIRouter],
    database: Database | None = None,
    permissions: Mapping[str, Collection[str]] | None = None,
    max_body: int = MAX_BODY,
) -> FastAPI:
    """Return the application that serves `routers`.

    Every route must declare one access rule (`kit.auth.access`); a route without one raises `TypeError`, so that a
    forgotten rule does not make a route public. `permissions` maps a role to its permissions.
    """
    # Operations serves the merged OpenAPI document; a document per function would only cost start-up time.
    app = FastAPI(
        title=title,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # A redirect would go to the host of the request, which behind the CDN is not ours.
        redirect_slashes=False,
    )
    app.router.routes.extend(_adopt_route(route, app) for route in _routes(routers))
    install_permissions(app, permissions or {})
    problems.install(app)
    _add_middleware(app, database, max_body)
    return app


def _add_middleware(app: FastAPI, database: Database | None, max_body: int) -> None:
    # add_middleware wraps the application: the last one added is the outermost.
    trusted = env_list("CORS_ORIGINS")
    app.add_middleware(TransactionMiddleware, database=database, max_body=max_body)
    app.add_middleware(
        CsrfMiddleware, origin=env_required("PUBLIC_ORIGIN"), trusted=trusted, cookies=COOKIE_NAMES
    )
    app.add_middleware(ETagMiddleware)
    # Outside the ETag middleware, whose tag is that of the uncompressed text.
    app.add_middleware(GzipMiddleware)
    # Inside the middleware that adds headers, so that its response 500 has them too.
    app.add_middleware(RequestContextMiddleware)
    # Outside all middleware that answers with a text.
    app.add_middleware(LanguageMiddleware)
    if trusted:
        from starlette.middleware.cors import CORSMiddleware

        app.add_middleware(
            CORSMiddleware,
            allow_origins=trusted,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[
                "authorization",
                "content-type",
                "idempotency-key",
                "if-match",
                "x-crm-unlock-token",
            ],
            expose_headers=["etag", "location", "retry-after", "x-request-id"],
            max_age=600,
        )
    app.add_middleware(SecurityHeadersMiddleware)


def _routes(routers: Sequence[APIRouter]) -> Iterator[APIRoute]:
    for route in (route for router in routers for route in router.routes):
        if not isinstance(route, APIRoute):
            raise TypeError(
                f"{route} is not an API route: declare it with the router's own methods"
            )
        rules = declared_rules(route)
        if len(rules) != 1:
            methods = ",".join(sorted(route.methods or ()))
            raise TypeError(f"{methods} {route.path} declares {len(rules)} access rules, not one")
        yield route


def _adopt_route(route: APIRoute, app: FastAPI) -> APIRoute:
    """Return a copy of `route` bound to `app`.

    `include_router` would analyse every endpoint a second time, which slows a cold start. A router's prefix, tags and
    dependencies are in its routes already; it remains to name the operation after its function, for generated
    clients, and to take `dependency_overrides` from `app`.
    """
    route = copy(route)
    route.unique_id = route.operation_id or to_camel(route.name)
    if route.response_field is not None:
        route.response_field.name = f"Response_{route.unique_id}"
    route.dependency_overrides_provider = app
    # A public rule checks nothing, and calling it costs a tenth of a small request.
    route.dependant = copy(route.dependant)
    route.dependant.dependencies = [
        one for one in route.dependant.dependencies if not _is_public(one.call)
    ]
    route.app = request_response(route.get_route_handler())
    return route


def served_routes(app: FastAPI) -> Iterator[APIRoute]:
    """Yield every route of `app`, in the order of matching."""
    return (route for route in app.router.routes if isinstance(route, APIRoute))


def declared_rules(route: APIRoute) -> list[AccessRule]:
    """Return the access rules that `route` declares, in its decorator or among its parameters."""
    calls = [
        *(dependency.dependency for dependency in route.dependencies),
        *(dependency.call for dependency in route.dependant.dependencies),
    ]
    rules = {id(call): call for call in calls if isinstance(call, AccessRule)}
    return list(rules.values())


def _is_public(call: object) -> bool:
    return isinstance(call, AccessRule) and not call.audiences
