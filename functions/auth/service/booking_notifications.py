"""From what happens to bookings to mails: who has to hear of it, and whether it is still so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from auth.domain.mails import MailPurpose, Notice
from auth.repository.notification_context import NoticeRepository
from contracts import bookings as events

_LIST = "/bookings"
_SIDES = ("client", "provider")
_NOT_ANSWERED, _NOT_PAID = "nobody answered in time", "the deposit did not come in time"


def for_each_reader(envelope: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an event once for each who may have to hear of it, each with an id of its own.

    A mail that fails is tried again alone: the one that went to the other side does not go twice.
    """
    if envelope["type"] not in _KINDS:
        return [envelope]
    whole = UUID(envelope["id"])
    return [envelope | {"id": str(uuid5(whole, side)), "reader": side} for side in _SIDES]


@dataclass(frozen=True, slots=True)
class BookingNotices:
    """Reads the events of bookings."""

    repository: NoticeRepository

    def of(self, envelope: dict[str, Any]) -> list[Notice]:
        """Return the mails that an event leads to; none where the booking has moved on since."""
        if envelope["type"] == events.WaitlistSlotAvailable.event_type():
            free = events.WaitlistSlotAvailable.from_envelope(envelope)
            return [Notice(free.client_id, MailPurpose.WAITLIST_OPENED, path=_LIST)]
        event = _KINDS[envelope["type"]].from_envelope(envelope)
        standing = self.repository.booking(event.booking_id)
        if standing is None or standing.status not in _STILL[type(event)]:
            return []
        reader = {"client": event.client_id, "provider": event.provider_id}.get(
            envelope.get("reader", "")
        )
        told = _told(event, moved=standing.replaces_booking)
        return [
            Notice(user_id, purpose, detail, path=f"{_LIST}/{event.booking_id}")
            for user_id, purpose, detail in told
            if reader in (None, user_id)
        ]


def _told(event: events.BookingEvent, *, moved: bool) -> list[tuple[UUID, MailPurpose, str | None]]:
    client, provider = event.client_id, event.provider_id
    match event:
        case events.BookingRequested():
            left = _hours(event.occurred_at, event.expires_at)
            return [(provider, MailPurpose.BOOKING_REQUESTED, left)]
        case events.BookingAccepted():
            left = _hours(event.occurred_at, event.deposit_due_at)
            return [(client, MailPurpose.BOOKING_ACCEPTED, left)]
        case events.BookingDeclined():
            return [(client, MailPurpose.BOOKING_DECLINED, None)]
        case events.BookingExpired():
            if event.waited_for == "answer":
                return [(client, MailPurpose.BOOKING_EXPIRED, _NOT_ANSWERED)]
            return _both(event, MailPurpose.BOOKING_EXPIRED, _NOT_PAID)
        case events.BookingConfirmed():
            purpose = MailPurpose.BOOKING_MOVED if moved else MailPurpose.BOOKING_CONFIRMED
            return _both(event, purpose, None)
        case events.BookingCancelled():
            told = {"client": [provider], "provider": [client]}
            whom = told.get(event.cancelled_by, [client, provider])
            return [(one, MailPurpose.BOOKING_CANCELLED, None) for one in whom]
        case events.BookingTimeProposed():
            other = provider if event.proposed_by == "client" else client
            return [(other, MailPurpose.BOOKING_TIME_PROPOSED, None)]
        case events.BookingReminderDue():
            return _both(event, MailPurpose.BOOKING_REMINDER, _span(event.hours))
    raise ValueError("unknown event: the stack and this consumer disagree")


def _both(
    event: events.BookingEvent, purpose: MailPurpose, detail: str | None
) -> list[tuple[UUID, MailPurpose, str | None]]:
    return [(one, purpose, detail) for one in (event.client_id, event.provider_id)]


def _hours(since: datetime, until: datetime) -> str:
    """Return about how long somebody has."""
    left = max(round((until - since) / timedelta(hours=1)), 1)
    return "1 hour" if left == 1 else f"{left} hours"


def _span(hours: int) -> str:
    return f"{hours // 24} days" if hours > 24 else f"{hours} hours"


_OPEN = frozenset({"requested", "accepted", "confirmed"})
_STILL: dict[type[events.BookingEvent], frozenset[str]] = {
    events.BookingRequested: frozenset({"requested"}),
    events.BookingAccepted: frozenset({"accepted"}),
    events.BookingDeclined: frozenset({"declined"}),
    events.BookingExpired: frozenset({"expired"}),
    events.BookingConfirmed: frozenset({"confirmed"}),
    events.BookingCancelled: frozenset({"cancelled"}),
    events.BookingTimeProposed: _OPEN,
    events.BookingReminderDue: frozenset({"confirmed"}),
}
"""Where the booking must stand for the mail to be true."""
_KINDS = {kind.event_type(): kind for kind in _STILL}
BOOKING_EVENTS = frozenset({*_KINDS, events.WaitlistSlotAvailable.event_type()})
