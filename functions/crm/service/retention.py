"""What goes by itself: her rules, what they would do tonight, and the night that does it. Needs no key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.retention import DataClass, RetentionTerm, check_choice, terms
from crm.repository.retention import RetentionRepository
from crm.service.audit_log import AuditLog
from kit.clock import Clock
from kit.db import UnitOfWork

IMPORTS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class RetentionPreview:
    """What a rule would take tonight, and what only a hold keeps."""

    term: RetentionTerm
    over: int
    held: int


@dataclass(frozen=True, slots=True)
class ErasureRecord:
    """The proof of one."""

    id: UUID
    what: str
    counts: dict[str, int]
    erased_at: datetime


class RetentionService:
    """The rules of one book."""

    def __init__(
        self, work: UnitOfWork, provider_id: UUID, clock: Clock, audit_log: AuditLog
    ) -> None:
        self._table = RetentionRepository(work, provider_id)
        self._clock = clock
        self._audit_log = audit_log

    def terms(self) -> list[RetentionTerm]:
        """Return how long everything is kept."""
        return terms(self._table.chosen())

    def choose(self, days: Mapping[DataClass, int | None]) -> list[RetentionTerm]:
        """Choose how long some of it is kept (None: as it is for everybody); raise `Invalid`."""
        for data_class, number in days.items():
            if number is not None:
                check_choice(data_class, number)
        for data_class, number in days.items():
            self._table.choose(data_class, number, self._clock())
        if days:
            self._audit_log.append(
                AuditAction.SETTINGS_CHANGED, retention={str(one): days[one] for one in days}
            )
        return self.terms()

    def preview(self) -> list[RetentionPreview]:
        """Return what would go tonight. Who is in the archive and inactive besides counts in both."""
        now = self._clock()
        return [
            RetentionPreview(
                term,
                self._table.count(term.data_class, term.cutoff(now)),
                self._table.count(term.data_class, term.cutoff(now), held=True),
            )
            for term in self.terms()
        ]

    def run(self) -> dict[str, int]:
        """Erase what is over, with a proof and an entry in the trail; return how many of each."""
        self._table.settle()
        now = self._clock()
        counts: dict[str, int] = {}
        for term in self.terms():
            if gone := self._table.erase(term.data_class, term.cutoff(now)):
                counts[str(term.data_class)] = gone
        self._table.forget_imports(now - IMPORTS_KEPT)
        if counts:
            self._table.add_receipt("retention", counts, now)
            self._audit_log.append(AuditAction.RETENTION_RUN, **counts)
        return counts

    def erasures(self) -> list[ErasureRecord]:
        """Return what was erased."""
        return [_erasure(row) for row in self._table.list_receipts()]


def _erasure(row: Mapping[str, Any]) -> ErasureRecord:
    return ErasureRecord(row["id"], row["what"], row["counts"], row["erased_at"])
