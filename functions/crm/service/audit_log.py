"""What happened to a book, page by page, and whether anybody tampered with it."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from crm.domain.audit_log import AuditAction, AuditEntry, first_tampered_sequence
from crm.repository.audit_log import AuditCheckpoint, AuditLogRepository
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import Invalid
from kit.pagination import decode_cursor, encode_cursor


@dataclass(frozen=True, slots=True)
class AuditLog:
    """One book's trail; whose session it is, and from which network (shortened), goes with each entry."""

    work: UnitOfWork
    provider_id: UUID
    clock: Clock
    session_id: str = ""
    network: str = ""
    checkpoint: AuditCheckpoint | None = None

    def append(self, action: AuditAction, **detail: Any) -> None:
        """Write down what happens, in the transaction that makes it so; ids and counts alone."""
        table = AuditLogRepository(self.work, self.provider_id)
        table.add(action, self.clock(), self.session_id, self.network, detail)
        # Where it does not fit any more the note stays as it is: it is what shows that.
        if self.checkpoint is not None and self._first_missing_sequence(table) is None:
            length, last_hash = table.head()
            self.work.after_commit(partial(self.checkpoint.save, length, last_hash))

    def append_refusal(self, action: AuditAction, **detail: Any) -> None:
        """Write down what was refused, at once: the request itself is going to be undone."""
        self.append(action, **detail)
        self.work.commit()

    def list(
        self, limit: int, before: int | None = None, action: AuditAction | None = None
    ) -> list[AuditEntry]:
        """Return what happened, the latest first."""
        return AuditLogRepository(self.work, self.provider_id).list(limit, before, action)

    def first_tampered_sequence(self) -> int | None:
        """Return the first entry that somebody changed, None where the trail is whole.

        It must also have come as far as the key table knows, by the entry that stands there.
        """
        table = AuditLogRepository(self.work, self.provider_id)
        broken_at = first_tampered_sequence(table.all(), *table.head(), *table.start())
        return self._first_missing_sequence(table) if broken_at is None else broken_at

    def _first_missing_sequence(self, table: AuditLogRepository) -> int | None:
        """Return the first entry that is not there any more as the key table knows it."""
        noted = self.checkpoint.load() if self.checkpoint else None
        if noted is None:
            return None
        length, last_hash = noted
        (first, _), (end, _) = table.start(), table.head()
        if length > end:
            return end + 1
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
    """Return a page; the whole chain is looked at with the first one."""
    before = _before(cursor) if cursor is not None else None
    found = audit_log.list(limit + 1, before, action)
    items = found[:limit]
    following = None
    if len(found) > limit:
        following = encode_cursor({"before": items[-1].sequence})
    if cursor is not None:
        return AuditPage(items, following, None, None)
    broken_at = audit_log.first_tampered_sequence()
    return AuditPage(items, following, broken_at is None, broken_at)


def _before(cursor: str) -> int:
    before = decode_cursor(cursor, {"before": int})["before"]
    if not isinstance(before, int) or before < 1:
        raise Invalid(
            "cursor",
            "This cursor is not one of ours: start again from the first page.",
            field="cursor",
        )
    return before
