"""Booking settings of providers, and the row lock on their bookings."""

import json
from datetime import datetime
from uuid import UUID

from bookings.domain.policy import DEFAULT_POLICY, Policy
from bookings.domain.settings import BookingSettings, ProviderSettings
from bookings.repository.mappers import (
    Row,
    policy_json,
    settings_json,
    to_policy,
    to_settings,
)
from kit.db import UnitOfWork

_READ = """
SELECT p.profile_id, p.user_id, p.settings, v.body
FROM bookings.providers p
LEFT JOIN bookings.policies v ON v.profile_id = p.profile_id AND v.version = p.policy_version
"""


class ProviderRepository:
    """Repository of `bookings.providers` and `bookings.policies`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def by_id(self, profile_id: UUID) -> ProviderSettings | None:
        """Return the provider's booking settings, or None if none were saved."""
        row = self._work.execute(f"{_READ} WHERE p.profile_id = %s", (profile_id,)).fetchone()
        return _provider(row) if row else None

    def list_profile_ids(self, user_id: UUID) -> list[UUID]:
        """Return the account's profiles that have a row here, closed ones as well."""
        rows = self._work.execute(
            "SELECT profile_id FROM bookings.providers WHERE user_id = %s ORDER BY profile_id",
            (user_id,),
        )
        return [row["profile_id"] for row in rows]

    def owner_id(self, profile_id: UUID) -> UUID | None:
        """Return the account of a profile, or None if the profile has no row here."""
        row = self._work.execute(
            "SELECT user_id FROM bookings.providers WHERE profile_id = %s", (profile_id,)
        ).fetchone()
        return row["user_id"] if row else None

    def lock(self, profile_id: UUID) -> None:
        """Lock the provider's row against concurrent changes; every change takes this lock first."""
        self._work.execute(
            "SELECT FROM bookings.providers WHERE profile_id = %s FOR NO KEY UPDATE", (profile_id,)
        )

    def ensure(self, profile_id: UUID, user_id: UUID, now: datetime) -> None:
        """Insert the provider's row if it is missing."""
        self._work.execute(
            """
            INSERT INTO bookings.providers (profile_id, user_id, created_at, updated_at)
            VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
            """,
            (profile_id, user_id, now, now),
        )

    def save_settings(self, profile_id: UUID, preferences: BookingSettings, now: datetime) -> None:
        """Replace the booking settings."""
        self._work.execute(
            "UPDATE bookings.providers SET settings = %s, updated_at = %s WHERE profile_id = %s",
            (json.dumps(settings_json(preferences)), now, profile_id),
        )

    def add_policy(self, profile_id: UUID, policy: Policy, now: datetime) -> None:
        """Insert a new version of the policy, valid from now on."""
        self._work.execute(
            """
            INSERT INTO bookings.policies (profile_id, version, body, created_at)
            VALUES (%s, %s, %s, %s)
            """,
            (profile_id, policy.version, json.dumps(policy_json(policy)), now),
        )
        self._work.execute(
            """
            UPDATE bookings.providers SET policy_version = %s, updated_at = %s
            WHERE profile_id = %s
            """,
            (policy.version, now, profile_id),
        )

    def address(self, profile_id: UUID) -> bytes | None:
        """Return the encrypted incall address."""
        row = self._work.execute(
            "SELECT address_sealed FROM bookings.providers WHERE profile_id = %s", (profile_id,)
        ).fetchone()
        return bytes(row["address_sealed"]) if row and row["address_sealed"] else None

    def save_address(self, profile_id: UUID, sealed: bytes | None, now: datetime) -> None:
        """Replace the encrypted incall address."""
        self._work.execute(
            "UPDATE bookings.providers SET address_sealed = %s, updated_at = %s WHERE profile_id = %s",
            (sealed, now, profile_id),
        )


def _provider(row: Row) -> ProviderSettings:
    return ProviderSettings(
        profile_id=row["profile_id"],
        user_id=row["user_id"],
        settings=to_settings(row["settings"]),
        policy=to_policy(row["body"]) if row["body"] else DEFAULT_POLICY,
    )
