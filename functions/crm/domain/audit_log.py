"""What happened to a book, each entry bound to the one before it.

Whoever changes, leaves out or reorders an entry must change every later one, and the book's own row besides; cutting
the end off shows in its length.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class AuditAction(StrEnum):
    """What is written down. Reading a list is not; what leaves the book, and what keys are for, is."""

    SESSION_UNLOCKED = "session.unlocked"
    SESSION_UNLOCK_FAILED = "session.unlock-failed"
    SESSION_LOCKED = "session.locked"
    SESSION_PANIC = "session.panic"
    ENCRYPTION_ENABLED = "encryption.enabled"
    ENCRYPTION_DISABLED = "encryption.disabled"
    ENCRYPTION_DISABLE_ASKED = "encryption.disable-asked"
    ENCRYPTION_DISABLE_CANCELLED = "encryption.disable-cancelled"
    PASSPHRASE_CHANGED = "encryption.passphrase-changed"  # noqa: S105 - an event, no secret
    RECOVERY_CODE_RENEWED = "encryption.recovery-code-renewed"
    RECOVERED = "encryption.recovered"
    RECOVERY_FAILED = "encryption.recovery-failed"
    KEYS_ROTATED = "encryption.keys-rotated"
    REKEY_FINISHED = "encryption.rekey-finished"
    OLDER_KEYS_REFUSED = "encryption.older-keys-refused"
    OLDER_KEYS_TAKEN = "encryption.older-keys-taken"
    CLIENT_FORGOTTEN = "client.forgotten"
    CLIENT_KEYS_SHREDDED = "client.keys-shredded"
    CLIENTS_MERGED = "client.merged"
    BOOK_BEGUN = "book.begun"
    BOOK_WIPED = "book.wiped"
    EXPORTED = "book.exported"
    IMPORTED = "book.imported"
    SETTINGS_CHANGED = "book.settings-changed"
    HOLD_PLACED = "hold.placed"
    HOLD_RELEASED = "hold.released"
    RETENTION_RUN = "retention.run"
    CAMPAIGN_SENT = "campaign.sent"
    DATA_REQUEST_ANSWERED = "data-request.answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One entry. `detail` holds ids and counts, never what is sealed elsewhere."""

    provider_id: UUID
    sequence: int
    action: AuditAction
    at: datetime
    session_id: str
    network: str
    detail: Mapping[str, Any]
    previous_hash: bytes
    hash: bytes


def entry_hash(
    provider_id: UUID,
    sequence: int,
    action: AuditAction,
    at: datetime,
    session_id: str,
    network: str,
    detail: Mapping[str, Any],
    previous_hash: bytes,
) -> bytes:
    """Return the hash of an entry, SHA-256 over all of it and the hash before."""
    said = [
        str(provider_id), sequence, str(action), at.timestamp(), session_id, network, dict(detail),
        previous_hash.hex(),
    ]  # fmt: skip
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).digest()


def first_tampered_sequence(
    happenings: Iterable[AuditEntry],
    length: int,
    last_hash: bytes,
    begins_at: int = 1,
    before: bytes = b"",
) -> int | None:
    """Return the first sequence number that does not fit, None where the whole trail (oldest first) does.

    Retention cuts off the oldest: the first one left is `begins_at`, and `before` the hash of the last one gone.
    """
    previous, expected = before, begins_at
    for one in happenings:
        right = entry_hash(
            one.provider_id, expected, one.action, one.at, one.session_id, one.network, one.detail,
            previous,
        )  # fmt: skip
        if (one.sequence, one.previous_hash, one.hash) != (expected, previous, right):
            return expected
        previous, expected = one.hash, expected + 1
    return None if (expected - 1, previous) == (length, last_hash) else expected


_LABELS = {
    AuditAction.SESSION_UNLOCKED: "Book unlocked",
    AuditAction.SESSION_UNLOCK_FAILED: "Wrong passphrase",
    AuditAction.SESSION_LOCKED: "Book locked",
    AuditAction.SESSION_PANIC: "All sessions locked at once",
    AuditAction.ENCRYPTION_ENABLED: "Passphrase put on",
    AuditAction.ENCRYPTION_DISABLED: "Passphrase taken off",
    AuditAction.ENCRYPTION_DISABLE_ASKED: "Asked to take the passphrase off",
    AuditAction.ENCRYPTION_DISABLE_CANCELLED: "Passphrase kept after all",
    AuditAction.PASSPHRASE_CHANGED: "Passphrase changed",
    AuditAction.RECOVERY_CODE_RENEWED: "New recovery code made",
    AuditAction.RECOVERED: "Opened by the recovery code",
    AuditAction.RECOVERY_FAILED: "Wrong recovery code",
    AuditAction.KEYS_ROTATED: "Keys changed",
    AuditAction.REKEY_FINISHED: "Everything sealed under the new keys",
    AuditAction.OLDER_KEYS_REFUSED: "Older keys were put back: the book stayed shut",
    AuditAction.OLDER_KEYS_TAKEN: "Older keys were put back by us, after a restore",
    AuditAction.CLIENT_FORGOTTEN: "Client forgotten",
    AuditAction.CLIENTS_MERGED: "Clients merged",
    AuditAction.BOOK_BEGUN: "New book begun",
    AuditAction.BOOK_WIPED: "Book destroyed",
    AuditAction.EXPORTED: "Book exported",
    AuditAction.IMPORTED: "Entries imported",
    AuditAction.SETTINGS_CHANGED: "Settings changed",
    AuditAction.HOLD_PLACED: "Legal hold placed",
    AuditAction.HOLD_RELEASED: "Legal hold lifted",
    AuditAction.RETENTION_RUN: "Old entries cleared by rule",
    AuditAction.CAMPAIGN_SENT: "Campaign sent",
    AuditAction.DATA_REQUEST_ANSWERED: "Somebody's request answered",
}


def audit_label(action: AuditAction) -> str:
    """Return what an entry of the trail is called."""
    return _LABELS.get(action) or action.replace("-", " ").replace(".", ": ").capitalize()
