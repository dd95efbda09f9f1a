"""Server of the emulator with durable state; runs inside the emulator's own Python environment.

The emulator writes its state only on a clean stop. This server writes a change to disk before it responds:

| state | a change is |
|---|---|
| DynamoDB | the request, in a journal that the next start replays |
| queues and mails | the difference, in the same journal |
| everything else | the whole state of every service, which is small |

`PUT /_hellomahi/save` writes everything and empties the journal; so does a journal that has grown long. That is done
by a forked child, which has the state as it was at the fork, while the emulator goes on: writing 45,000 items takes
three seconds of a processor, forking a hundredth of one. A start after an unclean stop writes its report to
`recovery.json`.
"""

# ruff: noqa: SLF001 - the pinned emulator has no public way to its own state

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

# Imported as top-level modules: this Python environment does not have our packages.
from emulator_differences import (  # type: ignore[import-not-found]
    MailDifferences,
    QueueDifferences,
    apply_mail_entry,
    apply_queue_entry,
    release_messages,
)
from emulator_journal import (  # type: ignore[import-not-found]
    Journal,
    Record,
    is_change,
)
from emulator_snapshot import (  # type: ignore[import-not-found]
    SnapshotChild,
    disable_copying,
    write_states,
)
from hypercorn.asyncio import serve  # type: ignore[import-not-found]
from hypercorn.config import Config  # type: ignore[import-not-found]
from ministack import app as ministack  # type: ignore[import-not-found]
from ministack.core import persistence  # type: ignore[import-not-found]
from ministack.services import dynamodb, ses, sqs  # type: ignore[import-not-found]

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type States = dict[str, Callable[[], Any]]

_SAVE_PATH = "/_hellomahi/save"
_JOURNAL_LIMIT = 4 * 1024 * 1024
_OWN_HOSTS = frozenset({"localhost", "127.0.0.1"})
_DYNAMODB, _QUEUES, _MAIL = "dynamodb", "sqs", "captured_mail"
_JOURNALED = (_DYNAMODB, _QUEUES, _MAIL)


class DurableEmulator:
    """ASGI application of the emulator with durable changes."""

    def __init__(self, folder: Path, lock: int) -> None:
        """`lock` is the open file whose lock keeps another emulator from `folder` until this one has ended."""
        self._journal = Journal(folder)
        self._lock = lock
        self._queues = QueueDifferences()
        self._mails = MailDifferences()
        self._one_change = asyncio.Lock()
        self._one_save = asyncio.Lock()
        self._saves = 0
        self._saved = False
        self._saving: set[asyncio.Task[bool]] = set()
        self._child: SnapshotChild | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] == "lifespan":
            await ministack.app(scope, receive, self._wrap_startup(send))
        elif scope["type"] == "http" and scope["path"] == _SAVE_PATH:
            await _answer(send, 204 if await self.save() else 500)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            await ministack.app(scope, receive, send)

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        record = Record.from_request(scope, await _body(receive))
        if not is_change(record):
            await ministack.app(scope, _replay(record.body), send)
            return
        # One at a time: the journal must have the order in which changes happened.
        async with self._one_change:
            status, messages = await _collect_response(scope, record)
            if status < 400:
                self._make_durable(record)
        if status < 400 and record.target.startswith("DynamoDB") and not record.is_item_write:
            # A replay would create the table again with another id than its caller was told.
            await self.save()
        for message in messages:
            await send(message)

    def _make_durable(self, record: Record) -> None:
        if record.target.startswith("DynamoDB"):
            self._journal.append(record.to_entry())
        else:
            for difference in (*self._queues.collect(), *self._mails.collect()):
                self._journal.append(difference)
            if not record.is_message:
                states = ministack._build_persistence_save_dict()
                write_states({n: s for n, s in states.items() if n not in _JOURNALED})
        if self._journal.size > _JOURNAL_LIMIT and not self._one_save.locked():
            self._begin_save()

    async def save(self) -> bool:
        """Write the state of the journaled services; tell whether all were written."""
        return await asyncio.shield(self._begin_save())

    def _begin_save(self) -> asyncio.Task[bool]:
        # A separate task: a caller that disconnects must not leave a child process without a waiter.
        task = asyncio.create_task(self._save_after(self._saves))
        self._saving.add(task)
        task.add_done_callback(self._saving.discard)
        return task

    async def _save_after(self, saves: int) -> bool:
        """Save, unless a save has begun since the count was `saves`: callers during a save share the next one."""
        async with self._one_save:
            if self._saves == saves:
                self._saves += 1
                # Without forking, all requests wait for the save.
                self._saved = await self._save_in_child() or await self._save_in_turn()
            return self._saved

    async def _save_in_child(self) -> bool:
        async with self._one_change:
            generation = self._journal.begin_generation()
            with dynamodb._lock:  # its expiry thread deletes items meanwhile
                self._child = SnapshotChild.start(self._journaled_states(generation), self._lock)
        saved = self._child is not None and await self._child.wait()
        self._child = None
        if saved:
            self._journal.delete_before(generation)
        return saved

    async def _save_in_turn(self) -> bool:
        async with self._one_change:
            return self._save_here({})

    def _save_here(self, further: States) -> bool:
        generation = self._journal.begin_generation()
        with dynamodb._lock:
            saved: bool = write_states(further | self._journaled_states(generation))
        if saved:
            self._journal.delete_before(generation)
        return saved

    def shut_down(self) -> NoReturn:
        """Write every state and end the process."""
        if self._child is not None:
            self._child.kill()
        disable_copying()
        self._save_here(ministack._build_persistence_save_dict())
        os._exit(0)

    def _journaled_states(self, generation: int) -> States:
        """Return the states of the journaled services, from `generation` on."""

        def numbered(state: Callable[[], Any]) -> Callable[[], Any]:
            return lambda: state() | {"journal": generation}

        return {
            _DYNAMODB: numbered(dynamodb.get_state),
            _QUEUES: numbered(sqs.get_state),
            _MAIL: numbered(lambda: {"sent": ses._sent_emails}),
        }

    def _wrap_startup(self, send: Send) -> Send:
        async def forward(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                await self._recover()
            await send(message)

        return forward

    async def _recover(self) -> None:
        """Replay the changes that the last run acknowledged after its last save."""
        states = {name: persistence.load_state(name) or {} for name in _JOURNALED}
        if mail := states[_MAIL]:
            ses._sent_emails.update(mail["sent"])
        since = {name: int(state.get("journal", 0)) for name, state in states.items()}
        for generation, entry in self._journal.entries(min(since.values())):
            if "queue" in entry and generation >= since[_QUEUES]:
                apply_queue_entry(entry)
            elif "mailbox" in entry and generation >= since[_MAIL]:
                apply_mail_entry(entry)
            elif "path" in entry and generation >= since[_DYNAMODB]:
                record = Record.from_entry(entry)
                status, _ = await _collect_response(record.scope(), record)
                self._journal.record_replay(record, kept=status < 400)
        release_messages()
        # From here on, differences are relative to the files and the journal.
        list(self._queues.collect())
        list(self._mails.collect())
        self._journal.write_report()
        await self.save()


def refuse_cross_site(application: Any) -> Any:
    """Refuse requests from pages of other sites, which the emulator itself would accept."""

    async def refuse_or_forward(scope: Message, receive: Receive, send: Send) -> None:
        origin = dict(scope.get("headers", ())).get(b"origin", b"").decode("latin-1")
        if origin and urlsplit(origin).hostname not in _OWN_HOSTS:
            await _answer(send, 403)
        else:
            await application(scope, receive, send)

    return refuse_or_forward


async def _collect_response(scope: Message, record: Record) -> tuple[int, list[Message]]:
    """Let the emulator handle a request; return the status and the messages of its response, not yet sent."""
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


def _wait_for_predecessor(folder: Path) -> int:
    """Lock the folder; wait for a killed predecessor or its child, which may still be saving."""
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


async def _main() -> None:
    config = Config()
    config.bind = [f"127.0.0.1:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    application: Any = ministack.app
    if state_dir := os.environ.get("STATE_DIR"):
        application = DurableEmulator(Path(state_dir), _wait_for_predecessor(Path(state_dir)))

    def end() -> None:
        # A graceful shutdown would wait for every long poll.
        if isinstance(application, DurableEmulator):
            application.shut_down()
        os._exit(0)

    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, end)
    await serve(refuse_cross_site(application), config, shutdown_trigger=asyncio.Event().wait)


if __name__ == "__main__":
    asyncio.run(_main())
