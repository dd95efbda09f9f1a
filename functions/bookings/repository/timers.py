"""What happens by itself, and when; a row is done once, however often somebody tries."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from bookings.domain.booking import REMINDERS
from bookings.domain.transitions import AUTO_COMPLETE, Timer
from kit.db import UnitOfWork

_SET = """
INSERT INTO bookings.timers (booking_id, kind, due_at) VALUES (%s, %s, %s)
ON CONFLICT (booking_id, kind) DO UPDATE SET due_at = EXCLUDED.due_at, done_at = NULL, attempts = 0
"""
# What must exist by the bookings' own columns, whoever lost it. A reminder is due anew only while its
# moment is ahead, and never again once it was sent: late ones help nobody. What waits as it should
# is left out before anything is written: a conflict would lock its row, changed or not, against the
# moves that are going on.
_REARM = """
INSERT INTO bookings.timers (booking_id, kind, due_at)
SELECT lost.booking_id, lost.kind, lost.due_at FROM (
    SELECT id AS booking_id, 'request-expiry'::bookings.timer AS kind,
        least(expires_at, lower(period)) AS due_at, false AS once
    FROM bookings.bookings WHERE status = 'requested'
    UNION ALL
    SELECT id, 'deposit-expiry', deposit_due_at, false
    FROM bookings.bookings WHERE status = 'accepted'
    UNION ALL
    SELECT id, 'auto-complete', upper(period) + %(after)s, false
    FROM bookings.bookings WHERE status = 'confirmed'
    UNION ALL
    SELECT b.id, r.kind::bookings.timer, lower(b.period) - r.hours * interval '1 hour', true
    FROM bookings.bookings b, unnest(%(reminders)s::text[], %(hours)s::int[]) AS r (kind, hours)
    WHERE b.status = 'confirmed' AND lower(b.period) - r.hours * interval '1 hour' > %(now)s
    UNION ALL
    SELECT b.id, 'forget-address', upper(b.period) + b.address_days * interval '1 day', false
    FROM bookings.private_parts p JOIN bookings.bookings b ON b.id = p.booking_id
    WHERE p.part = 'address' AND b.status IN ('completed', 'no_show')
) lost
WHERE NOT EXISTS (SELECT FROM bookings.timers t
    WHERE t.booking_id = lost.booking_id AND t.kind = lost.kind
        AND (lost.once OR t.done_at IS NULL))
ON CONFLICT (booking_id, kind) DO UPDATE SET done_at = NULL WHERE bookings.timers.done_at IS NOT NULL
"""


class Timers:
    """The table `bookings.timers`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def replace(self, booking_id: UUID, timers: Mapping[Timer, datetime]) -> None:
        """Set what happens from here on; what was to happen before does not."""
        self._work.execute(
            "DELETE FROM bookings.timers WHERE booking_id = %s AND done_at IS NULL", (booking_id,)
        )
        for kind, due_at in timers.items():
            self._work.execute(_SET, (booking_id, kind, due_at))

    def due(self, now: datetime, limit: int) -> list[tuple[UUID, Timer]]:
        """Return what is due, the longest overdue first."""
        rows = self._work.execute(
            """
            SELECT booking_id, kind FROM bookings.timers
            WHERE done_at IS NULL AND due_at <= %s ORDER BY due_at, booking_id LIMIT %s
            """,
            (now, limit),
        )
        return [(row["booking_id"], Timer(row["kind"])) for row in rows]

    def take(self, booking_id: UUID, kind: Timer, now: datetime) -> bool:
        """Mark a due timer as done; tell whether it was for us to do."""
        row = self._work.execute(
            """
            UPDATE bookings.timers SET done_at = %s
            WHERE booking_id = %s AND kind = %s AND done_at IS NULL AND due_at <= %s
            RETURNING kind
            """,
            (now, booking_id, kind, now),
        ).fetchone()
        return row is not None

    def postpone(self, booking_id: UUID, kind: Timer, now: datetime) -> None:
        """Try again later: one that fails does not hold back the others."""
        self._work.execute(
            """
            UPDATE bookings.timers
            SET attempts = attempts + 1,
                due_at = %s + least(interval '1 hour', interval '1 minute' * 2 ^ least(attempts, 10))
            WHERE booking_id = %s AND kind = %s AND done_at IS NULL
            """,
            (now, booking_id, kind),
        )

    def rearm(self, now: datetime) -> int:
        """Make every timer that should exist and does not; return how many."""
        params = {
            "after": AUTO_COMPLETE,
            "now": now,
            "reminders": [str(kind) for kind in REMINDERS],
            "hours": list(REMINDERS.values()),
        }
        return self._work.execute(_REARM, params).rowcount

    def forget(self, before: datetime) -> None:
        """Drop what is long done; its booking has ended and needs no timer."""
        self._work.execute("DELETE FROM bookings.timers WHERE done_at < %s", (before,))


KEPT = timedelta(days=400)
"""Done timers, so that a booking's own are known while it lives."""
