"""Retention: the provider's rules, their preview, and the nightly deletion. Needs no key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.retention import DataClass, RetentionTerm, require_within_bounds, retention_terms
from crm.repository.retention import RetentionRepository
from crm.service.audit_log import AuditLog
from kit.clock import Clock
from kit.db import UnitOfWork

IMPORT_RETENTION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class RetentionPreview:
    """Rows that a rule would delete tonight, and rows that only a hold keeps."""

    term: RetentionTerm
    expired: int
    held: int


@dataclass(frozen=True, slots=True)
class ErasureRecord:
    """A stored erasure receipt."""

    id: UUID
    what: str
    counts: dict[str, int]
    erased_at: datetime


class RetentionService:
    """The retention rules of one workspace."""

    def __init__(
        self, work: UnitOfWork, provider_id: UUID, clock: Clock, audit_log: AuditLog
    ) -> None:
        self._rows = RetentionRepository(work, provider_id)
        self._clock = clock
        self._audit_log = audit_log

    def terms(self) -> list[RetentionTerm]:
        """Return the period of each kind of data."""
        return retention_terms(self._rows.chosen_days())

    def save(self, days: Mapping[DataClass, int | None]) -> list[RetentionTerm]:
        """Save some periods (None: the default); raise `Invalid`."""
        for data_class, day_count in days.items():
            if day_count is not None:
                require_within_bounds(data_class, day_count)
        for data_class, day_count in days.items():
            self._rows.save_days(data_class, day_count, self._clock())
        if days:
            self._audit_log.append(
                AuditAction.SETTINGS_CHANGED,
                retention={str(data_class): days[data_class] for data_class in days},
            )
        return self.terms()

    def preview(self) -> list[RetentionPreview]:
        """Return what would be deleted tonight. A client that is archived and inactive counts in both."""
        now = self._clock()
        return [
            RetentionPreview(
                term,
                self._rows.count(term.data_class, term.cutoff(now)),
                self._rows.count(term.data_class, term.cutoff(now), held=True),
            )
            for term in self.terms()
        ]

    def run(self) -> dict[str, int]:
        """Delete expired data, with a receipt and an audit entry; return the number of rows of each kind."""
        self._rows.lock_workspace()
        now = self._clock()
        counts: dict[str, int] = {}
        for term in self.terms():
            if erased := self._rows.erase(term.data_class, term.cutoff(now)):
                counts[str(term.data_class)] = erased
        self._rows.delete_imports(now - IMPORT_RETENTION)
        if counts:
            self._rows.add_receipt("retention", counts, now)
            self._audit_log.append(AuditAction.RETENTION_RUN, **counts)
        return counts

    def erasures(self) -> list[ErasureRecord]:
        """Return the last erasure receipts."""
        return [_erasure(row) for row in self._rows.list_receipts()]


def _erasure(row: Mapping[str, Any]) -> ErasureRecord:
    return ErasureRecord(row["id"], row["what"], row["counts"], row["erased_at"])
