"""Mail notifications of booking events: their recipients, and whether they still apply."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from auth.domain.mails import MailPurpose, Notification
from auth.repository.notification_context import NotificationContextRepository
from contracts import bookings as events

_BOOKINGS_PATH = "/bookings"
_PARTIES = ("client", "provider")


def per_recipient(envelope: dict[str, Any]) -> list[dict[str, Any]]:
    """Split a booking event into one event per possible recipient, each with its own id.

    A failed mail is retried alone: the mail to the other party is not sent twice.
    """
    if envelope["type"] not in _EVENT_TYPES:
        return [envelope]
    event_id = UUID(envelope["id"])
    return [
        envelope | {"id": str(uuid5(event_id, party)), "recipient": party} for party in _PARTIES
    ]


@dataclass(frozen=True, slots=True)
class BookingNotifications:
    """Mapper from booking events to notifications."""

    repository: NotificationContextRepository

    def for_event(self, envelope: dict[str, Any]) -> list[Notification]:
        """Return the notifications of the event; none if the booking's status changed since."""
        if envelope["type"] == events.WaitlistSlotAvailable.event_type():
            available = events.WaitlistSlotAvailable.from_envelope(envelope)
            return [
                Notification(
                    available.client_id, MailPurpose.WAITLIST_SLOT_AVAILABLE, path=_BOOKINGS_PATH
                )
            ]
        event = _EVENT_TYPES[envelope["type"]].from_envelope(envelope)
        booking = self.repository.booking(event.booking_id)
        if booking is None or booking.status not in _required_statuses(event):
            return []
        recipient = {"client": event.client_id, "provider": event.provider_id}.get(
            envelope.get("recipient", "")
        )
        mails = _recipients(event, is_reschedule=booking.replaces_booking)
        return [
            Notification(user_id, purpose, detail, path=f"{_BOOKINGS_PATH}/{event.booking_id}")
            for user_id, purpose, detail in mails
            if recipient in (None, user_id)
        ]


def _recipients(
    event: events.BookingEvent, *, is_reschedule: bool
) -> list[tuple[UUID, MailPurpose, str | None]]:
    client, provider = event.client_id, event.provider_id
    match event:
        case events.BookingRequested():
            left = _hours_left(event.occurred_at, event.expires_at)
            return [(provider, MailPurpose.BOOKING_REQUESTED, left)]
        case events.BookingAccepted():
            left = _hours_left(event.occurred_at, event.deposit_due_at)
            return [(client, MailPurpose.BOOKING_ACCEPTED, left)]
        case events.BookingDeclined():
            return [(client, MailPurpose.BOOKING_DECLINED, None)]
        case events.BookingExpired():
            if event.waited_for == "answer":
                return [(client, MailPurpose.BOOKING_EXPIRED, event.waited_for)]
            return _both_parties(event, MailPurpose.BOOKING_EXPIRED, event.waited_for)
        case events.BookingConfirmed():
            purpose = (
                MailPurpose.BOOKING_RESCHEDULED if is_reschedule else MailPurpose.BOOKING_CONFIRMED
            )
            return _both_parties(event, purpose, None)
        case events.BookingCancelled():
            other_party = {"client": [provider], "provider": [client]}
            recipients = other_party.get(event.cancelled_by, [client, provider])
            return [(user_id, MailPurpose.BOOKING_CANCELLED, None) for user_id in recipients]
        case events.BookingTimeProposed():
            other = provider if event.proposed_by == "client" else client
            return [(other, MailPurpose.BOOKING_TIME_PROPOSED, None)]
        case events.BookingReminderDue():
            return _both_parties(event, MailPurpose.BOOKING_REMINDER, str(event.hours))
    raise ValueError("unknown event: the stack and this consumer disagree")


def _both_parties(
    event: events.BookingEvent, purpose: MailPurpose, detail: str | None
) -> list[tuple[UUID, MailPurpose, str | None]]:
    return [(user_id, purpose, detail) for user_id in (event.client_id, event.provider_id)]


def _hours_left(since: datetime, until: datetime) -> str:
    """Return the rounded time left in hours, at least one."""
    return str(max(round((until - since) / timedelta(hours=1)), 1))


def _required_statuses(event: events.BookingEvent) -> frozenset[str]:
    """Return the statuses of the booking in which the mail of an event still applies."""
    if isinstance(event, events.BookingStatusEvent):
        return frozenset({event.status})
    return _REQUIRED_STATUSES[type(event)]


_REQUIRED_STATUSES: dict[type[events.BookingEvent], frozenset[str]] = {
    events.BookingTimeProposed: frozenset({"requested", "accepted", "confirmed"}),
    events.BookingReminderDue: frozenset({"confirmed"}),
}
_EVENT_TYPES = {event.event_type(): event for event in events.BOOKING_MAIL_EVENTS}
BOOKING_EVENTS = frozenset({*_EVENT_TYPES, events.WaitlistSlotAvailable.event_type()})
