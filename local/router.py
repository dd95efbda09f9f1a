"""The port people open: `/_local` is ours, everything else is the template's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

__all__ = ["LocalRouter"]

type Scope = MutableMapping[str, Any]
type App = Callable[[Any, Any, Any], Awaitable[None]]


class LocalRouter:
    """Divides requests between the page of the local cloud and the gateway."""

    def __init__(self, console: App, gateway: App) -> None:
        self._inspector = console
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Serve one request or socket."""
        path = scope.get("path", "")
        ours = scope["type"] == "http" and (path == "/_local" or path.startswith("/_local/"))
        await (self._inspector if ours else self._gateway)(scope, receive, send)
