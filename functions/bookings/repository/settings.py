"""What providers say about being booked, and the lock on their time."""

import json
from datetime import datetime
from uuid import UUID

from bookings.domain.policy import DEFAULT, Policy
from bookings.domain.settings import Preferences, Provider
from bookings.repository.mappers import (
    Row,
    policy_json,
    preferences_json,
    to_policy,
    to_preferences,
)
from kit.db import UnitOfWork

_READ = """
SELECT p.escort_id, p.user_id, p.preferences, v.body
FROM bookings.providers p
LEFT JOIN bookings.policies v ON v.escort_id = p.escort_id AND v.version = p.policy_version
"""


class Providers:
    """The tables `bookings.providers` and `bookings.policies`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def by_id(self, escort_id: UUID) -> Provider | None:
        """Return what she says, if she ever was asked."""
        row = self._work.execute(f"{_READ} WHERE p.escort_id = %s", (escort_id,)).fetchone()
        return _provider(row) if row else None

    def of(self, user_id: UUID) -> list[UUID]:
        """Return the profiles of an account that were ever asked, closed ones as well."""
        rows = self._work.execute(
            "SELECT escort_id FROM bookings.providers WHERE user_id = %s ORDER BY escort_id",
            (user_id,),
        )
        return [row["escort_id"] for row in rows]

    def owner(self, escort_id: UUID) -> UUID | None:
        """Return whose profile it is, if it was ever asked."""
        row = self._work.execute(
            "SELECT user_id FROM bookings.providers WHERE escort_id = %s", (escort_id,)
        ).fetchone()
        return row["user_id"] if row else None

    def lock(self, escort_id: UUID) -> None:
        """Let nobody else change her bookings until we are done; the first thing of every change."""
        self._work.execute(
            "SELECT FROM bookings.providers WHERE escort_id = %s FOR NO KEY UPDATE", (escort_id,)
        )

    def ensure(self, escort_id: UUID, user_id: UUID, now: datetime) -> None:
        """Make her row, if there is none yet."""
        self._work.execute(
            """
            INSERT INTO bookings.providers (escort_id, user_id, created_at, updated_at)
            VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
            """,
            (escort_id, user_id, now, now),
        )

    def save_preferences(self, escort_id: UUID, preferences: Preferences, now: datetime) -> None:
        """Replace what she says."""
        self._work.execute(
            "UPDATE bookings.providers SET preferences = %s, updated_at = %s WHERE escort_id = %s",
            (json.dumps(preferences_json(preferences)), now, escort_id),
        )

    def add_policy(self, escort_id: UUID, policy: Policy, now: datetime) -> None:
        """Keep a new version of her policy; it counts from now on."""
        self._work.execute(
            """
            INSERT INTO bookings.policies (escort_id, version, body, created_at)
            VALUES (%s, %s, %s, %s)
            """,
            (escort_id, policy.version, json.dumps(policy_json(policy)), now),
        )
        self._work.execute(
            """
            UPDATE bookings.providers SET policy_version = %s, updated_at = %s
            WHERE escort_id = %s
            """,
            (policy.version, now, escort_id),
        )

    def address(self, escort_id: UUID) -> bytes | None:
        """Return where clients come to, sealed."""
        row = self._work.execute(
            "SELECT address_sealed FROM bookings.providers WHERE escort_id = %s", (escort_id,)
        ).fetchone()
        return bytes(row["address_sealed"]) if row and row["address_sealed"] else None

    def save_address(self, escort_id: UUID, sealed: bytes | None, now: datetime) -> None:
        """Replace it."""
        self._work.execute(
            "UPDATE bookings.providers SET address_sealed = %s, updated_at = %s WHERE escort_id = %s",
            (sealed, now, escort_id),
        )


def _provider(row: Row) -> Provider:
    return Provider(
        escort_id=row["escort_id"],
        user_id=row["user_id"],
        preferences=to_preferences(row["preferences"]),
        policy=to_policy(row["body"]) if row["body"] else DEFAULT,
    )
