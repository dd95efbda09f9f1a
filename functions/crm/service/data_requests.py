"""Somebody asks every book at once: what it keeps about them, or that it goes. They learn of nobody."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.domain.audit_log import TrailAction
from crm.domain.clients import Client
from crm.domain.communications import Communication
from crm.domain.data_requests import (
    KEPT_FOR,
    MOST_CLIENTS,
    TERM,
    Answer,
    Asked,
    Case,
    CaseState,
    DeclineReason,
    OwnRequest,
    Section,
    SubjectKind,
    declined,
    erased,
    handed_out,
)
from crm.domain.normalisation import folded_email
from crm.domain.screening import Screening
from crm.domain.visits import Visit
from crm.repository.clients import Clients
from crm.repository.data_requests import Cases, OwnRequests, give_answer, no_such_request
from crm.repository.encrypted_records import Entry, Kept, Kind, Records, Wanted
from crm.repository.record_types import AREAS, COMMUNICATIONS, SCREENINGS, VISITS
from crm.service.audit_log import Trail
from crm.service.erasure import Forgetting
from crm.service.unlocked_context import Desk
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import Conflict, Invalid, InvalidState
from kit.money import Money


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


MOST = 1_000
"""Of each kind of entry, for each client."""
LONGEST = 60_000
"""Characters of a part: several answers together must fit into one page."""


def sections_of(desk: Desk, client_ids: Iterable[UUID]) -> list[Section]:
    """Return the parts that hold anything.

    Not among them: references, who are other people. Held back unless she says otherwise: her own notes, and checks,
    which are for her safety.
    """
    people = Clients(desk.work, desk.vault).several(client_ids)
    wishes = _told(
        desk, people, AREAS, lambda one: f"{one.entry.area}, {_day(one.entry.consented_at)}"
    )
    sections = [
        Section("details", "Who you are", "\n".join(map(_details, people))),
        Section("visits", "Meetings", _told(desk, people, VISITS, _visit)),
        Section("messages", "Messages and calls", _told(desk, people, COMMUNICATIONS, _message)),
        Section("wishes", "What you asked to hear of", wishes),
        Section("notes", "Notes", "\n".join(_notes(desk, people)), given=False),
        Section("checks", "Checks", _told(desk, people, SCREENINGS, _check), given=False),
    ]
    return [replace(one, text=_short(one.text)) for one in sections if one.text]


def _short(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}\nThere is more, which is too long for here."


def _told[T: Entry](
    desk: Desk, people: Iterable[Client], kind: Kind[T], say: Callable[[Kept[T]], str]
) -> str:
    records = Records(desk.work, desk.vault, kind)
    found = (r for one in people for r in records.some(Wanted(client_id=one.id), MOST))
    return "\n".join(map(say, found))


def _details(client: Client) -> str:
    details = client.details
    lines = [
        ("Name", [details.name, *details.aliases]),
        ("Phone", details.phones),
        ("E-mail", details.emails),
        ("Known at", [f"{one.site} as {one.handle}" for one in details.reference_sites]),
        ("What you like", [details.preferences] if details.preferences else []),
        ("Kept since", [_day(client.created_at)]),
    ]
    return "\n".join(f"{name}: {', '.join(values)}" for name, values in lines if values)


def _visit(kept: Kept[Visit]) -> str:
    one = kept.entry
    when = one.starts_at.astimezone(ZoneInfo(one.zone))
    said = [f"{when:%d %B %Y, %H:%M}", f"{one.duration_minutes} minutes", str(one.status)]
    if one.received_minor:
        paid = Money(one.received_minor, one.currency).in_whole_units()
        said.append(f"paid {paid} {one.currency}")
    return ", ".join([*said, *filter(None, (one.location, one.preferences))])


def _message(kept: Kept[Communication]) -> str:
    one = kept.entry
    said = " ".join(filter(None, (one.subject, one.text)))
    return f"{_day(one.happened_at)}, {one.type}, {one.direction}: {said}"


def _check(kept: Kept[Screening]) -> str:
    one = kept.entry
    return ", ".join(
        filter(None, (_day(kept.created_at), str(one.type), str(one.status), one.details))
    )


def _notes(desk: Desk, people: list[Client]) -> Iterable[str]:
    yield from (one.details.notes for one in people if one.details.notes)
    tags = sorted({tag for one in people for tag in one.details.tags})
    if tags:
        yield f"Tags: {', '.join(tags)}"
    records = Records(desk.work, desk.vault, VISITS)
    for client in people:
        for kept in records.some(Wanted(client_id=client.id), MOST):
            yield from filter(None, (kept.entry.notes, kept.entry.characteristics))


def _day(moment: object) -> str:
    return f"{moment:%d %B %Y}"
