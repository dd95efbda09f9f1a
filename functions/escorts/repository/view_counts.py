"""View counts per day in PostgreSQL: `escorts.view_counts`, `view_totals`, `view_days`."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from escorts.domain.views import DailyViews, Period
from kit.db import UnitOfWork

# Counters only grow, so of two numbers of a day the greater one is the later one: a late, repeated
# or outdated write changes nothing. Rows are in the order of the key, so that two concurrent
# roll-ups cannot deadlock.
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
# One statement, so that a day is either kept or in the total. Of two concurrent runs each row is
# deleted by one.
_ARCHIVE = """
WITH archived AS (
    DELETE FROM escorts.view_counts WHERE day < %s RETURNING profile_id, views
)
INSERT INTO escorts.view_totals AS t (profile_id, views)
SELECT profile_id, sum(views) FROM archived GROUP BY profile_id ORDER BY profile_id
ON CONFLICT (profile_id) DO UPDATE SET views = t.views + EXCLUDED.views
"""


class ViewCounts:
    """View counts of profiles per day, and the progress of the roll-up."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def save(self, totals: Iterable[tuple[UUID, DailyViews]]) -> None:
        """Store each profile's numbers of a day; stored numbers never decrease."""
        rows = [(profile_id, one.day, one.views, one.visitors) for profile_id, one in totals]
        if rows:
            self._work.execute(_SAVE, [list(column) for column in zip(*rows, strict=True)])

    def final_days(self, first: date) -> set[date]:
        """Return the days since `first` that are final."""
        rows = self._work.execute(
            "SELECT day FROM escorts.view_days WHERE is_final AND day >= %s", (first,)
        )
        return {row["day"] for row in rows}

    def record_progress(self, day: date, counted_until: datetime, *, is_final: bool) -> None:
        """Record the time up to which a day is counted; it never decreases."""
        self._work.execute(
            """
            INSERT INTO escorts.view_days AS d (day, counted_until, is_final) VALUES (%s, %s, %s)
            ON CONFLICT (day) DO UPDATE
            SET counted_until = greatest(d.counted_until, EXCLUDED.counted_until),
                is_final = d.is_final OR EXCLUDED.is_final
            """,
            (day, counted_until, is_final),
        )

    def archive_before(self, before: date) -> None:
        """Move the days before `before` into the totals of their profiles."""
        self._work.execute(_ARCHIVE, (before,))
        self._work.execute("DELETE FROM escorts.view_days WHERE day < %s", (before,))

    def daily_views(self, profile_id: UUID, days: Period) -> dict[date, DailyViews]:
        """Return the profile's views per day; days without views are absent."""
        rows = self._work.execute(
            """
            SELECT day, views, visitors FROM escorts.view_counts
            WHERE profile_id = %s AND day BETWEEN %s AND %s
            """,
            (profile_id, days.first, days.last),
        )
        return {row["day"]: DailyViews(**row) for row in rows}

    def total_views(self, profile_id: UUID) -> int:
        """Return the number of views since the profile was created."""
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
        """Return the time up to which all views are counted; None before the first roll-up."""
        row = self._work.execute(
            "SELECT max(counted_until) AS moment FROM escorts.view_days"
        ).fetchone()
        return row["moment"] if row else None
