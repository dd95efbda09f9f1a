"""Runs inside the emulator's own environment: serves it and keeps what it acknowledged.

The emulator writes its state only on a clean stop. Here a change is on disk before its caller
hears of it: everything small is saved as a whole, DynamoDB's items go to a journal that the
next start replays. `PUT /_hellomahi/save` writes everything and empties the journal. What a
start found after a stop without warning stands in `recovery.json`.
"""

# ruff: noqa: SLF001 - the pinned emulator has no public way to its own state

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# A script finds its siblings without a package; this environment knows nothing of ours.
from emulator_journal import (  # type: ignore[import-not-found]
    Journal,
    Record,
    is_change,
)
from hypercorn.asyncio import serve  # type: ignore[import-not-found]
from hypercorn.config import Config  # type: ignore[import-not-found]
from ministack import app as ministack  # type: ignore[import-not-found]
from ministack.core import persistence  # type: ignore[import-not-found]
from ministack.services import dynamodb, ses, sqs  # type: ignore[import-not-found]

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]

_SAVE_PATH = "/_hellomahi/save"
_JOURNAL_LIMIT = 4 * 1024 * 1024
_MAIL = "captured_mail"
_OWN_HOSTS = frozenset({"localhost", "127.0.0.1"})
_DYNAMODB = "dynamodb"


class DurableEmulator:
    """The emulator's ASGI application with durable changes."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._one_change = asyncio.Lock()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] == "lifespan":
            await ministack.app(scope, receive, self._starting(send))
        elif scope["type"] == "http" and scope["path"] == _SAVE_PATH:
            self.save()
            await _answer(send, 204)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            await ministack.app(scope, receive, send)

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        record = Record.of(scope, await _body(receive))
        if not is_change(record):
            await ministack.app(scope, _replay(record.body), send)
            return
        # One at a time: the journal must have the order in which changes happened.
        async with self._one_change:
            status, messages = await _collected(scope, record)
            if status < 400:
                self._keep(record)
        for message in messages:
            await send(message)

    def _keep(self, record: Record) -> None:
        if record.is_item_write:
            self._journal.append(record)
            if self._journal.size > _JOURNAL_LIMIT:
                self.save()
        elif record.target.startswith("DynamoDB"):
            self.save()
        else:
            states = self._states()
            states.pop(_DYNAMODB, None)
            persistence.save_all(states)

    def save(self) -> None:
        """Write everything and begin a new journal."""
        with self._journal.next_generation():
            persistence.save_all(self._states())

    def _states(self) -> dict[str, Callable[[], Any]]:
        states: dict[str, Callable[[], Any]] = ministack._build_persistence_save_dict()
        return states | {_DYNAMODB: self._dynamodb, _MAIL: lambda: {"sent": ses._sent_emails}}

    def _dynamodb(self) -> dict[str, Any]:
        with dynamodb._lock:  # its expiry thread deletes items meanwhile
            state: dict[str, Any] = dynamodb.get_state()
        return state | {"journal": self._journal.generation}

    def _starting(self, send: Send) -> Send:
        async def forward(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                await self._recover()
            await send(message)

        return forward

    async def _recover(self) -> None:
        """Replay what the last run acknowledged after its last save."""
        if mail := persistence.load_state(_MAIL):
            ses._sent_emails.update(mail["sent"])
        snapshot = persistence.load_state(_DYNAMODB) or {}
        for record in self._journal.unsaved(since=int(snapshot.get("journal", 0))):
            status, _ = await _collected(record.scope(), record)
            self._journal.recovered(record, kept=status < 400)
        _release_messages()
        self._journal.report()
        self.save()


def _release_messages() -> None:
    """Whoever had received a message ended with the last run: nobody need wait for the time out."""
    now = time.time()
    for _, queue in sqs._queues.all_items():
        for message in queue["messages"]:
            if message.get("receive_count"):
                message["visible_at"] = min(message["visible_at"], now)


def only_own_pages(application: Any) -> Any:
    """Refuse what a page of another site sends: the emulator itself would answer anybody."""

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        origin = dict(scope.get("headers", ())).get(b"origin", b"").decode("latin-1")
        if origin and urlsplit(origin).hostname not in _OWN_HOSTS:
            await _answer(send, 403)
        else:
            await application(scope, receive, send)

    return guarded


async def _collected(scope: Message, record: Record) -> tuple[int, list[Message]]:
    """Let the emulator handle a request; return its status and its answer, not yet sent."""
    messages: list[Message] = []

    async def collect(message: Message) -> None:
        messages.append(message)

    await ministack.app(scope, _replay(record.body), collect)
    return next((int(m["status"]) for m in messages if "status" in m), 500), messages


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        return next(messages, {"type": "http.disconnect"})

    return receive


async def _answer(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _wait_for_predecessor(folder: Path) -> None:
    """One whose parent was killed may still be saving; the lock ends with the process."""
    fcntl.flock(os.open(folder / "lock", os.O_CREAT | os.O_RDWR), fcntl.LOCK_EX)


async def _main() -> None:
    config = Config()
    config.bind = [f"127.0.0.1:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    application: Any = ministack.app
    if state_dir := os.environ.get("STATE_DIR"):
        _wait_for_predecessor(Path(state_dir))
        application = DurableEmulator(Journal(Path(state_dir)))

    def end() -> None:
        # A graceful end would wait for everybody's long poll.
        if isinstance(application, DurableEmulator):
            application.save()
        os._exit(0)

    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, end)
    await serve(only_own_pages(application), config, shutdown_trigger=asyncio.Event().wait)


if __name__ == "__main__":
    asyncio.run(_main())
