"""Somebody asks every book at once: what it keeps about them, or that it goes. They learn of nobody."""

from dataclasses import dataclass
from uuid import UUID

from crm.domain.subjects import TERM, OwnRequest, SubjectKind
from crm.repository.subjects import OwnRequests
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import Conflict


@dataclass(frozen=True, slots=True)
class Asking:
    """The requests of one person who is signed in."""

    work: UnitOfWork
    user_id: UUID
    envelope: Envelope
    now: Clock

    def ask(self, kind: SubjectKind) -> OwnRequest:
        """Ask; raise `Conflict` where the same was asked not long ago."""
        requests = OwnRequests(self.work, self.user_id)
        requests.enter()
        now = self.now()
        last = requests.last(kind)
        if last is not None and now < last + TERM:
            raise Conflict(
                "asked-already",
                f"You have asked for this already: you can ask again on {last + TERM:%d %B %Y}.",
                field="kind",
            )
        return requests.add(kind, now)

    def all(self) -> list[OwnRequest]:
        """Return what they asked, and what they were told."""
        requests = OwnRequests(self.work, self.user_id)
        requests.enter()
        return requests.all(self.envelope)
