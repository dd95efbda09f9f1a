"""Secret URLs of calendar feeds, and idempotency keys of requests."""

from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork


class FeedRepository:
    """Repository of `bookings.feeds`: one URL per account, stored as a hash."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def replace(self, user_id: UUID, token_hash: bytes, now: datetime) -> None:
        """Store a new token; the old URL stops working."""
        self._work.execute(
            """
            INSERT INTO bookings.feeds (user_id, token_hash, created_at) VALUES (%s, %s, %s)
            ON CONFLICT (user_id)
            DO UPDATE SET token_hash = EXCLUDED.token_hash, created_at = EXCLUDED.created_at
            """,
            (user_id, token_hash, now),
        )

    def revoke(self, user_id: UUID) -> None:
        """Delete the token; a missing one is not an error."""
        self._work.execute("DELETE FROM bookings.feeds WHERE user_id = %s", (user_id,))

    def exists(self, user_id: UUID) -> bool:
        """Tell whether the account has a feed."""
        cursor = self._work.execute("SELECT FROM bookings.feeds WHERE user_id = %s", (user_id,))
        return cursor.fetchone() is not None

    def user_by_token(self, token_hash: bytes) -> UUID | None:
        """Return the account of a feed."""
        row = self._work.execute(
            "SELECT user_id FROM bookings.feeds WHERE token_hash = %s", (token_hash,)
        ).fetchone()
        return row["user_id"] if row else None


class IdempotencyKeyRepository:
    """Repository of the table `bookings.idempotency_keys`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def claim(
        self, user_id: UUID, key: str, fingerprint: bytes, booking_id: UUID, now: datetime
    ) -> tuple[UUID, bytes] | None:
        """Claim a key for a new booking; return booking and fingerprint of an earlier claim.

        Of two concurrent claims the second waits here until the first commits or rolls back.
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

    def delete_created_before(self, before: datetime) -> None:
        """Delete keys that are too old to be sent again."""
        self._work.execute("DELETE FROM bookings.idempotency_keys WHERE created_at < %s", (before,))
