"""Cache-Control and ETag handling for shared responses.

A route declares that its response is the same for every caller (`public_cache_control`, `cache_publicly`); no other
response is stored. The CDN caches it for so many seconds, a browser revalidates each time and mostly gets 304. No
cache serves a stale copy when we are unreachable: a profile that was taken down must not reappear because of a failure.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from fastapi import Depends, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS_OF_304 = {
    b"cache-control",
    b"content-location",
    b"etag",
    b"expires",
    b"last-modified",
    b"vary",
}


def public_cache_control(seconds: int) -> str:
    """Return the Cache-Control of a response that is the same for every caller."""
    return f"public, max-age=0, s-maxage={max(seconds, 0)}, must-revalidate, stale-if-error=0"


def capped_max_age(seconds: int, now: datetime, *until: datetime) -> int:
    """Return the seconds for which a response may be cached: `seconds`, but not beyond any time of `until`."""
    left = (int((moment - now).total_seconds()) for moment in until)
    return max(min(seconds, *left, seconds), 0)


def cache_publicly(seconds: int) -> Any:
    """Return the dependency of a JSON route whose response is the same for every caller."""

    async def allow(response: Response) -> None:
        response.headers["cache-control"] = public_cache_control(seconds)

    return Depends(allow)


class ETagMiddleware:
    """Middleware that adds an ETag to public responses, and answers 304 to a matching If-None-Match.

    The tag is weak: it is that of the text, compressed or not.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        started: Message | None = None

        async def validated(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start" and _is_public(message):
                started = message
                return
            if started is None:
                await send(message)
                return
            if not message.get("more_body", False):
                # Our responses have one body message; a response of several is sent without a tag.
                started, message = _with_etag(started, message, Headers(scope=scope))
            start, started = started, None
            await send(start)
            await send(message)

        await self._app(scope, receive, validated)


def _is_public(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return start["status"] == 200 and headers.get("cache-control", "").startswith("public")


def _with_etag(start: Message, body: Message, request: Headers) -> tuple[Message, Message]:
    tag = f'W/"{hashlib.sha256(body.get("body", b"")).hexdigest()[:32]}"'
    headers = [*start["headers"], (b"etag", tag.encode())]
    if not _matches_etag(tag, request):
        return {**start, "headers": headers}, body
    remaining = [(name, value) for name, value in headers if name.lower() in _HEADERS_OF_304]
    return {**start, "status": 304, "headers": remaining}, {**body, "body": b""}


def _matches_etag(tag: str, request: Headers) -> bool:
    """Tell whether If-None-Match has the tag; a page also changes with the day, so that no date is compared."""
    known = {one.strip().removeprefix("W/") for one in request.get("if-none-match", "").split(",")}
    return "*" in known or tag.removeprefix("W/") in known
