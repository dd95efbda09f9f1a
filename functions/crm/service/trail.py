"""Writing down what happens to a book, and looking whether anybody tampered with what was written."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm.domain.trail import Happening, TrailAction, first_break
from crm.repository.trail import TrailTable
from kit.clock import Clock
from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class Trail:
    """One book's trail; whose session it is, and from which network (shortened), goes with each entry."""

    work: UnitOfWork
    provider_id: UUID
    clock: Clock
    session_id: str = ""
    network: str = ""

    def note(self, action: TrailAction, **detail: Any) -> None:
        """Write down what happens, in the transaction that makes it so; ids and counts alone."""
        TrailTable(self.work, self.provider_id).add(
            action, self.clock(), self.session_id, self.network, detail
        )

    def note_refusal(self, action: TrailAction, **detail: Any) -> None:
        """Write down what was refused, at once: the request itself is going to be undone."""
        self.note(action, **detail)
        self.work.commit()

    def latest(
        self, limit: int, before: int | None = None, action: TrailAction | None = None
    ) -> list[Happening]:
        """Return what happened, the latest first."""
        return TrailTable(self.work, self.provider_id).latest(limit, before, action)

    def first_break(self) -> int | None:
        """Return the first entry that somebody changed, None where the trail is whole."""
        table = TrailTable(self.work, self.provider_id)
        return first_break(table.all(), *table.end(), *table.begin())
