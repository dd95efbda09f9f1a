"""Events of bookings: each is subscribed or known to be silent, and each subscriber handles its events."""

from datetime import datetime
from inspect import isclass
from typing import Any, Literal, cast, get_args, get_origin
from uuid import UUID

import pytest

from auth.repository.notification_context import BookingSnapshot, NotificationContextRepository
from auth.service.booking_notifications import BookingNotifications
from contracts import bookings as contract
from crm.domain.booking_snapshot import BookingState
from kit.events import Event
from tests.factories.bookings import NOON

BASES = {contract.BookingEvent, contract.BookingStatusEvent}
SILENT = {contract.BookingRefundDue}
"""Events that no feature subscribes to yet."""
VALUES: dict[Any, Any] = {UUID: UUID(int=1), datetime: NOON, int: 1, str: "EUR"}


class FakeContext:
    """Notification context of a booking in one status."""

    def __init__(self, status: str) -> None:
        self.status = status

    def booking(self, booking_id: UUID) -> BookingSnapshot:
        return BookingSnapshot(status=self.status, replaces_booking=False)


def sample_envelope(event_class: type[Event]) -> dict[str, Any]:
    """Return the envelope of an event with a value for each of its fields."""
    values = {}
    for name, field in event_class.model_fields.items():
        is_literal = get_origin(field.annotation) is Literal
        values[name] = get_args(field.annotation)[0] if is_literal else VALUES[field.annotation]
    return event_class(**values).envelope()


def test_every_event_is_subscribed_or_silent() -> None:
    declared = {
        member
        for member in vars(contract).values()
        if isclass(member) and issubclass(member, contract.BookingEvent)
    }

    assert declared - BASES == {
        *contract.BOOKING_MAIL_EVENTS, *contract.VISIT_EVENTS, *SILENT
    }  # fmt: skip


def test_status_events_report_different_statuses() -> None:
    statuses = [event.status for event in contract.STATUS_EVENTS]

    assert len(statuses) == len(set(statuses))
    assert set(contract.STATUS_EVENTS) == set(contract.BookingStatusEvent.__subclasses__())


@pytest.mark.parametrize("event", contract.BOOKING_MAIL_EVENTS, ids=lambda one: one.__name__)
def test_every_mail_event_leads_to_notifications_in_one_status(
    event: type[contract.BookingEvent],
) -> None:
    envelope = sample_envelope(event)
    found = {
        status.status: BookingNotifications(
            cast("NotificationContextRepository", FakeContext(status.status))
        ).for_event(envelope)
        for status in contract.STATUS_EVENTS
    }

    assert any(found.values())
    assert not all(found.values())


def test_every_visit_event_has_a_state_of_the_visit() -> None:
    assert {event.status for event in contract.VISIT_EVENTS} == set(BookingState)
