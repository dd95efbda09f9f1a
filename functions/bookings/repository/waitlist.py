"""Who waits for a time that is taken."""

from datetime import datetime
from uuid import UUID

from bookings.domain.spans import Span
from bookings.domain.waitlist import Waiting
from bookings.repository.mappers import span_of
from kit.db import UnitOfWork

_COLUMNS = "id, escort_id, client_id, lower(wanted) AS starts_at, upper(wanted) AS ends_at"


class Waitlist:
    """The table `bookings.waitlist`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def add(self, entry: Waiting, now: datetime) -> bool:
        """Store an entry; tell whether it is new."""
        row = self._work.execute(
            """
            INSERT INTO bookings.waitlist (id, escort_id, client_id, wanted, created_at)
            VALUES (%s, %s, %s, tstzrange(%s, %s), %s) ON CONFLICT DO NOTHING RETURNING id
            """,
            (
                entry.id,
                entry.escort_id,
                entry.client_id,
                entry.wanted.start,
                entry.wanted.end,
                now,
            ),
        ).fetchone()
        return row is not None

    def of(self, client_id: UUID, now: datetime) -> list[Waiting]:
        """Return what somebody waits for and is not over."""
        rows = self._work.execute(
            f"""
            SELECT {_COLUMNS} FROM bookings.waitlist
            WHERE client_id = %s AND upper(wanted) > %s ORDER BY id
            """,  # noqa: S608
            (client_id, now),
        )
        return [
            Waiting(row["id"], row["escort_id"], row["client_id"], span_of(row)) for row in rows
        ]

    def remove(self, entry_id: UUID, client_id: UUID) -> None:
        """Wait no longer; that nobody did is no error."""
        self._work.execute(
            "DELETE FROM bookings.waitlist WHERE id = %s AND client_id = %s", (entry_id, client_id)
        )

    def opened(self, escort_id: UUID, free: Span, now: datetime) -> list[Waiting]:
        """Return who waits for some of this time and was not told before; now they are."""
        rows = self._work.execute(
            f"""
            UPDATE bookings.waitlist SET told_at = %s
            WHERE escort_id = %s AND wanted && tstzrange(%s, %s) AND told_at IS NULL
                AND upper(wanted) > %s
            RETURNING {_COLUMNS}
            """,  # noqa: S608
            (now, escort_id, free.start, free.end, now),
        )
        return [
            Waiting(row["id"], row["escort_id"], row["client_id"], span_of(row)) for row in rows
        ]

    def forget(self, before: datetime) -> None:
        """Drop what has been over for long."""
        self._work.execute("DELETE FROM bookings.waitlist WHERE upper(wanted) < %s", (before,))

    def forget_client(self, client_id: UUID) -> None:
        """Drop all that somebody waits for."""
        self._work.execute("DELETE FROM bookings.waitlist WHERE client_id = %s", (client_id,))

    def forget_provider(self, escort_id: UUID) -> None:
        """Drop all who wait for her."""
        self._work.execute("DELETE FROM bookings.waitlist WHERE escort_id = %s", (escort_id,))
