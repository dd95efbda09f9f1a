"""Data subject requests: submitting them, and answering them from a client book without naming the provider."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.client_fields import BoundField, DataRequestSection
from crm.domain.clients import PROFILE_FIELDS, Client
from crm.domain.communications import Communication
from crm.domain.data_requests import (
    MAX_CLIENTS,
    REQUEST_LIFETIME,
    RESPONSE_TERM,
    CaseState,
    DataRequest,
    DataRequestAnswer,
    DataRequestCase,
    DataRequestKind,
    DeclineReason,
    SubjectRequest,
    SummarySection,
    access_answer,
    decline_answer,
    erasure_answer,
)
from crm.domain.enums import STATE_TEXTS
from crm.domain.normalisation import normalize_email
from crm.domain.screening import Screening
from crm.domain.visits import Visit
from crm.repository.clients import ClientRepository
from crm.repository.communications import COMMUNICATIONS
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
from crm.repository.screening import SCREENINGS
from crm.repository.subscriptions import AREA_SUBSCRIPTIONS
from crm.repository.visits import VISITS
from crm.service.audit_log import AuditLog
from crm.service.erasure import ClientErasure
from crm.service.unlocked_context import UnlockedContext
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import Conflict, Invalid, InvalidState
from kit.formats import format_date, format_datetime, format_duration, format_money
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.money import Money


@dataclass(frozen=True, slots=True)
class DataRequestService:
    """Data requests of one signed-in account."""

    work: UnitOfWork
    user_id: UUID
    envelope: Envelope
    now: Clock

    def submit(self, kind: DataRequestKind) -> SubjectRequest:
        """Submit a request; raise `Conflict` if the same kind was requested within the response term."""
        requests = OwnDataRequests(self.work, self.user_id)
        requests.set_subject()
        now = self.now()
        last = requests.last_submitted_at(kind)
        if last is not None and now < last + RESPONSE_TERM:
            raise Conflict(
                "data-request-repeated",
                _(
                    "You have already requested this. You can request it again on %(day)s.",
                    day=_format_day(last + RESPONSE_TERM),
                ),
                field="kind",
            )
        return requests.add(kind, now)

    def list(self) -> list[SubjectRequest]:
        """Return the account's requests with the answers received."""
        requests = OwnDataRequests(self.work, self.user_id)
        requests.set_subject()
        return requests.list(self.envelope)


@dataclass(frozen=True, slots=True)
class CaseView:
    """A data request case with the names of the clients it concerns."""

    id: UUID
    case: DataRequestCase
    names: dict[UUID, str]

    @property
    def is_open(self) -> bool:
        """Tell whether the provider still has to answer."""
        return self.case.state is CaseState.OPEN


def receive_data_request(context: UnlockedContext, case_id: UUID, request: DataRequest) -> None:
    """Match a data request with the clients; store the case encrypted, so that only the provider learns the result."""
    clients = ClientRepository(context.work, context.vault)
    found = {
        *clients.ids_by_token("account", request.account_id.hex),
        *clients.ids_by_token("email", normalize_email(request.email)),
    }
    case = DataRequestCase(
        request_id=request.request_id,
        kind=request.kind,
        asked_at=request.asked_at,
        clients=tuple(sorted(found))[:MAX_CLIENTS],
    )
    DataRequestCases(context.work, context.vault).add(
        case_id, case if found else None, request.asked_at + REQUEST_LIFETIME
    )


class DataRequestCaseService:
    """Data request cases of one unlocked workspace."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._cases = DataRequestCases(context.work, context.vault)

    def get(self, case_id: UUID) -> CaseView:
        """Return one case; raise `NotFound`."""
        found = [one for one in self.list() if one.id == case_id]
        if not found:
            raise data_request_not_found()
        return found[0]

    def count_open(self) -> int:
        """Return how many cases are still to be answered."""
        return sum(one.is_open for one in self.list())

    def summary(self, case_id: UUID) -> list[SummarySection]:
        """Return the data stored about the clients of a case, section by section."""
        return summary_sections(self._context, self._client_ids(self._lock_open(case_id)))

    def answer(
        self, sender: "AnswerSender", case_id: UUID, section_names: Sequence[str]
    ) -> DataRequestCase:
        """Answer a case with the chosen sections of the summary."""
        case = self._lock_open(case_id)
        if case.kind is not DataRequestKind.ACCESS:
            raise Conflict(
                "wrong-request-kind",
                _("This request is for deletion: delete the clients, or decline."),
            )
        sections = summary_sections(self._context, self._client_ids(case))
        unknown = set(section_names) - {one.name for one in sections}
        chosen = [one for one in sections if one.name in section_names]
        if unknown or not chosen:
            raise Invalid("sections", _("Choose sections of the summary."), field="sections")
        return self._close(sender, case_id, case, access_answer(chosen))

    def erase(
        self,
        sender: "AnswerSender",
        erasure: ClientErasure,
        case_id: UUID,
        client_ids: Sequence[UUID] | None = None,
    ) -> DataRequestCase:
        """Erase the clients of a case, or some of them; answer that data must be kept where a legal hold forbids it."""
        case = self._lock_open(case_id)
        if case.kind is not DataRequestKind.ERASURE:
            raise Conflict(
                "wrong-request-kind",
                _("This request is for a copy of the data: answer it, or decline."),
            )
        clients = self._client_ids(case)
        if client_ids is not None and not set(client_ids) <= set(clients):
            raise Invalid("clients", _("Choose clients of this request."), field="clientIds")
        held = False
        for client_id in clients if client_ids is None else client_ids:
            try:
                with self._context.work.savepoint():
                    erasure.erase(client_id)
            except InvalidState:
                held = True
        return self._close(sender, case_id, case, erasure_answer(all_of_it=not held))

    def decline(
        self, sender: "AnswerSender", case_id: UUID, reason: DeclineReason
    ) -> DataRequestCase:
        """Decline a case with a reason; a case about a different person gets no answer."""
        case = self._lock_open(case_id)
        return self._close(sender, case_id, case, decline_answer(reason))

    def _close(
        self,
        sender: "AnswerSender",
        case_id: UUID,
        case: DataRequestCase,
        answer: DataRequestAnswer | None,
    ) -> DataRequestCase:
        closed = replace(case, state=answer.outcome if answer else CaseState.DECLINED)
        self._cases.update(case_id, closed)
        if answer is not None:
            add_answer(self._context.work, sender.envelope, case.request_id, answer)
        sender.audit_log.append(AuditAction.DATA_REQUEST_ANSWERED)
        return closed

    def _lock_open(self, case_id: UUID) -> DataRequestCase:
        case = self._cases.lock(case_id)
        if case.state is not CaseState.OPEN:
            raise Conflict("data-request-closed", _("You have already answered this request."))
        return case

    def _client_ids(self, case: DataRequestCase) -> list[UUID]:
        now = self._cases.current_client_ids(case.clients)
        clients = sorted(set(now.values()))
        if not clients:
            raise Conflict(
                "clients-deleted",
                _("The clients of this request are no longer in your client book."),
            )
        return clients

    def list(self) -> list[CaseView]:
        """Return the cases: open ones first, the most urgent at the top."""
        stored = self._cases.list()
        now = self._cases.current_client_ids(c for one in stored for c in one.case.clients)
        names = ClientRepository(self._context.work, self._context.vault).names(now.values())
        seen = [
            CaseView(one.id, one.case, _client_names(one.case.clients, now, names))
            for one in stored
        ]
        # Clients erased meanwhile: nothing is left to answer about.
        left = [one for one in seen if one.names or not one.is_open]
        waiting = sorted((s for s in left if s.is_open), key=lambda s: (s.case.asked_at, s.id))
        return waiting + [s for s in left if not s.is_open]


@dataclass(frozen=True, slots=True)
class AnswerSender:
    """Encrypts answers, and records in the audit log that a case was closed."""

    envelope: Envelope
    audit_log: AuditLog


def _client_names(
    clients: Sequence[UUID], now: dict[UUID, UUID], names: dict[UUID, str]
) -> dict[UUID, str]:
    return {now[one]: names.get(now[one], "") for one in clients if one in now}


MAX_RECORDS = 1_000
"""Maximum per record type and client."""
MAX_SECTION_LENGTH = 60_000
"""Characters of a section: several answers together must fit into one page."""


def summary_sections(context: UnlockedContext, client_ids: Iterable[UUID]) -> list[SummarySection]:
    """Return the sections that hold any data.

    References are not included: they are other people. The provider's own notes and screening are left unselected,
    since they are for the provider's safety.
    """
    clients = ClientRepository(context.work, context.vault).get_many(client_ids)
    subscriptions = _format_records(
        context,
        clients,
        AREA_SUBSCRIPTIONS,
        lambda one: f"{one.payload.area}, {_format_day(one.payload.consented_at)}",
    )
    sections = [
        SummarySection("details", N_("Personal details"), "\n".join(map(_format_profile, clients))),
        SummarySection(
            "visits", N_("Visits"), _format_records(context, clients, VISITS, _format_visit)
        ),
        SummarySection(
            "messages",
            N_("Messages and calls"),
            _format_records(context, clients, COMMUNICATIONS, _format_communication),
        ),
        SummarySection("subscriptions", N_("Area subscriptions"), subscriptions),
        SummarySection(
            "notes", N_("Notes"), "\n".join(_note_lines(context, clients)), included=False
        ),
        SummarySection(
            "screening",
            N_("Screening"),
            _format_records(context, clients, SCREENINGS, _format_screening),
            included=False,
        ),
    ]
    return [replace(one, text=_truncate(one.text)) for one in sections if one.text]


def _truncate(text: str) -> str:
    if len(text) <= MAX_SECTION_LENGTH:
        return text
    return f"{text[:MAX_SECTION_LENGTH]}\n{_('The rest is too long to be shown here.')}"


def _format_records[T: RecordPayload](
    context: UnlockedContext,
    clients: Iterable[Client],
    kind: RecordType[T],
    format_record: Callable[[Stored[T]], str],
) -> str:
    records = EncryptedRecordRepository(context.work, context.vault, kind)
    found = (
        r for one in clients for r in records.list(RecordFilter(client_id=one.id), MAX_RECORDS)
    )
    return "\n".join(map(format_record, found))


def _format_profile(client: Client) -> str:
    lines: dict[str, list[str]] = {}
    for field in _fields_in(DataRequestSection.DETAILS):
        found = field.sentences(getattr(client.profile, field.name))
        lines.setdefault(_(field.data_request_label), []).extend(found)
    lines[_("Stored since")] = [_format_day(client.created_at)]
    return "\n".join(_format_line(name, values) for name, values in lines.items() if values)


def _fields_in(section: DataRequestSection) -> list[BoundField]:
    return [field for field in PROFILE_FIELDS if field.declaration.data_request is section]


def _format_line(label: str, values: Iterable[str]) -> str:
    return _("%(label)s: %(value)s", label=label, value=", ".join(values))


def _format_visit(stored: Stored[Visit]) -> str:
    one = stored.payload
    parts = [
        format_datetime(one.starts_at, one.time_zone),
        format_duration(one.duration_minutes),
        _(STATE_TEXTS[one.status]),
    ]
    if one.received_minor:
        paid = format_money(Money(one.received_minor, one.currency))
        parts.append(_("paid %(amount)s", amount=paid))
    return ", ".join([*parts, *filter(None, (one.location, one.preferences))])


def _format_communication(stored: Stored[Communication]) -> str:
    one = stored.payload
    parts = " ".join(filter(None, (one.subject, one.text)))
    return f"{_format_day(one.happened_at)}, {_(STATE_TEXTS[one.type])}, {_(STATE_TEXTS[one.direction])}: {parts}"


def _format_screening(stored: Stored[Screening]) -> str:
    one = stored.payload
    return ", ".join(
        filter(
            None,
            (
                _format_day(stored.created_at),
                _(STATE_TEXTS[one.type]),
                _(STATE_TEXTS[one.status]),
                one.details,
            ),
        )
    )


def _note_lines(context: UnlockedContext, clients: list[Client]) -> Iterable[str]:
    for field in sorted(_fields_in(DataRequestSection.NOTES), key=lambda f: f.data_request_label):
        found = [s for one in clients for s in field.sentences(getattr(one.profile, field.name))]
        if not field.data_request_label:
            yield from found
        elif found:
            yield _format_line(_(field.data_request_label), sorted(set(found)))
    records = EncryptedRecordRepository(context.work, context.vault, VISITS)
    for client in clients:
        for stored in records.list(RecordFilter(client_id=client.id), MAX_RECORDS):
            yield from filter(None, (stored.payload.notes, stored.payload.characteristics))


def _format_day(moment: datetime) -> str:
    return format_date(moment.date())
