"""Somebody asks every book at once: what it keeps about them, or that it goes. They learn of nobody."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.domain.audit_log import AuditAction
from crm.domain.clients import Client
from crm.domain.communications import Communication
from crm.domain.data_requests import (
    KEPT_FOR,
    MOST_CLIENTS,
    TERM,
    CaseState,
    DataRequest,
    DataRequestAnswer,
    DataRequestCase,
    DataRequestKind,
    DeclineReason,
    Section,
    SubjectRequest,
    declined,
    disclosed_text,
    erased,
)
from crm.domain.normalisation import normalize_email
from crm.domain.screening import Screening
from crm.domain.visits import Visit
from crm.repository.clients import ClientRepository
from crm.repository.data_requests import (
    DataRequestCases,
    OwnDataRequests,
    add_answer,
    data_request_not_found,
)
from crm.repository.encrypted_records import (
    EncryptedRecordRepository,
    RecordFilter,
    RecordPayload,
    RecordType,
    Stored,
)
from crm.repository.record_types import AREA_SUBSCRIPTIONS, COMMUNICATIONS, SCREENINGS, VISITS
from crm.service.audit_log import AuditLog
from crm.service.erasure import ClientErasure
from crm.service.unlocked_context import UnlockedContext
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import Conflict, Invalid, InvalidState
from kit.money import Money


@dataclass(frozen=True, slots=True)
class DataRequestService:
    """The requests of one person who is signed in."""

    work: UnitOfWork
    user_id: UUID
    envelope: Envelope
    now: Clock

    def submit(self, kind: DataRequestKind) -> SubjectRequest:
        """Ask; raise `Conflict` where the same was asked not long ago."""
        requests = OwnDataRequests(self.work, self.user_id)
        requests.set_subject()
        now = self.now()
        last = requests.last(kind)
        if last is not None and now < last + TERM:
            raise Conflict(
                "asked-already",
                f"You have asked for this already: you can ask again on {last + TERM:%d %B %Y}.",
                field="kind",
            )
        return requests.add(kind, now)

    def list(self) -> list[SubjectRequest]:
        """Return what they asked, and what they were told."""
        requests = OwnDataRequests(self.work, self.user_id)
        requests.set_subject()
        return requests.list(self.envelope)


@dataclass(frozen=True, slots=True)
class CaseView:
    """A request about somebody in the book, with what they are called."""

    id: UUID
    case: DataRequestCase
    names: dict[UUID, str]

    @property
    def is_open(self) -> bool:
        """Whether she has still to answer."""
        return self.case.state is CaseState.OPEN


def receive(context: UnlockedContext, case_id: UUID, asked: DataRequest) -> None:
    """Look whether the book knows somebody, and keep a case that says it to her alone."""
    clients = ClientRepository(context.work, context.vault)
    found = {
        *clients.ids_by_token("account", asked.account_id.hex),
        *clients.ids_by_token("email", normalize_email(asked.email)),
    }
    case = DataRequestCase(
        request_id=asked.request_id,
        kind=asked.kind,
        asked_at=asked.asked_at,
        clients=tuple(sorted(found))[:MOST_CLIENTS],
    )
    DataRequestCases(context.work, context.vault).add(
        case_id, case if found else None, asked.asked_at + KEPT_FOR
    )


class DataRequestCaseService:
    """The requests about people of one open book."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._cases = DataRequestCases(context.work, context.vault)

    def get(self, case_id: UUID) -> CaseView:
        """Return one of them; raise `NotFound`."""
        found = [one for one in self.list() if one.id == case_id]
        if not found:
            raise data_request_not_found()
        return found[0]

    def count_open(self) -> int:
        """Return how many are to be answered."""
        return sum(one.is_open for one in self.list())

    def summary(self, case_id: UUID) -> list[Section]:
        """Return what is kept about whom a request is about, part by part."""
        return summary_sections(self._context, self._people(self._open(case_id)))

    def answer(
        self, answering: "AnswerSender", case_id: UUID, parts: Sequence[str]
    ) -> DataRequestCase:
        """Hand out these parts of what is kept."""
        case = self._open(case_id)
        if case.kind is not DataRequestKind.ACCESS:
            raise Conflict("not-asked-for", "They ask to be erased: erase them, or say why not.")
        sections = summary_sections(self._context, self._people(case))
        unknown = set(parts) - {one.name for one in sections}
        chosen = [one for one in sections if one.name in parts]
        if unknown or not chosen:
            raise Invalid("sections", "Choose what to hand out from the summary.", field="sections")
        return self._close(answering, case_id, case, disclosed_text(chosen))

    def erase(
        self,
        answering: "AnswerSender",
        forgetting: ClientErasure,
        case_id: UUID,
        client_ids: Sequence[UUID] | None = None,
    ) -> DataRequestCase:
        """Forget whom it is about, or those of them; where a law keeps somebody, say that instead."""
        case = self._open(case_id)
        if case.kind is not DataRequestKind.ERASURE:
            raise Conflict("not-asked-for", "They ask what is kept: answer that, or say why not.")
        people = self._people(case)
        if client_ids is not None and not set(client_ids) <= set(people):
            raise Invalid("clients", "Choose from whom the request is about.", field="clientIds")
        held = False
        for client_id in people if client_ids is None else client_ids:
            try:
                with self._context.work.savepoint():
                    forgetting.erase(client_id)
            except InvalidState:
                held = True
        return self._close(answering, case_id, case, erased(all_of_it=not held))

    def decline(
        self, answering: "AnswerSender", case_id: UUID, reason: DeclineReason
    ) -> DataRequestCase:
        """Do not do it, and say why; about somebody else nothing is said at all."""
        case = self._open(case_id)
        return self._close(answering, case_id, case, declined(reason))

    def _close(
        self,
        answering: "AnswerSender",
        case_id: UUID,
        case: DataRequestCase,
        answer: DataRequestAnswer | None,
    ) -> DataRequestCase:
        closed = replace(case, state=answer.outcome if answer else CaseState.DECLINED)
        self._cases.update(case_id, closed)
        if answer is not None:
            add_answer(self._context.work, answering.envelope, case.request_id, answer)
        answering.audit_log.append(AuditAction.DATA_REQUEST_ANSWERED)
        return closed

    def _open(self, case_id: UUID) -> DataRequestCase:
        case = self._cases.lock(case_id)
        if case.state is not CaseState.OPEN:
            raise Conflict("answered-already", "You have answered this already.")
        return case

    def _people(self, case: DataRequestCase) -> list[UUID]:
        now = self._cases.subject_identity(case.clients)
        people = sorted(set(now.values()))
        if not people:
            raise Conflict("nobody-left", "Whom this is about is not in your book any more.")
        return people

    def list(self) -> list[CaseView]:
        """Return them, those to be answered first, the most urgent of them at the top."""
        stored = self._cases.list()
        now = self._cases.subject_identity(c for one in stored for c in one.case.clients)
        names = ClientRepository(self._context.work, self._context.vault).names(now.values())
        seen = [CaseView(one.id, one.case, _named(one.case.clients, now, names)) for one in stored]
        # Forgotten meanwhile: there is nothing left to answer about.
        left = [one for one in seen if one.names or not one.is_open]
        waiting = sorted((s for s in left if s.is_open), key=lambda s: (s.case.asked_at, s.id))
        return waiting + [s for s in left if not s.is_open]


@dataclass(frozen=True, slots=True)
class AnswerSender:
    """What seals answers, and where it is written down that there was one."""

    envelope: Envelope
    audit_log: AuditLog


def _named(
    clients: Sequence[UUID], now: dict[UUID, UUID], names: dict[UUID, str]
) -> dict[UUID, str]:
    return {now[one]: names.get(now[one], "") for one in clients if one in now}


MOST = 1_000
"""Of each kind of entry, for each client."""
LONGEST = 60_000
"""Characters of a part: several answers together must fit into one page."""


def summary_sections(context: UnlockedContext, client_ids: Iterable[UUID]) -> list[Section]:
    """Return the parts that hold anything.

    Not among them: references, who are other people. Held back unless she says otherwise: her own notes, and checks,
    which are for her safety.
    """
    people = ClientRepository(context.work, context.vault).get_many(client_ids)
    wishes = _told(
        context,
        people,
        AREA_SUBSCRIPTIONS,
        lambda one: f"{one.payload.area}, {_day(one.payload.consented_at)}",
    )
    sections = [
        Section("details", "Who you are", "\n".join(map(_details, people))),
        Section("visits", "Meetings", _told(context, people, VISITS, _visit)),
        Section("messages", "Messages and calls", _told(context, people, COMMUNICATIONS, _message)),
        Section("wishes", "What you asked to hear of", wishes),
        Section("notes", "Notes", "\n".join(_notes(context, people)), given=False),
        Section("checks", "Checks", _told(context, people, SCREENINGS, _check), given=False),
    ]
    return [replace(one, text=_short(one.text)) for one in sections if one.text]


def _short(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}\nThere is more, which is too long for here."


def _told[T: RecordPayload](
    context: UnlockedContext,
    people: Iterable[Client],
    kind: RecordType[T],
    say: Callable[[Stored[T]], str],
) -> str:
    records = EncryptedRecordRepository(context.work, context.vault, kind)
    found = (r for one in people for r in records.list(RecordFilter(client_id=one.id), MOST))
    return "\n".join(map(say, found))


def _details(client: Client) -> str:
    details = client.profile
    lines = [
        ("Name", [details.name, *details.aliases]),
        ("Phone", details.phones),
        ("E-mail", details.emails),
        ("Known at", [f"{one.site} as {one.handle}" for one in details.reference_sites]),
        ("What you like", [details.preferences] if details.preferences else []),
        ("Kept since", [_day(client.created_at)]),
    ]
    return "\n".join(f"{name}: {', '.join(values)}" for name, values in lines if values)


def _visit(stored: Stored[Visit]) -> str:
    one = stored.payload
    when = one.starts_at.astimezone(ZoneInfo(one.time_zone))
    said = [f"{when:%d %B %Y, %H:%M}", f"{one.duration_minutes} minutes", str(one.status)]
    if one.received_minor:
        paid = Money(one.received_minor, one.currency).in_whole_units()
        said.append(f"paid {paid} {one.currency}")
    return ", ".join([*said, *filter(None, (one.location, one.preferences))])


def _message(stored: Stored[Communication]) -> str:
    one = stored.payload
    said = " ".join(filter(None, (one.subject, one.text)))
    return f"{_day(one.happened_at)}, {one.type}, {one.direction}: {said}"


def _check(stored: Stored[Screening]) -> str:
    one = stored.payload
    return ", ".join(
        filter(None, (_day(stored.created_at), str(one.type), str(one.status), one.details))
    )


def _notes(context: UnlockedContext, people: list[Client]) -> Iterable[str]:
    yield from (one.profile.notes for one in people if one.profile.notes)
    tags = sorted({tag for one in people for tag in one.profile.tags})
    if tags:
        yield f"Tags: {', '.join(tags)}"
    records = EncryptedRecordRepository(context.work, context.vault, VISITS)
    for client in people:
        for stored in records.list(RecordFilter(client_id=client.id), MOST):
            yield from filter(None, (stored.payload.notes, stored.payload.characteristics))


def _day(moment: object) -> str:
    return f"{moment:%d %B %Y}"
