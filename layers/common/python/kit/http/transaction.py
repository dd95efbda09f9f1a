"""One transaction per request, committed before the first byte of the response is sent.

A response below 400 commits, from 400 on it rolls back. If PostgreSQL lost the transaction before COMMIT was sent
(broken connection, deadlock), the whole request runs once more: its body is in memory, and nothing was changed yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.errors import DomainError
from kit.http import problems
from kit.i18n import gettext as _

if TYPE_CHECKING:
    from kit.db import Database, UnitOfWork

MAX_BODY = 256 * 1024


class TransactionMiddleware:
    """Middleware that opens a unit of work for each request, and commits or rolls back."""

    def __init__(
        self, app: ASGIApp, *, database: Database | None, max_body: int = MAX_BODY
    ) -> None:
        self._app = app
        self._database = database
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await self._read(receive)
        if body is None:
            answer = problems.problem(
                Request(scope),
                413,
                "body-too-large",
                _("Send at most %(limit)s KB in one request.", limit=self._max_body // 1024),
            )
            await answer(scope, receive, send)
            return
        messages = await self._attempt(scope, body)
        if messages is None:
            messages = await self._attempt(scope, body, last=True)
        for message in messages or ():
            await send(message)

    async def _read(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            more = message.get("more_body", False)
            if size > self._max_body:
                return None
        return b"".join(parts)

    async def _attempt(
        self, scope: Scope, body: bytes, *, last: bool = False
    ) -> list[Message] | None:
        """Run the request once; return None if the request should run again."""
        work = self._database.begin() if self._database is not None else None
        attempt = {**scope, "state": {**scope.get("state", {}), "unit_of_work": work}}
        messages: list[Message] = []

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def collect(message: Message) -> None:
            messages.append(message)

        try:
            await self._app(attempt, replay, collect)
            if work is None:
                return messages
            return await self._end(work, attempt, messages, last=last)
        except BaseException as error:
            if work is None:
                raise
            work.rollback()
            if work.failure is None or last or not isinstance(error, Exception):
                raise
            return None
        finally:
            scope["route"] = attempt.get("route")

    async def _end(
        self, work: UnitOfWork, scope: Scope, messages: list[Message], *, last: bool
    ) -> list[Message] | None:
        if not messages or messages[0]["status"] >= 400:
            work.rollback()
            return None if work.failure is not None and not last else messages
        try:
            work.commit()
        except DomainError as error:
            work.rollback()
            if work.failure is not None and not last:
                return None
            messages.clear()

            async def collect(message: Message) -> None:
                messages.append(message)

            async def disconnect() -> Message:
                return {"type": "http.disconnect"}

            await problems.domain_problem(Request(scope), error)(scope, disconnect, collect)
        return messages


def unit_of_work(request: Request) -> UnitOfWork:
    """Return the request's transaction (a FastAPI dependency)."""
    work: UnitOfWork | None = request.state.unit_of_work
    if work is None:
        raise RuntimeError("this application was made without a database")
    return work
