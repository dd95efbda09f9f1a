"""Requests and responses of the gateway, and its own error responses."""

import json
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type Headers = tuple[tuple[str, str], ...]

# Hop-by-hop headers, which the server sets itself.
_CONNECTION = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}
BODY_LIMIT = 10 * 1024 * 1024  # API Gateway's


class BodyTooLargeError(Exception):
    """Error: the client sent more than API Gateway accepts."""


@dataclass(frozen=True)
class Request:
    """HTTP request; header names in lower case, path and query as sent by the client."""

    method: str
    path: str
    query: str
    headers: Headers
    client: str  # address
    port: int
    scheme: str = "http"
    body: bytes = b""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    at: float = field(default_factory=time.time)

    @classmethod
    def from_scope(cls, scope: Scope) -> "Request":
        """Return the request of an ASGI scope, without its body."""
        address, port = scope.get("client") or ("127.0.0.1", 0)
        return cls(
            method=scope.get("method", "GET"),
            path=(scope.get("raw_path") or scope["path"].encode()).decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=tuple(
                (name.decode("latin-1").lower(), value.decode("latin-1"))
                for name, value in scope["headers"]
            ),
            client=address,
            port=port,
            scheme=scope.get("scheme", "http"),
        )

    def with_body(self, body: bytes) -> "Request":
        """Return the request with its body."""
        return replace(self, body=body)

    def header(self, name: str, default: str = "") -> str:
        """Return the values of a header, joined by commas as API Gateway joins them."""
        return ",".join(value for key, value in self.headers if key == name) or default


@dataclass(frozen=True)
class Response:
    """HTTP response with its whole body."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def with_headers(self, added: Iterable[tuple[str, str]]) -> "Response":
        """Return the response with added headers, which replace those of the same name."""
        added = tuple(added)
        names = {name for name, _ in added}
        kept = tuple(header for header in self.headers if header[0].lower() not in names)
        return Response(self.status, kept + added, self.body)

    async def send(self, send: Send, *, head: bool = False, prefix: str = "http") -> None:
        """Send the response to an ASGI server; `prefix` is that of the extension that refuses WebSockets."""
        bodyless = self.status in (204, 304)
        fields = [(n, v) for n, v in self.headers if n.lower() not in _CONNECTION]
        if not bodyless:
            fields.append(("content-length", str(len(self.body))))
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields]
        await send({"type": f"{prefix}.response.start", "status": self.status, "headers": raw})
        body = b"" if head or bodyless else self.body
        await send({"type": f"{prefix}.response.body", "body": body})


async def read_body(receive: Receive, limit: int = BODY_LIMIT) -> bytes:
    """Return the whole body, or raise `BodyTooLargeError` over the limit."""
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        more = message.get("more_body", False)
        if size > limit:
            raise BodyTooLargeError
    return b"".join(chunks)


def json_response(status: int, content: object, headers: Headers = ()) -> Response:
    """Return a JSON response."""
    body = json.dumps(content).encode()
    return Response(status, (("content-type", "application/json"), *headers), body)


def problem(
    request: Request, status: HTTPStatus, code: str, detail: str, headers: Headers = ()
) -> Response:
    """Return an error response of the gateway, in the form of the functions' errors."""
    content = {
        "type": f"urn:hellomahi:problem:{code}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        "instance": f"urn:hellomahi:request:{request.id}",
    }
    body = json.dumps(content).encode()
    kind = ("content-type", "application/problem+json")
    return Response(status.value, (kind, ("cache-control", "no-store"), *headers), body)
