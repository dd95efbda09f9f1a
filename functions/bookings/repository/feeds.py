"""Secret addresses of calendars, and keys of requests that were made before."""

from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork


class Feeds:
    """The table `bookings.feeds`: one address per person, as a hash."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def replace(self, user_id: UUID, token_hash: bytes, now: datetime) -> None:
        """Give somebody a new address; the old one leads nowhere from now on."""
        self._work.execute(
            """
            INSERT INTO bookings.feeds (user_id, token_hash, created_at) VALUES (%s, %s, %s)
            ON CONFLICT (user_id)
            DO UPDATE SET token_hash = EXCLUDED.token_hash, created_at = EXCLUDED.created_at
            """,
            (user_id, token_hash, now),
        )

    def revoke(self, user_id: UUID) -> None:
        """Take the address away; that there was none is no error."""
        self._work.execute("DELETE FROM bookings.feeds WHERE user_id = %s", (user_id,))

    def exists(self, user_id: UUID) -> bool:
        """Tell whether somebody has one."""
        cursor = self._work.execute("SELECT FROM bookings.feeds WHERE user_id = %s", (user_id,))
        return cursor.fetchone() is not None

    def user(self, token_hash: bytes) -> UUID | None:
        """Return whose calendar this is."""
        row = self._work.execute(
            "SELECT user_id FROM bookings.feeds WHERE token_hash = %s", (token_hash,)
        ).fetchone()
        return row["user_id"] if row else None


class IdempotencyKeys:
    """The table `bookings.idempotency_keys`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def claim(
        self, user_id: UUID, key: str, fingerprint: bytes, booking_id: UUID, now: datetime
    ) -> tuple[UUID, bytes] | None:
        """Take a key for a new booking; return booking and fingerprint of whoever was first.

        Of two at once the second waits here until the first has committed or gone.
        """
        taken = self._work.execute(
            """
            INSERT INTO bookings.idempotency_keys
                (user_id, key, fingerprint, booking_id, created_at)
            VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING key
            """,
            (user_id, key, fingerprint, booking_id, now),
        ).fetchone()
        if taken is not None:
            return None
        row = self._work.execute(
            """
            SELECT booking_id, fingerprint FROM bookings.idempotency_keys
            WHERE user_id = %s AND key = %s
            """,
            (user_id, key),
        ).fetchone()
        return (row["booking_id"], bytes(row["fingerprint"])) if row else None

    def forget(self, before: datetime) -> None:
        """Drop keys that nobody sends again."""
        self._work.execute("DELETE FROM bookings.idempotency_keys WHERE created_at < %s", (before,))
