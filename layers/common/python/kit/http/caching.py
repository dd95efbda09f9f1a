"""What others may keep of an answer, and whether what they kept is still right.

A route says that its answer is the same for everybody (`shared`, `shared_for`); nothing else is ever stored. The edge
keeps it for so many seconds, a browser asks each time and mostly hears 304. Nobody serves a stale copy when we are out
of reach: a profile that was taken down must not come back because of a failure.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from fastapi import Depends, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEPT_IN_304 = {
    b"cache-control",
    b"content-location",
    b"etag",
    b"expires",
    b"last-modified",
    b"vary",
}


def public_cache_control(seconds: int) -> str:
    """Return the Cache-Control of an answer that is the same for everybody."""
    return f"public, max-age=0, s-maxage={max(seconds, 0)}, must-revalidate, stale-if-error=0"


def capped_max_age(seconds: int, now: datetime, *until: datetime) -> int:
    """Return how long an answer may be kept: `seconds`, but past none of the moments `until`."""
    left = (int((moment - now).total_seconds()) for moment in until)
    return max(min(seconds, *left, seconds), 0)


def cache_publicly(seconds: int) -> Any:
    """Return the dependency of a JSON route whose answer is the same for everybody."""

    async def allow(response: Response) -> None:
        response.headers["cache-control"] = public_cache_control(seconds)

    return Depends(allow)


class ETagMiddleware:
    """Gives what may be kept an ETag, and answers 304 to whoever has it already.

    The tag is weak: it stands for the text, compressed or not.
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
            if message["type"] == "http.response.start" and _is_shared(message):
                started = message
                return
            if started is None:
                await send(message)
                return
            if not message.get("more_body", False):
                # Answers are written in one piece here; one in several goes out without a tag.
                started, message = _with_etag(started, message, Headers(scope=scope))
            start, started = started, None
            await send(start)
            await send(message)

        await self._app(scope, receive, validated)


def _is_shared(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return start["status"] == 200 and headers.get("cache-control", "").startswith("public")


def _with_etag(start: Message, body: Message, request: Headers) -> tuple[Message, Message]:
    tag = f'W/"{hashlib.sha256(body.get("body", b"")).hexdigest()[:32]}"'
    headers = [*start["headers"], (b"etag", tag.encode())]
    if not _matches_etag(tag, request):
        return {**start, "headers": headers}, body
    kept = [(name, value) for name, value in headers if name.lower() in _KEPT_IN_304]
    return {**start, "status": 304, "headers": kept}, {**body, "body": b""}


def _matches_etag(tag: str, request: Headers) -> bool:
    """Tell by the tag alone: a page also changes by the day, which no stored date knows of."""
    known = {one.strip().removeprefix("W/") for one in request.get("if-none-match", "").split(",")}
    return "*" in known or tag.removeprefix("W/") in known
