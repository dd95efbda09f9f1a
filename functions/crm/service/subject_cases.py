"""A book is asked about somebody: who it is, what it answers.

Whether anybody is found makes no difference outside the book: the same questions to the database, a row of one size.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from crm.domain.contacts import folded_email
from crm.domain.subjects import (
    KEPT_FOR,
    MOST_CLIENTS,
    Answer,
    Asked,
    Case,
    CaseState,
    DeclineReason,
    Section,
    SubjectKind,
    declined,
    erased,
    handed_out,
)
from crm.domain.trail import TrailAction
from crm.repository.clients import Clients
from crm.repository.subject_cases import Cases, no_such_request
from crm.repository.subjects import give_answer
from crm.service.desk import Desk
from crm.service.forgetting import Forgetting
from crm.service.subject_summary import sections_of
from crm.service.trail import Trail
from kit.envelope import Envelope
from kit.errors import Conflict, Invalid, InvalidState


@dataclass(frozen=True, slots=True)
class SeenCase:
    """A request about somebody in the book, with what they are called."""

    id: UUID
    case: Case
    names: dict[UUID, str]

    @property
    def is_open(self) -> bool:
        """Whether she has still to answer."""
        return self.case.state is CaseState.OPEN


def take_in(desk: Desk, case_id: UUID, asked: Asked) -> None:
    """Look whether the book knows somebody, and keep a case that says it to her alone."""
    clients = Clients(desk.work, desk.vault)
    found = {
        *clients.with_token("account", asked.account_id.hex),
        *clients.with_token("email", folded_email(asked.email)),
    }
    case = Case(
        request_id=asked.request_id,
        kind=asked.kind,
        asked_at=asked.asked_at,
        clients=tuple(sorted(found))[:MOST_CLIENTS],
    )
    Cases(desk.work, desk.vault).add(case_id, case if found else None, asked.asked_at + KEPT_FOR)


class SubjectCases:
    """The requests about people of one open book."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._cases = Cases(desk.work, desk.vault)

    def all(self) -> list[SeenCase]:
        """Return them, those to be answered first, the most urgent of them at the top."""
        kept = self._cases.all()
        now = self._cases.who_they_are(c for one in kept for c in one.case.clients)
        names = Clients(self._desk.work, self._desk.vault).names(now.values())
        seen = [SeenCase(one.id, one.case, _named(one.case.clients, now, names)) for one in kept]
        # Forgotten meanwhile: there is nothing left to answer about.
        left = [one for one in seen if one.names or not one.is_open]
        waiting = sorted((s for s in left if s.is_open), key=lambda s: (s.case.asked_at, s.id))
        return waiting + [s for s in left if not s.is_open]

    def one(self, case_id: UUID) -> SeenCase:
        """Return one of them; raise `NotFound`."""
        found = [one for one in self.all() if one.id == case_id]
        if not found:
            raise no_such_request()
        return found[0]

    def waiting(self) -> int:
        """Return how many are to be answered."""
        return sum(one.is_open for one in self.all())

    def summary(self, case_id: UUID) -> list[Section]:
        """Return what is kept about whom a request is about, part by part."""
        return sections_of(self._desk, self._people(self._open(case_id)))

    def answer(self, answering: "Answering", case_id: UUID, parts: Sequence[str]) -> Case:
        """Hand out these parts of what is kept."""
        case = self._open(case_id)
        if case.kind is not SubjectKind.ACCESS:
            raise Conflict("not-asked-for", "They ask to be erased: erase them, or say why not.")
        sections = sections_of(self._desk, self._people(case))
        unknown = set(parts) - {one.name for one in sections}
        chosen = [one for one in sections if one.name in parts]
        if unknown or not chosen:
            raise Invalid("sections", "Choose what to hand out from the summary.", field="sections")
        return self._close(answering, case_id, case, handed_out(chosen))

    def erase(
        self,
        answering: "Answering",
        forgetting: Forgetting,
        case_id: UUID,
        client_ids: Sequence[UUID] | None = None,
    ) -> Case:
        """Forget whom it is about, or those of them; where a law keeps somebody, say that instead."""
        case = self._open(case_id)
        if case.kind is not SubjectKind.ERASURE:
            raise Conflict("not-asked-for", "They ask what is kept: answer that, or say why not.")
        people = self._people(case)
        if client_ids is not None and not set(client_ids) <= set(people):
            raise Invalid("clients", "Choose from whom the request is about.", field="clientIds")
        held = False
        for client_id in people if client_ids is None else client_ids:
            try:
                with self._desk.work.savepoint():
                    forgetting.forget(client_id)
            except InvalidState:
                held = True
        return self._close(answering, case_id, case, erased(all_of_it=not held))

    def decline(self, answering: "Answering", case_id: UUID, reason: DeclineReason) -> Case:
        """Do not do it, and say why; about somebody else nothing is said at all."""
        case = self._open(case_id)
        return self._close(answering, case_id, case, declined(reason))

    def _close(
        self, answering: "Answering", case_id: UUID, case: Case, answer: Answer | None
    ) -> Case:
        closed = replace(case, state=answer.outcome if answer else CaseState.DECLINED)
        self._cases.replace(case_id, closed)
        if answer is not None:
            give_answer(self._desk.work, answering.envelope, case.request_id, answer)
        answering.trail.note(TrailAction.SUBJECT_ANSWERED)
        return closed

    def _open(self, case_id: UUID) -> Case:
        case = self._cases.hold(case_id)
        if case.state is not CaseState.OPEN:
            raise Conflict("answered-already", "You have answered this already.")
        return case

    def _people(self, case: Case) -> list[UUID]:
        now = self._cases.who_they_are(case.clients)
        people = sorted(set(now.values()))
        if not people:
            raise Conflict("nobody-left", "Whom this is about is not in your book any more.")
        return people


@dataclass(frozen=True, slots=True)
class Answering:
    """What seals answers, and where it is written down that there was one."""

    envelope: Envelope
    trail: Trail


def _named(
    clients: Sequence[UUID], now: dict[UUID, UUID], names: dict[UUID, str]
) -> dict[UUID, str]:
    return {now[one]: names.get(now[one], "") for one in clients if one in now}
