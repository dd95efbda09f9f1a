"""Maintenance of the search index `escorts.profile_search`.

Every change of a profile refreshes its rows in the same transaction.
"""

from uuid import UUID

from kit.db import UnitOfWork

_FULL_SCAN_TIMEOUT = "240s"
"""Timeout of a statement over all profiles; that of requests is much shorter."""


def refresh_search(work: UnitOfWork, *profile_ids: UUID) -> None:
    """Update the index rows of these profiles; call this after the last change."""
    if profile_ids:
        # Each refresh locks its profile; a common order prevents deadlocks.
        work.execute(
            "SELECT escorts.refresh_search(id) FROM unnest(%s::uuid[]) AS id",
            (sorted(profile_ids),),
        )


class SearchIndex:
    """Index-wide maintenance, for jobs."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def demote_inactive(self, limit: int) -> int:
        """Refresh up to `limit` profiles that are no longer recently active; return the count."""
        row = self._work.execute("SELECT escorts.demote_inactive(%s) AS done", (limit,)).fetchone()
        return int(row["done"]) if row else 0

    def verify(self) -> list[tuple[UUID, str]]:
        """Return every profile whose row differs from the expected one, and the difference."""
        self._work.set_local("statement_timeout", _FULL_SCAN_TIMEOUT)
        rows = self._work.execute("SELECT profile_id, difference FROM escorts.check_search()")
        return [(row["profile_id"], row["difference"]) for row in rows]

    def rebuild(self) -> int:
        """Rebuild all rows; return their number."""
        self._work.set_local("statement_timeout", _FULL_SCAN_TIMEOUT)
        row = self._work.execute("SELECT escorts.rebuild_search() AS rows").fetchone()
        return int(row["rows"]) if row else 0
