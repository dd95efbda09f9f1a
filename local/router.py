"""Router of the local cloud's port: `/_local` is the developer console, all other paths are the gateway's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

__all__ = ["LocalRouter"]

type Scope = MutableMapping[str, Any]
type App = Callable[[Any, Any, Any], Awaitable[None]]


class LocalRouter:
    """Router between the developer console and the gateway."""

    def __init__(self, console: App, gateway: App) -> None:
        self._console = console
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Serve one request or socket."""
        path = scope.get("path", "")
        is_console = scope["type"] == "http" and (path == "/_local" or path.startswith("/_local/"))
        await (self._console if is_console else self._gateway)(scope, receive, send)
