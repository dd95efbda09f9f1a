"""Repository of the waitlist."""

from datetime import datetime
from uuid import UUID

from bookings.domain.waitlist import WaitlistEntry
from bookings.repository.mappers import to_interval
from kit.db import UnitOfWork
from kit.intervals import Interval

_COLUMNS = "id, profile_id, client_id, lower(requested_period) AS starts_at, upper(requested_period) AS ends_at"


class WaitlistRepository:
    """Repository of the table `bookings.waitlist`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def add(self, entry: WaitlistEntry, now: datetime) -> bool:
        """Insert an entry; tell whether it is new."""
        row = self._work.execute(
            """
            INSERT INTO bookings.waitlist (id, profile_id, client_id, requested_period, created_at)
            VALUES (%s, %s, %s, tstzrange(%s, %s), %s) ON CONFLICT DO NOTHING RETURNING id
            """,
            (
                entry.id,
                entry.profile_id,
                entry.client_id,
                entry.requested_period.start,
                entry.requested_period.end,
                now,
            ),
        ).fetchone()
        return row is not None

    def list_for_client(self, client_id: UUID, now: datetime) -> list[WaitlistEntry]:
        """Return a client's entries that have not ended."""
        rows = self._work.execute(
            f"""
            SELECT {_COLUMNS} FROM bookings.waitlist
            WHERE client_id = %s AND upper(requested_period) > %s ORDER BY id
            """,  # noqa: S608
            (client_id, now),
        )
        return [
            WaitlistEntry(row["id"], row["profile_id"], row["client_id"], to_interval(row))
            for row in rows
        ]

    def delete(self, entry_id: UUID, client_id: UUID) -> None:
        """Delete an entry of a client; a missing one is not an error."""
        self._work.execute(
            "DELETE FROM bookings.waitlist WHERE id = %s AND client_id = %s", (entry_id, client_id)
        )

    def mark_notified(self, profile_id: UUID, free: Interval, now: datetime) -> list[WaitlistEntry]:
        """Mark the entries within this period as notified and return those not notified before."""
        rows = self._work.execute(
            f"""
            UPDATE bookings.waitlist SET notified_at = %s
            WHERE profile_id = %s AND requested_period && tstzrange(%s, %s) AND notified_at IS NULL
                AND upper(requested_period) > %s
            RETURNING {_COLUMNS}
            """,  # noqa: S608
            (now, profile_id, free.start, free.end, now),
        )
        return [
            WaitlistEntry(row["id"], row["profile_id"], row["client_id"], to_interval(row))
            for row in rows
        ]

    def delete_ended_before(self, before: datetime) -> None:
        """Delete entries that ended before this time."""
        self._work.execute(
            "DELETE FROM bookings.waitlist WHERE upper(requested_period) < %s", (before,)
        )

    def delete_for_client(self, client_id: UUID) -> None:
        """Delete all entries of a client."""
        self._work.execute("DELETE FROM bookings.waitlist WHERE client_id = %s", (client_id,))

    def delete_for_profile(self, profile_id: UUID) -> None:
        """Delete all entries for a profile."""
        self._work.execute("DELETE FROM bookings.waitlist WHERE profile_id = %s", (profile_id,))
