"""Compression of responses with long texts.

Starlette's own middleware also compresses streams, which costs time in every small response. Our responses have one
body message; a response of several is sent uncompressed.
"""

from __future__ import annotations

import zlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MIN_BYTES = 1024
"""Bytes below which the response fits into one packet anyhow."""
_LEVEL = 6
"""A third of the time of 9 for a percent of the bytes."""
_GZIP = 16 + zlib.MAX_WBITS
_TEXT_TYPES = (
    "text/",
    "application/json",
    "application/xml",
    "application/problem+json",
    "image/svg",
)


class GzipMiddleware:
    """Middleware that compresses long texts for callers that accept gzip, and adds Vary: Accept-Encoding."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started: Message | None = None

        async def compressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = message
                return
            if started is not None:
                start, started = started, None
                whole = not message.get("more_body", False)
                if whole and len(message.get("body", b"")) >= _MIN_BYTES:
                    message = _compressed(start, message, Headers(scope=scope))
                await send(start)
            await send(message)

        await self._app(scope, receive, compressed)


def _compressed(start: Message, body: Message, request: Headers) -> Message:
    headers = MutableHeaders(raw=start["headers"])
    if "content-encoding" in headers or not headers.get("content-type", "").startswith(_TEXT_TYPES):
        return body
    headers.add_vary_header("Accept-Encoding")
    if "gzip" not in request.get("accept-encoding", ""):
        return body
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    packed = packer.compress(body["body"]) + packer.flush()
    headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(packed))
    return {**body, "body": packed}
