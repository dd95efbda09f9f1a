"""Repository of timers; each row is processed once, however often workers try."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from bookings.domain.booking import REMINDERS
from bookings.domain.transitions import AUTO_COMPLETE, Timer
from kit.db import UnitOfWork

_UPSERT = """
INSERT INTO bookings.timers (booking_id, kind, due_at) VALUES (%s, %s, %s)
ON CONFLICT (booking_id, kind) DO UPDATE SET due_at = EXCLUDED.due_at, done_at = NULL, attempts = 0
"""
# Timers that must exist by the bookings' own columns. A reminder is restored only while it is due in
# the future, and never once it was sent, since a late reminder is useless. Pending timers are
# filtered out before the INSERT: ON CONFLICT would lock their rows, changed or not, against
# concurrent transitions.
_RESTORE_MISSING = """
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
    SELECT b.id, 'delete-address', upper(b.period) + b.address_days * interval '1 day', false
    FROM bookings.encrypted_fields p JOIN bookings.bookings b ON b.id = p.booking_id
    WHERE p.field = 'address' AND b.status IN ('completed', 'no_show')
) lost
WHERE NOT EXISTS (SELECT FROM bookings.timers t
    WHERE t.booking_id = lost.booking_id AND t.kind = lost.kind
        AND (lost.once OR t.done_at IS NULL))
ON CONFLICT (booking_id, kind) DO UPDATE SET done_at = NULL WHERE bookings.timers.done_at IS NOT NULL
"""


class TimerRepository:
    """Repository of the table `bookings.timers`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def replace(self, booking_id: UUID, timers: Mapping[Timer, datetime]) -> None:
        """Replace the pending timers of a booking."""
        self._work.execute(
            "DELETE FROM bookings.timers WHERE booking_id = %s AND done_at IS NULL", (booking_id,)
        )
        for kind, due_at in timers.items():
            self._work.execute(_UPSERT, (booking_id, kind, due_at))

    def list_due(self, now: datetime, limit: int) -> list[tuple[UUID, Timer]]:
        """Return the due timers, the longest overdue first."""
        rows = self._work.execute(
            """
            SELECT booking_id, kind FROM bookings.timers
            WHERE done_at IS NULL AND due_at <= %s ORDER BY due_at, booking_id LIMIT %s
            """,
            (now, limit),
        )
        return [(row["booking_id"], Timer(row["kind"])) for row in rows]

    def mark_done(self, booking_id: UUID, kind: Timer, now: datetime) -> bool:
        """Mark a due timer as done; tell whether this call did so."""
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
        """Postpone a failed timer with growing delays, so that it does not block the others."""
        self._work.execute(
            """
            UPDATE bookings.timers
            SET attempts = attempts + 1,
                due_at = %s + least(interval '1 hour', interval '1 minute' * 2 ^ least(attempts, 10))
            WHERE booking_id = %s AND kind = %s AND done_at IS NULL
            """,
            (now, booking_id, kind),
        )

    def restore_missing(self, now: datetime) -> int:
        """Insert every timer that should exist and does not; return their number."""
        params = {
            "after": AUTO_COMPLETE,
            "now": now,
            "reminders": [str(kind) for kind in REMINDERS],
            "hours": list(REMINDERS.values()),
        }
        return self._work.execute(_RESTORE_MISSING, params).rowcount

    def delete_done_before(self, before: datetime) -> None:
        """Delete timers done long ago; their bookings have ended and need none."""
        self._work.execute("DELETE FROM bookings.timers WHERE done_at < %s", (before,))


DONE_TIMER_RETENTION = timedelta(days=400)
"""Done timers are kept for so long, since a missing row would be restored."""
