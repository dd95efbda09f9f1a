"""The audit log of a workspace: appending, paging, and detection of tampering."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from crm.domain.audit_log import AuditAction, AuditEntry, first_tampered_sequence
from crm.repository.audit_log import AuditCheckpoint, AuditLogRepository
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import Invalid
from kit.i18n import gettext as _
from kit.pagination import decode_cursor, encode_cursor


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The audit log of one workspace; each entry carries the session and its (shortened) network."""

    work: UnitOfWork
    provider_id: UUID
    clock: Clock
    session_id: str = ""
    network: str = ""
    checkpoint: AuditCheckpoint | None = None

    def append(self, action: AuditAction, **detail: Any) -> None:
        """Append an entry in the transaction of the audited change; ids and counts alone."""
        table = AuditLogRepository(self.work, self.provider_id)
        table.add(action, self.clock(), self.session_id, self.network, detail)
        # If the log does not match the checkpoint any more, the checkpoint stays: it is the proof of that.
        if self.checkpoint is not None and self._first_missing_sequence(table) is None:
            length, last_hash = table.head()
            self.work.after_commit(partial(self.checkpoint.save, length, last_hash))

    def append_refusal(self, action: AuditAction, **detail: Any) -> None:
        """Append an entry about a refusal and commit at once: the request itself will be rolled back."""
        self.append(action, **detail)
        self.work.commit()

    def list(
        self, limit: int, before: int | None = None, action: AuditAction | None = None
    ) -> list[AuditEntry]:
        """Return entries, the latest first."""
        return AuditLogRepository(self.work, self.provider_id).list(limit, before, action)

    def first_tampered_sequence(self) -> int | None:
        """Return the first entry that was tampered with, or None if the log is intact.

        The log must also reach the checkpoint in the key table, with the same hash there.
        """
        table = AuditLogRepository(self.work, self.provider_id)
        broken_at = first_tampered_sequence(table.all(), *table.head(), *table.start())
        return self._first_missing_sequence(table) if broken_at is None else broken_at

    def _first_missing_sequence(self, table: AuditLogRepository) -> int | None:
        """Return the first entry that is missing by the checkpoint in the key table."""
        checkpoint = self.checkpoint.load() if self.checkpoint else None
        if checkpoint is None:
            return None
        length, last_hash = checkpoint
        (first, _), (last, _) = table.start(), table.head()
        if length > last:
            return last + 1
        return length if length >= first and table.hash_at(length) != last_hash else None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries, the latest first. `broken_at`: the first one that does not fit the chain."""

    items: list[AuditEntry]
    next_cursor: str | None
    intact: bool | None
    broken_at: int | None


def audit_page(
    audit_log: AuditLog, action: AuditAction | None, cursor: str | None, limit: int
) -> AuditPage:
    """Return a page of entries; the whole chain is verified with the first page."""
    before = _before(cursor) if cursor is not None else None
    entries = audit_log.list(limit + 1, before, action)
    items = entries[:limit]
    next_cursor = None
    if len(entries) > limit:
        next_cursor = encode_cursor({"before": items[-1].sequence})
    if cursor is not None:
        return AuditPage(items, next_cursor, None, None)
    broken_at = audit_log.first_tampered_sequence()
    return AuditPage(items, next_cursor, broken_at is None, broken_at)


def _before(cursor: str) -> int:
    before = decode_cursor(cursor, {"before": int})["before"]
    if not isinstance(before, int) or before < 1:
        raise Invalid(
            "cursor",
            _("The cursor is not valid. Start again from the first page."),
            field="cursor",
        )
    return before
