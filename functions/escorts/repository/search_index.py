"""Keeping the search projection: part of every change of a profile, in the same transaction."""

from uuid import UUID

from kit.db import UnitOfWork

_WHOLE_DIRECTORY = "240s"
"""What a statement over all profiles may take; requests are cut off much earlier."""


def refresh_search(work: UnitOfWork, *profile_ids: UUID) -> None:
    """Bring the rows of these profiles to what they should be; call it after the last change."""
    if profile_ids:
        # In one order for everybody: each refresh locks its profile.
        work.execute(
            "SELECT escorts.refresh_search(id) FROM unnest(%s::uuid[]) AS id",
            (sorted(profile_ids),),
        )


class SearchUpkeep:
    """The projection as a whole, for jobs."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def settle(self, limit: int) -> int:
        """Refresh up to `limit` profiles that no longer count as recent; return how many."""
        row = self._work.execute("SELECT escorts.settle_search(%s) AS done", (limit,)).fetchone()
        return int(row["done"]) if row else 0

    def differences(self) -> list[tuple[UUID, str]]:
        """Return every profile whose row is not what it should be, and in what way."""
        self._work.set_local("statement_timeout", _WHOLE_DIRECTORY)
        rows = self._work.execute("SELECT profile_id, difference FROM escorts.check_search()")
        return [(row["profile_id"], row["difference"]) for row in rows]

    def rebuild(self) -> int:
        """Make every row anew; return how many there are."""
        self._work.set_local("statement_timeout", _WHOLE_DIRECTORY)
        row = self._work.execute("SELECT escorts.rebuild_search() AS rows").fetchone()
        return int(row["rows"]) if row else 0
