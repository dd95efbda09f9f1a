"""Credentials of accounts: tokens, the second factor, known devices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auth.domain.tokens import TokenPurpose
from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class EncryptedFactor:
    """Row of `auth.totp`, its secret encrypted."""

    encrypted_secret: bytes
    confirmed_at: datetime | None
    last_step: int


class TokenRepository:
    """Repository of single-use tokens: consuming deletes the row, so only one of two callers succeeds."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def add(
        self, token_hash: bytes, user_id: UUID, purpose: TokenPurpose, expires_at: datetime
    ) -> None:
        """Store the hash of a new token."""
        self._work.execute(
            """
            INSERT INTO auth.tokens (token_hash, user_id, purpose, expires_at)
            VALUES (%s, %s, %s, %s)
            """,
            (token_hash, user_id, purpose, expires_at),
        )

    def consume(self, token_hash: bytes, purpose: TokenPurpose, now: datetime) -> UUID | None:
        """Delete the token; return its account's id, or None if the token is not valid."""
        row = self._work.execute(
            """
            DELETE FROM auth.tokens WHERE token_hash = %s AND purpose = %s AND expires_at > %s
            RETURNING user_id
            """,
            (token_hash, purpose, now),
        ).fetchone()
        return row["user_id"] if row else None

    def is_valid(self, token_hash: bytes, purpose: TokenPurpose, now: datetime) -> bool:
        """Tell whether the token is valid, without consuming it."""
        row = self._work.execute(
            """
            SELECT FROM auth.tokens WHERE token_hash = %s AND purpose = %s AND expires_at > %s
            """,
            (token_hash, purpose, now),
        ).fetchone()
        return row is not None

    def delete_all(self, user_id: UUID, purpose: TokenPurpose) -> None:
        """Delete all tokens of the account for `purpose`."""
        self._work.execute(
            "DELETE FROM auth.tokens WHERE user_id = %s AND purpose = %s", (user_id, purpose)
        )


class FactorRepository:
    """Repository of second factors: an encrypted TOTP secret and the hashes of recovery codes."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def get(self, user_id: UUID) -> EncryptedFactor | None:
        """Return the account's second factor, confirmed or not."""
        row = self._work.execute(
            "SELECT encrypted_secret, confirmed_at, last_step FROM auth.totp WHERE user_id = %s",
            (user_id,),
        ).fetchone()
        return EncryptedFactor(**row) if row else None

    def start_enrolment(self, user_id: UUID, encrypted_secret: bytes) -> bool:
        """Store an unconfirmed secret; return False if a confirmed one exists already."""
        stored = self._work.execute(
            """
            INSERT INTO auth.totp (user_id, encrypted_secret) VALUES (%s, %s)
            ON CONFLICT (user_id) DO UPDATE SET encrypted_secret = EXCLUDED.encrypted_secret, last_step = 0
            WHERE auth.totp.confirmed_at IS NULL
            """,
            (user_id, encrypted_secret),
        )
        return stored.rowcount == 1

    def confirm(self, user_id: UUID, step: int, now: datetime) -> bool:
        """Confirm the pending factor; return False if it was no longer pending."""
        confirmed = self._work.execute(
            """
            UPDATE auth.totp SET confirmed_at = %s, last_step = %s
            WHERE user_id = %s AND confirmed_at IS NULL
            """,
            (now, step, user_id),
        )
        return confirmed.rowcount == 1

    def consume_step(self, user_id: UUID, step: int) -> bool:
        """Mark the time step's code as used; return False if it was used before."""
        updated = self._work.execute(
            "UPDATE auth.totp SET last_step = %s WHERE user_id = %s AND last_step < %s",
            (step, user_id, step),
        )
        return updated.rowcount == 1

    def delete(self, user_id: UUID) -> None:
        """Delete the second factor and its recovery codes."""
        self._work.execute("DELETE FROM auth.totp WHERE user_id = %s", (user_id,))
        self._work.execute("DELETE FROM auth.recovery_codes WHERE user_id = %s", (user_id,))

    def replace_recovery_codes(self, user_id: UUID, hashes: Iterable[bytes]) -> None:
        """Replace the account's recovery codes with these hashes."""
        self._work.execute("DELETE FROM auth.recovery_codes WHERE user_id = %s", (user_id,))
        self._work.execute(
            """
            INSERT INTO auth.recovery_codes (user_id, code_hash)
            SELECT %s, unnest(%s::bytea[])
            """,
            (user_id, list(hashes)),
        )

    def consume_recovery_code(self, user_id: UUID, code_hash: bytes) -> bool:
        """Delete the recovery code; return False if the account has no such code."""
        deleted = self._work.execute(
            "DELETE FROM auth.recovery_codes WHERE user_id = %s AND code_hash = %s",
            (user_id, code_hash),
        )
        return deleted.rowcount == 1

    def count_recovery_codes(self, user_id: UUID) -> int:
        """Return the number of unused recovery codes."""
        row = self._work.execute(
            "SELECT count(*) AS left FROM auth.recovery_codes WHERE user_id = %s", (user_id,)
        ).fetchone()
        return row["left"] if row else 0


class DeviceRepository:
    """Repository of the devices that an account signed in from before."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def is_known(self, user_id: UUID, device_hash: bytes) -> bool:
        """Tell whether the account signed in from this device before."""
        row = self._work.execute(
            "SELECT FROM auth.devices WHERE user_id = %s AND device_hash = %s",
            (user_id, device_hash),
        ).fetchone()
        return row is not None

    def record_sign_in(self, user_id: UUID, device_hash: bytes, now: datetime) -> bool:
        """Record a login; tell whether the device is new to an account that has other devices."""
        row = self._work.execute(
            """
            INSERT INTO auth.devices AS known (user_id, device_hash, first_seen_at, last_seen_at)
            VALUES (%(user)s, %(hash)s, %(now)s, %(now)s)
            ON CONFLICT (user_id, device_hash) DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at
            RETURNING known.xmax = 0 AS added, EXISTS (
                SELECT FROM auth.devices AS other
                WHERE other.user_id = %(user)s AND other.device_hash <> %(hash)s
            ) AS has_others
            """,
            {"user": user_id, "hash": device_hash, "now": now},
        ).fetchone()
        return row is not None and row["added"] and row["has_others"]

    def delete_all(self, user_id: UUID) -> None:
        """Delete all known devices of the account."""
        self._work.execute("DELETE FROM auth.devices WHERE user_id = %s", (user_id,))
