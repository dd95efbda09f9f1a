"""Protocol of a database transaction, for modules that `kit.db` itself depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    import psycopg


class Transaction(Protocol):
    """Transaction that runs statements, and hooks after the commit."""

    def execute(
        self, query: str, params: Mapping[str, Any] | Sequence[Any] | None = None
    ) -> psycopg.Cursor[dict[str, Any]]:
        """Run one statement; rows are dicts."""
        ...

    def after_commit(self, hook: Callable[[], None]) -> None:
        """Run `hook` once the transaction is committed, never otherwise."""
        ...

    def commit(self) -> None:
        """Commit the transaction, then run the hooks."""
        ...

    def rollback(self) -> None:
        """Roll back the transaction."""
        ...


type BeginTransaction = Callable[[], AbstractContextManager[Transaction]]
"""Function that begins a transaction, which is committed at the end of the block."""
