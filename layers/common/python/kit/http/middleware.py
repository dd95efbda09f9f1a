"""Middleware of every request: pure ASGI, since a thread hop costs more than all of the middleware.

From outside in: `SecurityHeadersMiddleware` > CORS > `LanguageMiddleware` > `RequestContextMiddleware` (id, log of
failures, response 500) > `GzipMiddleware` > `ETagMiddleware` > `CsrfMiddleware` > `TransactionMiddleware` > the routes.
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.context import scope_request_id
from kit.http import problems
from kit.i18n import LANGUAGE_COOKIE, has_translations, use_language
from kit.i18n import gettext as _
from kit.observability import log_failure, logger

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_HEADERS = [
    (name.encode(), value.encode())
    for name, value in {
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "strict-transport-security": "max-age=63072000; includeSubDomains; preload",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        # Not "no-referrer": that would turn the Origin of our own forms into "null".
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
        "cache-control": "no-store",
    }.items()
]


class RequestContextMiddleware:
    """Middleware that sets the request id, logs failures, and answers unhandled errors with a 500 without internals."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identifier = scope_request_id(scope)
        status = 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", identifier.encode()))
            await send(message)

        try:
            await self._app(scope, receive, observed)
        except Exception as error:
            log_failure("unhandled error", error, request_id=identifier)
            if status:
                raise
            answer = problems.problem(Request(scope), 500, "internal-error", _(problems.INTERNAL))
            await answer(scope, receive, observed)
        if status >= 500:
            # Successes are in the gateway's access log. Log the route's template, not the path, which may hold a name.
            route = getattr(scope.get("route"), "path", None)
            extra = {"request_id": identifier, "route": route, "status": status}
            logger().error("request failed", extra=extra)


class LanguageMiddleware:
    """Middleware that uses the language of the visitor's cookie, where there is more than one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        chosen = _chosen_language(scope) if scope["type"] == "http" and has_translations() else None
        if chosen is None:
            await self._app(scope, receive, send)
            return
        with use_language(chosen):
            await self._app(scope, receive, send)


def _chosen_language(scope: Scope) -> str | None:
    return Request(scope).cookies.get(LANGUAGE_COOKIE)


class SecurityHeadersMiddleware:
    """Middleware that adds security headers to every response, and no-store unless the route sets Cache-Control."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                present = {name for name, _ in headers}
                headers.extend(header for header in _HEADERS if header[0] not in present)
            await send(message)

        await self._app(scope, receive, protected)


class CsrfMiddleware:
    """Middleware that refuses writes started by another site's page (CSRF), without tokens.

    Every current browser sends the request's context (Fetch Metadata, `Sec-Fetch-Site`); older ones send `Origin`.
    A caller that sends neither and no session cookie is not a browser. Origins in `trusted` may call with a bearer
    token, never with a cookie.
    """

    def __init__(
        self, app: ASGIApp, *, origin: str, trusted: Collection[str], cookies: Collection[str]
    ) -> None:
        self._app = app
        self._origin = origin
        self._trusted = frozenset(trusted)
        self._cookies = frozenset(cookies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or answer 403."""
        if scope["type"] != "http" or self._allowed(scope):
            await self._app(scope, receive, send)
            return
        answer = problems.problem(
            Request(scope),
            403,
            "cross-site-request",
            _("This came from another site. Open the page here and send it again."),
        )
        await answer(scope, receive, send)

    def _allowed(self, scope: MutableMapping[str, Any]) -> bool:
        if scope["method"] in _SAFE_METHODS:
            return True
        headers = Headers(scope=scope)
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        with_cookie = "cookie" in headers and not self._cookies.isdisjoint(Request(scope).cookies)
        if origin in self._trusted and not with_cookie:
            return True
        if site is not None:
            return site in {"same-origin", "none"}
        if origin is not None:
            return origin == self._origin
        return not with_cookie
