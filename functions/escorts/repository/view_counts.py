"""Rolled-up views in PostgreSQL: `escorts.view_counts`, `view_totals`, `view_days`."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from escorts.domain.views import DayViews, Period
from kit.db import UnitOfWork

# Counters only grow, so of two numbers of a day the greater one is the later one: who writes last,
# or twice, or what he read long ago, changes nothing. In the order of the key, so that two roll-ups
# never wait for each other in a circle.
_SAVE = """
INSERT INTO escorts.view_counts AS c (profile_id, day, views, visitors)
SELECT n.profile_id, n.day, n.views, n.visitors
FROM unnest(%s::uuid[], %s::date[], %s::integer[], %s::integer[])
    AS n (profile_id, day, views, visitors)
JOIN escorts.profiles p ON p.id = n.profile_id AND p.closed_at IS NULL
ORDER BY n.profile_id, n.day
ON CONFLICT (profile_id, day) DO UPDATE
SET views = greatest(c.views, EXCLUDED.views), visitors = greatest(c.visitors, EXCLUDED.visitors)
WHERE (c.views, c.visitors) IS DISTINCT FROM
    (greatest(c.views, EXCLUDED.views), greatest(c.visitors, EXCLUDED.visitors))
"""
# One statement: a day is either kept or in the total. Of two at once each row is deleted by one.
_FORGET = """
WITH gone AS (
    DELETE FROM escorts.view_counts WHERE day < %s RETURNING profile_id, views
)
INSERT INTO escorts.view_totals AS t (profile_id, views)
SELECT profile_id, sum(views) FROM gone GROUP BY profile_id ORDER BY profile_id
ON CONFLICT (profile_id) DO UPDATE SET views = t.views + EXCLUDED.views
"""


class ViewCounts:
    """Reads and writes what has been rolled up."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def save(self, totals: Iterable[tuple[UUID, DayViews]]) -> None:
        """Store each profile's numbers of a day; what is stored already stays."""
        rows = [(profile_id, one.day, one.views, one.visitors) for profile_id, one in totals]
        if rows:
            self._work.execute(_SAVE, [list(column) for column in zip(*rows, strict=True)])

    def settled(self, first: date) -> set[date]:
        """Return the days since `first` that need no further look."""
        rows = self._work.execute(
            "SELECT day FROM escorts.view_days WHERE settled AND day >= %s", (first,)
        )
        return {row["day"] for row in rows}

    def note(self, day: date, counted_until: datetime, *, settled: bool) -> None:
        """Say how far a day is counted; that never goes back."""
        self._work.execute(
            """
            INSERT INTO escorts.view_days AS d (day, counted_until, settled) VALUES (%s, %s, %s)
            ON CONFLICT (day) DO UPDATE
            SET counted_until = greatest(d.counted_until, EXCLUDED.counted_until),
                settled = d.settled OR EXCLUDED.settled
            """,
            (day, counted_until, settled),
        )

    def forget(self, before: date) -> None:
        """Move the days before `before` into their profiles' totals."""
        self._work.execute(_FORGET, (before,))
        self._work.execute("DELETE FROM escorts.view_days WHERE day < %s", (before,))

    def of_profile(self, profile_id: UUID, days: Period) -> dict[date, DayViews]:
        """Return the profile's views; a day without any is absent."""
        rows = self._work.execute(
            """
            SELECT day, views, visitors FROM escorts.view_counts
            WHERE profile_id = %s AND day BETWEEN %s AND %s
            """,
            (profile_id, days.first, days.last),
        )
        return {row["day"]: DayViews(**row) for row in rows}

    def total(self, profile_id: UUID) -> int:
        """Return how often the profile was looked at since it exists."""
        row = self._work.execute(
            """
            SELECT coalesce((SELECT views FROM escorts.view_totals WHERE profile_id = %(id)s), 0)
                + coalesce((SELECT sum(views) FROM escorts.view_counts
                            WHERE profile_id = %(id)s), 0) AS views
            """,
            {"id": profile_id},
        ).fetchone()
        return int(row["views"]) if row else 0

    def counted_until(self) -> datetime | None:
        """Return the moment up to which everything is counted; None before the first roll-up."""
        row = self._work.execute(
            "SELECT max(counted_until) AS moment FROM escorts.view_days"
        ).fetchone()
        return row["moment"] if row else None
