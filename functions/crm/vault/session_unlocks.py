"""Unlocked sessions: for a limited time, a secret that only the provider's browser has wraps the lock key.

Nothing of the secret is stored, not even a hash: the secret is the key. The wrapped key is bound to the session, to its
end, to the lock, and to the count of "lock everywhere": if any of them changes, it does not open. DynamoDB deletes
late, so the end is compared here as well.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.vault.errors import DecryptionFailed, UnlockExpired
from crm.vault.primitives import derive, length_prefixed, unwrap, wrap


@dataclass(frozen=True, slots=True)
class UnlockToken:
    """The unlock of a request: its session, and the secret that unlocking returned."""

    session_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class SessionUnlocks:
    """Scope of an unlock: the tenant's lock, and the number of times all sessions were locked."""

    tenant: UUID
    lock_id: str
    lock_all_count: int

    def associated_data(self, session_id: str, expires: str) -> bytes:
        """Return the associated data of a wrapped lock key."""
        return length_prefixed(
            "crm unlock", self.tenant.hex, session_id, expires, self.lock_id, self.lock_all_count
        )


def create_unlock(
    lock: SessionUnlocks, session_id: str, lock_key: bytes, until: datetime
) -> tuple[str, dict[str, Any]]:
    """Return the secret for the browser and the attributes of the `session#` item."""
    secret, expires = secrets.token_urlsafe(32), until.isoformat()
    wrapped = wrap(_key(secret), lock_key, lock.associated_data(session_id, expires))
    return secret, {
        "wrapped": {"B": wrapped},
        "expires": {"S": expires},
        "ttl": {"N": str(int(until.timestamp()))},
    }


def unwrap_lock_key(
    lock: SessionUnlocks, unlock: UnlockToken, item: dict[str, Any] | None, now: datetime
) -> bytes:
    """Return the lock key; raise `UnlockExpired` for an unlock that has ended or was never ours."""
    if item is None:
        raise UnlockExpired("there is no such unlock any more")
    expires = item["expires"]["S"]
    try:
        key = unwrap(
            _key(unlock.secret),
            item["wrapped"]["B"],
            lock.associated_data(unlock.session_id, expires),
        )
    except DecryptionFailed:
        raise UnlockExpired("another secret, or another lock since") from None
    if now >= datetime.fromisoformat(expires):
        raise UnlockExpired("its time is over")
    return key


def _key(secret: str) -> bytes:
    return derive(secret.encode(), "crm unlock")
