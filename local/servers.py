"""Serving an ASGI application on a loopback port, inside a running event loop."""

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
    """Somebody else listens on the port."""


def reserve(port: int) -> socket.socket:
    """Bind a loopback port (0: any) before anything slow begins."""
    # Saying TCP lets asyncio turn Nagle's delay off, 40 ms on every answer of a kept connection.
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
        """Leave signals to whoever runs the local cloud."""
        yield


class Server:
    """One application on one reserved port; `options` go to uvicorn as they are."""

    def __init__(self, app: Any, listener: socket.socket, **options: Any) -> None:
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        config = uvicorn.Config(
            app,
            log_level="warning",
            lifespan="off",
            access_log=False,
            proxy_headers=False,  # nobody stands in front: an address is what the socket says
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
        """Finish what is under way, within reason, and close the port."""
        if self._task is not None:
            # It would print a traceback for every request that it cuts off now.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            self._server.should_exit = True
            await asyncio.gather(self._task, return_exceptions=True)
        self._listener.close()
