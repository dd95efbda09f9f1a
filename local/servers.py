"""ASGI servers on loopback ports, inside a running event loop."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

__all__ = ["PortInUseError", "Server", "reserve"]


class PortInUseError(RuntimeError):
    """Error: another process listens on the port."""


def reserve(port: int) -> socket.socket:
    """Bind a loopback port (0: any), before the slow part of the start."""
    # With the protocol given, asyncio turns Nagle's algorithm off: 40 ms per response of a kept connection.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise PortInUseError(
            f"port {port} is in use: stop what listens there, or choose another with PORT=..."
        ) from error
    return listener


class _SignalIgnoringServer(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signal handling to the local cloud's own process."""
        yield


class Server:
    """Server of one application on one reserved port; `options` are passed to uvicorn."""

    def __init__(self, app: Any, listener: socket.socket, **options: Any) -> None:
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        config = uvicorn.Config(
            app,
            log_level="warning",
            lifespan="off",
            access_log=False,
            proxy_headers=False,  # no proxy in front: the client address is the socket's
            timeout_graceful_shutdown=2,
            server_header=False,
            date_header=False,
            **options,
        )
        self._server = _SignalIgnoringServer(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Accept connections from now on."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Finish running requests, for a limited time, and close the port."""
        if self._task is not None:
            # uvicorn would log a traceback for every request that is cut off now.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            self._server.should_exit = True
            await asyncio.gather(self._task, return_exceptions=True)
        self._listener.close()
