"""The audit log of a workspace: a hash chain in which each entry is bound to the one before it.

Changing, omitting or reordering an entry requires changing every later one and the workspace's row as well; truncation
shows in the stored length.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from kit.i18n import N_


class AuditAction(StrEnum):
    """Audited actions: exports, imports, locking, keys and settings. Reading a list is not audited."""

    SESSION_UNLOCKED = "session.unlocked"
    SESSION_UNLOCK_FAILED = "session.unlock-failed"
    SESSION_LOCKED = "session.locked"
    ALL_SESSIONS_LOCKED = "session.all-locked"
    ENCRYPTION_ENABLED = "encryption.enabled"
    ENCRYPTION_DISABLED = "encryption.disabled"
    ENCRYPTION_DISABLE_REQUESTED = "encryption.disable-requested"
    ENCRYPTION_DISABLE_CANCELLED = "encryption.disable-cancelled"
    PASSPHRASE_CHANGED = "encryption.passphrase-changed"  # noqa: S105 - an event, no secret
    RECOVERY_CODE_RENEWED = "encryption.recovery-code-renewed"
    RECOVERED = "encryption.recovered"
    RECOVERY_FAILED = "encryption.recovery-failed"
    KEYS_ROTATED = "encryption.keys-rotated"
    REKEY_FINISHED = "encryption.rekey-finished"
    KEY_ROLLBACK_REFUSED = "encryption.key-rollback-refused"
    OLDER_KEYS_ACCEPTED = "encryption.older-keys-accepted"
    CLIENT_ERASED = "client.erased"
    CLIENT_KEYS_SHREDDED = "client.keys-shredded"
    CLIENTS_MERGED = "client.merged"
    WORKSPACE_RECREATED = "workspace.recreated"
    WORKSPACE_CLEARED = "workspace.cleared"
    WORKSPACE_DELETED = "workspace.deleted"
    WORKSPACE_CLOSED = "workspace.closed"
    EXPORTED = "workspace.exported"
    IMPORTED = "workspace.imported"
    SETTINGS_CHANGED = "workspace.settings-changed"
    LEGAL_HOLD_PLACED = "legal-hold.placed"
    LEGAL_HOLD_RELEASED = "legal-hold.released"
    RETENTION_RUN = "retention.run"
    CAMPAIGN_SENT = "campaign.sent"
    DATA_REQUEST_ANSWERED = "data-request.answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An audit log entry. `detail` holds ids and counts, never encrypted fields."""

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
    """Return the hash of an entry: SHA-256 over all of its fields and the previous hash."""
    content = [
        str(provider_id), sequence, str(action), at.timestamp(), session_id, network, dict(detail),
        previous_hash.hex(),
    ]  # fmt: skip
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).digest()


def first_tampered_sequence(
    entries: Iterable[AuditEntry],
    length: int,
    last_hash: bytes,
    begins_at: int = 1,
    before: bytes = b"",
) -> int | None:
    """Return the first sequence number that does not fit, or None if the whole log (oldest first) does.

    Retention deletes the oldest entries: the first one left is `begins_at`, and `before` is the hash of the last
    deleted one.
    """
    previous, expected = before, begins_at
    for entry in entries:
        expected_hash = entry_hash(
            entry.provider_id, expected, entry.action, entry.at, entry.session_id, entry.network, entry.detail,
            previous,
        )  # fmt: skip
        if (entry.sequence, entry.previous_hash, entry.hash) != (expected, previous, expected_hash):
            return expected
        previous, expected = entry.hash, expected + 1
    return None if (expected - 1, previous) == (length, last_hash) else expected


_LABELS = {
    AuditAction.SESSION_UNLOCKED: N_("Unlocked"),
    AuditAction.SESSION_UNLOCK_FAILED: N_("Wrong passphrase"),
    AuditAction.SESSION_LOCKED: N_("Locked"),
    AuditAction.ALL_SESSIONS_LOCKED: N_("Locked everywhere"),
    AuditAction.ENCRYPTION_ENABLED: N_("Passphrase set"),
    AuditAction.ENCRYPTION_DISABLED: N_("Passphrase removed"),
    AuditAction.ENCRYPTION_DISABLE_REQUESTED: N_("Passphrase removal requested"),
    AuditAction.ENCRYPTION_DISABLE_CANCELLED: N_("Passphrase removal cancelled"),
    AuditAction.PASSPHRASE_CHANGED: N_("Passphrase changed"),
    AuditAction.RECOVERY_CODE_RENEWED: N_("Recovery code renewed"),
    AuditAction.RECOVERED: N_("Unlocked with the recovery code"),
    AuditAction.RECOVERY_FAILED: N_("Wrong recovery code"),
    AuditAction.KEYS_ROTATED: N_("Encryption keys rotated"),
    AuditAction.REKEY_FINISHED: N_("Re-encryption finished"),
    AuditAction.KEY_ROLLBACK_REFUSED: N_("Older encryption keys found: access refused"),
    AuditAction.OLDER_KEYS_ACCEPTED: N_("Older encryption keys accepted after a restore"),
    AuditAction.CLIENT_ERASED: N_("Client deleted"),
    AuditAction.CLIENT_KEYS_SHREDDED: N_("Client keys destroyed"),
    AuditAction.CLIENTS_MERGED: N_("Clients merged"),
    AuditAction.WORKSPACE_RECREATED: N_("New client book created"),
    AuditAction.WORKSPACE_CLEARED: N_("All clients deleted"),
    AuditAction.WORKSPACE_DELETED: N_("Client book deleted"),
    AuditAction.WORKSPACE_CLOSED: N_("Client book deleted: account closed"),
    AuditAction.EXPORTED: N_("Exported"),
    AuditAction.IMPORTED: N_("Imported"),
    AuditAction.SETTINGS_CHANGED: N_("Settings changed"),
    AuditAction.LEGAL_HOLD_PLACED: N_("Legal hold placed"),
    AuditAction.LEGAL_HOLD_RELEASED: N_("Legal hold released"),
    AuditAction.RETENTION_RUN: N_("Old data deleted by retention rule"),
    AuditAction.CAMPAIGN_SENT: N_("Campaign sent"),
    AuditAction.DATA_REQUEST_ANSWERED: N_("Data request answered"),
}


def audit_label(action: AuditAction) -> str:
    """Return the label of an audited action."""
    return _LABELS[action]
