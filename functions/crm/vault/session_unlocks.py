"""Unlocked sessions: for a while, a secret that only the person's browser has wraps the lock key.

Nothing of the secret is stored, not even a hash: it is the key. What is wrapped is bound to the session, to the time
when it ends, to the lock, and to how often panic was called: a change of any of them, and it does not open. DynamoDB
deletes late, so the time is compared here as well.
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
    """What a request shows: its session, and the secret that unlocking gave to it."""

    session_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class SessionUnlocks:
    """What an unlock holds for: the tenant's lock, and the number of panics until now."""

    tenant: UUID
    lock_id: str
    panics: int

    def bound_to(self, session_id: str, expires: str) -> bytes:
        """Return what a wrapped lock key is bound to."""
        return length_prefixed(
            "crm unlock", self.tenant.hex, session_id, expires, self.lock_id, self.panics
        )


def begin(
    lock: SessionUnlocks, session_id: str, lock_key: bytes, until: datetime
) -> tuple[str, dict[str, Any]]:
    """Return the secret for the person's browser and the attributes of the `session#` item."""
    secret, expires = secrets.token_urlsafe(32), until.isoformat()
    wrapped = wrap(_key(secret), lock_key, lock.bound_to(session_id, expires))
    return secret, {
        "wrapped": {"B": wrapped},
        "expires": {"S": expires},
        "ttl": {"N": str(int(until.timestamp()))},
    }


def lock_key(
    lock: SessionUnlocks, unlock: UnlockToken, item: dict[str, Any] | None, moment: datetime
) -> bytes:
    """Return the lock key; raise `UnlockExpired` for any unlock that is over or was never ours."""
    if item is None:
        raise UnlockExpired("there is no such unlock any more")
    expires = item["expires"]["S"]
    try:
        key = unwrap(
            _key(unlock.secret), item["wrapped"]["B"], lock.bound_to(unlock.session_id, expires)
        )
    except DecryptionFailed:
        raise UnlockExpired("another secret, or another lock since") from None
    if moment >= datetime.fromisoformat(expires):
        raise UnlockExpired("its time is over")
    return key


def _key(secret: str) -> bytes:
    return derive(secret.encode(), "crm unlock")
