"""Repository of timers; each row is processed once, however often workers try."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from bookings.domain.transitions import TIMER_RULES, BookingTime, Timer, TimerRule
from bookings.repository.mappers import status_literals
from kit.db import UnitOfWork

_UPSERT = """
INSERT INTO bookings.timers (booking_id, kind, due_at) VALUES (%s, %s, %s)
ON CONFLICT (booking_id, kind) DO UPDATE SET due_at = EXCLUDED.due_at, done_at = NULL, attempts = 0
"""
_TIME_COLUMNS = {
    BookingTime.EXPIRES_AT: "expires_at",
    BookingTime.DEPOSIT_DUE_AT: "deposit_due_at",
    BookingTime.STARTS_AT: "lower(period)",
    BookingTime.ENDS_AT: "upper(period)",
}


def _select_required(timer: Timer, rule: TimerRule) -> str:
    """Return the query for the bookings that require a timer by their own columns."""
    due_at = (
        f"least({', '.join(_TIME_COLUMNS[name] for name in rule.counts_from)})"
        f" + interval '{rule.offset.total_seconds():.0f} seconds'"
    )
    if rule.after_address_days:
        due_at += " + address_days * interval '1 day'"
    conditions = [f"status IN ({status_literals(rule.statuses)})"]
    # A reminder is restored only while it is due in the future, and never once it was sent, since a late
    # reminder is useless.
    if rule.reminder_hours:
        conditions.append(f"{due_at} > %(now)s")
    if timer is Timer.DELETE_ADDRESS:
        conditions.append(
            "id IN (SELECT booking_id FROM bookings.encrypted_fields WHERE field = 'address')"
        )
    return f"""
    SELECT id AS booking_id, '{timer}'::bookings.timer AS kind, {due_at} AS due_at,
        {bool(rule.reminder_hours)} AS once
    FROM bookings.bookings WHERE {" AND ".join(conditions)}
    """  # noqa: S608 - constants of the domain


# Pending timers are filtered out before the INSERT: ON CONFLICT would lock their rows, changed or not,
# against concurrent transitions.
_RESTORE_MISSING = f"""
INSERT INTO bookings.timers (booking_id, kind, due_at)
SELECT lost.booking_id, lost.kind, lost.due_at FROM (
    {"UNION ALL".join(_select_required(*item) for item in TIMER_RULES.items())}
) lost
WHERE NOT EXISTS (SELECT FROM bookings.timers t
    WHERE t.booking_id = lost.booking_id AND t.kind = lost.kind
        AND (lost.once OR t.done_at IS NULL))
ON CONFLICT (booking_id, kind) DO UPDATE SET done_at = NULL WHERE bookings.timers.done_at IS NOT NULL
"""  # noqa: S608 - constants of the domain


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
        return self._work.execute(_RESTORE_MISSING, {"now": now}).rowcount

    def delete_done_before(self, before: datetime) -> None:
        """Delete timers done long ago; their bookings have ended and need none."""
        self._work.execute("DELETE FROM bookings.timers WHERE done_at < %s", (before,))


DONE_TIMER_RETENTION = timedelta(days=400)
"""Done timers are kept for so long, since a missing row would be restored."""
