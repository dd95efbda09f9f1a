"""CloudFront's CreateInvalidation: the endpoint of `AWS_ENDPOINT_URL_CLOUDFRONT`.

Records the invalidations, for `/_local`, and purges the local edge cache.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape

__all__ = ["Invalidation", "Invalidations"]

from starlette.requests import Request

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]

_NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
_ADDRESS = re.compile(r"/2020-05-31/distribution/([^/]+)/invalidation")
_REMEMBERED = 500


@dataclass(frozen=True)
class Invalidation:
    """Recorded invalidation."""

    id: str
    reference: str
    at: datetime
    paths: tuple[str, ...]


class Invalidations:
    """Recorded invalidations; an ASGI application."""

    def __init__(self, now: Callable[[], datetime], purge: Callable[[Sequence[str]], None]) -> None:
        self._now = now
        self._purge = purge
        self.done: deque[Invalidation] = deque(maxlen=_REMEMBERED)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve CreateInvalidation of the REST-XML protocol."""
        if scope["type"] != "http":
            return
        body = await Request(scope, receive).body()
        if scope["method"] != "POST" or not _ADDRESS.fullmatch(scope["path"]):
            await _respond(send, 404, _error("NoSuchDistribution", "There is nothing like this."))
            return
        made = self._make(body)
        await _respond(send, 201, _answer(made))

    def _make(self, body: bytes) -> Invalidation:
        """Purge the paths; a repeated reference is the same invalidation."""
        batch = Xml.fromstring(body)  # noqa: S314 - from our own functions, on this machine
        reference = batch.findtext(f"{{{_NAMESPACE}}}CallerReference", "")
        known = next((item for item in self.done if item.reference == reference), None)
        if known is not None:
            return known
        paths = tuple(item.text or "" for item in batch.iter(f"{{{_NAMESPACE}}}Path"))
        made = Invalidation(f"I{len(self.done) + 1:013}", reference, self._now(), paths)
        self._purge(paths)
        self.done.append(made)
        return made


def _answer(made: Invalidation) -> str:
    items = "".join(f"<Path>{escape(path)}</Path>" for path in made.paths)
    return (
        f'<Invalidation xmlns="{_NAMESPACE}"><Id>{made.id}</Id><Status>Completed</Status>'
        f"<CreateTime>{made.at.isoformat()}</CreateTime><InvalidationBatch>"
        f"<Paths><Quantity>{len(made.paths)}</Quantity><Items>{items}</Items></Paths>"
        f"<CallerReference>{escape(made.reference)}</CallerReference></InvalidationBatch>"
        "</Invalidation>"
    )


def _error(code: str, message: str) -> str:
    return (
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{message}</Message></Error><RequestId>local</RequestId></ErrorResponse>"
    )


async def _respond(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [
        (b"content-type", b"text/xml"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
