"""What proves who somebody is: tokens, the second factor, known devices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auth.domain.tokens import TokenPurpose
from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class EncryptedFactor:
    """A row of `auth.totp`."""

    encrypted_secret: bytes
    confirmed_at: datetime | None
    last_step: int


class TokenRepository:
    """Single-use tokens: taking one deletes it, so that of two takers one finds nothing."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def add(
        self, token_hash: bytes, user_id: UUID, purpose: TokenPurpose, expires_at: datetime
    ) -> None:
        """Keep the hash of a token that was just handed out."""
        self._work.execute(
            """
            INSERT INTO auth.tokens (token_hash, user_id, purpose, expires_at)
            VALUES (%s, %s, %s, %s)
            """,
            (token_hash, user_id, purpose, expires_at),
        )

    def consume(self, token_hash: bytes, purpose: TokenPurpose, now: datetime) -> UUID | None:
        """Use the token up; return whose it was, or nothing where it is not good."""
        row = self._work.execute(
            """
            DELETE FROM auth.tokens WHERE token_hash = %s AND purpose = %s AND expires_at > %s
            RETURNING user_id
            """,
            (token_hash, purpose, now),
        ).fetchone()
        return row["user_id"] if row else None

    def is_valid(self, token_hash: bytes, purpose: TokenPurpose, now: datetime) -> bool:
        """Tell whether the token could be taken, without taking it."""
        row = self._work.execute(
            """
            SELECT FROM auth.tokens WHERE token_hash = %s AND purpose = %s AND expires_at > %s
            """,
            (token_hash, purpose, now),
        ).fetchone()
        return row is not None

    def delete_all(self, user_id: UUID, purpose: TokenPurpose) -> None:
        """Make every token that the account holds for `purpose` useless."""
        self._work.execute(
            "DELETE FROM auth.tokens WHERE user_id = %s AND purpose = %s", (user_id, purpose)
        )


class FactorRepository:
    """The second factor: a sealed TOTP secret and the hashes of recovery codes."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def get(self, user_id: UUID) -> EncryptedFactor | None:
        """Return the factor, confirmed or not."""
        row = self._work.execute(
            "SELECT encrypted_secret, confirmed_at, last_step FROM auth.totp WHERE user_id = %s",
            (user_id,),
        ).fetchone()
        return EncryptedFactor(**row) if row else None

    def start_enrolment(self, user_id: UUID, encrypted_secret: bytes) -> bool:
        """Keep a secret that waits for its first code; tell whether none is confirmed yet."""
        begun = self._work.execute(
            """
            INSERT INTO auth.totp (user_id, encrypted_secret) VALUES (%s, %s)
            ON CONFLICT (user_id) DO UPDATE SET encrypted_secret = EXCLUDED.encrypted_secret, last_step = 0
            WHERE auth.totp.confirmed_at IS NULL
            """,
            (user_id, encrypted_secret),
        )
        return begun.rowcount == 1

    def confirm(self, user_id: UUID, step: int, now: datetime) -> bool:
        """Turn the waiting factor on; tell whether it was still waiting."""
        confirmed = self._work.execute(
            """
            UPDATE auth.totp SET confirmed_at = %s, last_step = %s
            WHERE user_id = %s AND confirmed_at IS NULL
            """,
            (now, step, user_id),
        )
        return confirmed.rowcount == 1

    def consume_step(self, user_id: UUID, step: int) -> bool:
        """Mark the step's code as used; tell whether it was not."""
        spent = self._work.execute(
            "UPDATE auth.totp SET last_step = %s WHERE user_id = %s AND last_step < %s",
            (step, user_id, step),
        )
        return spent.rowcount == 1

    def delete(self, user_id: UUID) -> None:
        """Turn the factor off, recovery codes included."""
        self._work.execute("DELETE FROM auth.totp WHERE user_id = %s", (user_id,))
        self._work.execute("DELETE FROM auth.recovery_codes WHERE user_id = %s", (user_id,))

    def replace_recovery_codes(self, user_id: UUID, hashes: Iterable[bytes]) -> None:
        """Keep these codes and no older ones."""
        self._work.execute("DELETE FROM auth.recovery_codes WHERE user_id = %s", (user_id,))
        self._work.execute(
            """
            INSERT INTO auth.recovery_codes (user_id, code_hash)
            SELECT %s, unnest(%s::bytea[])
            """,
            (user_id, list(hashes)),
        )

    def consume_recovery_code(self, user_id: UUID, code_hash: bytes) -> bool:
        """Use the code up; tell whether it was good."""
        taken = self._work.execute(
            "DELETE FROM auth.recovery_codes WHERE user_id = %s AND code_hash = %s",
            (user_id, code_hash),
        )
        return taken.rowcount == 1

    def count_recovery_codes(self, user_id: UUID) -> int:
        """Return how many codes are unused."""
        row = self._work.execute(
            "SELECT count(*) AS left FROM auth.recovery_codes WHERE user_id = %s", (user_id,)
        ).fetchone()
        return row["left"] if row else 0


class DeviceRepository:
    """Devices that an account was signed in from before."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def is_known(self, user_id: UUID, device_hash: bytes) -> bool:
        """Tell whether the account was signed in from this device before."""
        row = self._work.execute(
            "SELECT FROM auth.devices WHERE user_id = %s AND device_hash = %s",
            (user_id, device_hash),
        ).fetchone()
        return row is not None

    def record_sign_in(self, user_id: UUID, device_hash: bytes, now: datetime) -> bool:
        """Note a sign-in; tell whether the device is new to an account that has others."""
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
        """Trust no device any more."""
        self._work.execute("DELETE FROM auth.devices WHERE user_id = %s", (user_id,))
