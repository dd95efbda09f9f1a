"""Timeline of a client's page: records of every kind, the latest first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from crm.domain.enums import (
    CommunicationType,
    Direction,
    PaymentState,
    ReferenceStatus,
    ScreeningResult,
    ScreeningType,
    VisitStatus,
    VisitType,
)
from crm.domain.timeline import TimelineEntry, TimelineKind
from crm.pages.labels import (
    COMMUNICATION,
    REFERENCE,
    SCREENING_RESULT,
    SCREENING_TYPE,
    VISIT,
    VISIT_TYPE,
    Badge,
    format_date,
    format_datetime,
    format_money,
)
from crm.pages.visit_presenter import payment_badge, received_text
from crm.service.timeline import load_timeline
from crm.service.unlocked_context import UnlockedContext
from kit.formats import format_duration
from kit.i18n import gettext as _

PER_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """Timeline event, past or future."""

    at: datetime
    when: str
    title: str
    badge: Badge | None = None
    text: str = ""
    href: str = ""

    @property
    def iso_time(self) -> str:
        """Return the time in ISO 8601."""
        return self.at.isoformat()


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Page of a client's timeline, with the addresses of the older entries and of the latest ones."""

    events: list[TimelineEvent]
    older_url: str
    latest_url: str


def load_timeline_page(
    unlocked: UnlockedContext, client_id: UUID, time_zone: str, path: str, cursor: str = ""
) -> TimelinePage:
    """Return a page of a client's timeline; raise `Invalid` for a malformed cursor. `path`: of the client book."""
    page = load_timeline(unlocked, client_id, cursor or None, PER_PAGE)
    here = f"{path}/clients/{client_id}"
    older = urlencode({"cursor": page.next_cursor}) if page.next_cursor else ""
    return TimelinePage(
        [_EVENTS[entry.kind](entry, time_zone, path) for entry in page.items],
        f"{here}?{older}#timeline" if older else "",
        f"{here}#timeline" if cursor else "",
    )


def _visit(entry: TimelineEntry, _time_zone: str, path: str) -> TimelineEvent:
    currency = _required(entry.currency)
    status, payment_status = (
        VisitStatus(_required(entry.status)),
        PaymentState(_required(entry.payment_status)),
    )
    payment = payment_badge(status, payment_status)
    received = received_text(
        entry.received_minor or 0,
        currency,
        payment_status,
        is_known=entry.is_received_known,
    )
    amount = received or format_money(entry.due_minor, currency)
    money = payment[0] if payment else amount
    if payment and amount:
        money = _("%(payment)s, %(amount)s", payment=payment[0], amount=amount)
    return TimelineEvent(
        at=entry.at,
        when=format_datetime(entry.at, _required(entry.time_zone)),
        title=_(
            "%(type)s, %(duration)s",
            type=VISIT_TYPE[VisitType(_required(entry.type))],
            duration=format_duration(_required(entry.duration_minutes)),
        ),
        badge=VISIT[status],
        text=_lines(money, entry.title, entry.text),
        href=f"{path}/visits/{entry.id}",
    )


def _communication(entry: TimelineEntry, time_zone: str, path: str) -> TimelineEvent:
    channel, direction = (
        CommunicationType(_required(entry.type)),
        Direction(_required(entry.direction)),
    )
    return TimelineEvent(
        at=entry.at,
        when=format_datetime(entry.at, time_zone),
        title=COMMUNICATION[channel, direction],
        text=_lines(entry.title, entry.text),
        href=f"{path}/communications/{entry.id}",
    )


def _screening(entry: TimelineEntry, time_zone: str, path: str) -> TimelineEvent:
    until = format_date(entry.expires_at, time_zone) if entry.expires_at else ""
    return TimelineEvent(
        at=entry.at,
        when=format_datetime(entry.at, time_zone),
        title=_("Screening: %(type)s", type=SCREENING_TYPE[ScreeningType(_required(entry.type))]),
        badge=SCREENING_RESULT[ScreeningResult(_required(entry.status))],
        # The title names the sites, which the screening's own page shows.
        text=_lines(
            _("Valid until %(day)s.", day=until) if until else "",
            entry.text if entry.is_readable else entry.title,
        ),
        href=f"{path}/screening/{entry.id}",
    )


def _reference(entry: TimelineEntry, time_zone: str, path: str) -> TimelineEvent:
    return TimelineEvent(
        at=entry.at,
        when=format_datetime(entry.at, time_zone),
        title=_("Reference: %(name)s", name=entry.title),
        badge=REFERENCE[ReferenceStatus(_required(entry.status))],
        text=entry.text,
        href=f"{path}/references/{entry.id}",
    )


def _task(entry: TimelineEntry, time_zone: str, path: str) -> TimelineEvent:
    return TimelineEvent(
        at=entry.at,
        when=format_date(entry.at, time_zone),
        title=_("Task: %(title)s", title=entry.title),
        badge=(_("Done"), "success") if entry.done_at else (_("Open"), "warning"),
        text=entry.text,
        href=f"{path}/tasks/{entry.id}",
    )


def _merge(entry: TimelineEntry, time_zone: str, _path: str) -> TimelineEvent:
    return TimelineEvent(
        at=entry.at,
        when=format_datetime(entry.at, time_zone),
        title=_("Merged with %(name)s", name=entry.title),
    )


def _required[T](value: T | None) -> T:
    """Return a value that every entry of its kind has."""
    if value is None:
        raise ValueError("an entry lacks a value of its kind")
    return value


def _lines(*texts: str) -> str:
    return "\n".join(filter(None, texts))


_EVENTS: dict[TimelineKind, Callable[[TimelineEntry, str, str], TimelineEvent]] = {
    TimelineKind.VISIT: _visit,
    TimelineKind.COMMUNICATION: _communication,
    TimelineKind.SCREENING: _screening,
    TimelineKind.REFERENCE: _reference,
    TimelineKind.TASK: _task,
    TimelineKind.MERGE: _merge,
}
