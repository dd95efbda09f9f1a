"""Runs inside the emulator's own environment: serves it, and saves its state on demand.

The emulator writes its state only on a clean stop. `PUT /_hellomahi/save` makes it write now,
and while anything changed it writes once a second by itself, so a SIGKILL costs a second.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from hypercorn.asyncio import serve  # type: ignore[import-not-found]
from hypercorn.config import Config  # type: ignore[import-not-found]
from ministack import app as ministack  # type: ignore[import-not-found]
from ministack.core.persistence import save_all  # type: ignore[import-not-found]

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]

_SAVE_PATH = "/_hellomahi/save"


def _save() -> None:
    save_all(ministack._build_persistence_save_dict())  # noqa: SLF001 - there is no public way


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """The emulator's application, and one path of our own."""
    if scope["type"] == "http" and scope["path"] == _SAVE_PATH:
        _save()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    await ministack.app(scope, receive, send)


async def _main() -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, stopping.set)
    config = Config()
    config.bind = [f"127.0.0.1:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1.0
    config.loglevel = "WARNING"
    await serve(application, config, shutdown_trigger=stopping.wait)


if __name__ == "__main__":
    asyncio.run(_main())
