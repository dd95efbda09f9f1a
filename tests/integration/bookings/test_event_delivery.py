"""Crashes between commit and event, repeated and late payments: nothing is lost or counted twice."""

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest

from bookings import consumer
from bookings.domain.transitions import Status
from bookings.service.actor import Caller
from bookings.service.timers import TimerService
from contracts.payments import PaymentCaptured
from kit import outbox
from kit.db import ConnectionLost, Database, UnitOfWork
from kit.ids import new_id
from kit.money import Money
from kit.outbox import EventBusClient
from tests.factories.bookings import DAY, NOON, POLICY, BookingWorld

START = NOON + 3 * DAY


class Bus(EventBusClient):
    """Event bus that records what it is sent; `dead` crashes before sending."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.dead = False

    def publish(self, rows: Sequence[dict[str, Any]]) -> list[UUID]:
        """Record the rows."""
        if self.dead:
            raise SystemExit("killed")
        self.taken += [row["type"] for row in rows]
        return [row["id"] for row in rows]


@pytest.fixture
def bus(bookings: BookingWorld) -> Bus:
    """Event bus of the web role's database."""
    bus = Bus()
    bookings.web.publisher = bus
    return bus


@pytest.fixture
def payments(database_as: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch) -> Database:
    """Database connection of the consumer."""
    database = database_as("bookings_consumer")
    monkeypatch.setattr(consumer, "database", database)
    return database


def captured(booking_id: UUID, amount: int, **changes: Any) -> PaymentCaptured:
    return PaymentCaptured(
        payment_id=new_id(),
        booking_id=booking_id,
        purpose="deposit",
        amount_minor=amount,
        currency=changes.get("currency", "EUR"),
    )


def deliver(*events: PaymentCaptured) -> list[str]:
    """Deliver events to the consumer as the queue would; return the ids that failed."""
    records = [
        {"messageId": str(number), "body": json.dumps({"detail": event.envelope()})}
        for number, event in enumerate(events)
    ]
    answer = consumer.handler({"Records": records}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def accepted(bookings: BookingWorld) -> tuple[UUID, Caller, Caller]:
    profile_id = bookings.provider(policy=POLICY)
    provider, client = bookings.owner_of(profile_id), Caller(bookings.client())
    asked = bookings.ask(client.user_id, profile_id, START)
    bookings.do("accept", provider, asked.id)
    return asked.id, provider, client


def test_crash_after_commit_event_is_relayed(bookings: BookingWorld, bus: Bus) -> None:
    profile_id = bookings.provider()
    asked = bookings.ask(bookings.client(), profile_id, START)
    bus.dead = True
    with pytest.raises(SystemExit):
        bookings.do("accept", bookings.owner_of(profile_id), asked.id)

    # The process crashed after the commit: the booking is stored, and the relay finds its event.
    bookings.web.discard_connection()
    bus.dead = False
    assert bookings.booking(asked.id).status is Status.CONFIRMED
    assert bus.taken == ["BookingRequested"]
    with bookings.owner.transaction() as work:
        work.execute("UPDATE outbox.messages SET created_at = created_at - interval '1 minute'")
    assert outbox.relay(bookings.owner.transaction, bus) == {"sent": 1, "refused": 0}
    assert outbox.relay(bookings.owner.transaction, bus) == {"sent": 0, "refused": 0}
    assert bus.taken == ["BookingRequested", "BookingConfirmed"]


def test_crash_before_commit_changes_nothing(bookings: BookingWorld, bus: Bus) -> None:
    profile_id = bookings.provider()
    asked = bookings.ask(bookings.client(), profile_id, START)

    def accept_and_die(work: UnitOfWork) -> None:
        bookings.run_action(work, "accept", bookings.owner_of(profile_id), asked.id)
        _kill(bookings.owner, work)
        work.execute("SELECT 1")

    with pytest.raises(ConnectionLost):
        bookings.web.run(accept_and_die)

    assert bookings.booking(asked.id).status is Status.REQUESTED
    assert bus.taken == bookings.events() == ["BookingRequested"]
    assert bookings.do("accept", bookings.owner_of(profile_id), asked.id).status is Status.CONFIRMED


def test_payment_event_delivered_twice_counts_once(
    bookings: BookingWorld, payments: Database
) -> None:
    booking_id, _, _ = accepted(bookings)
    event = captured(booking_id, 10000)

    assert deliver(event) == deliver(event) == []
    assert deliver(event, event) == []

    booking = bookings.booking(booking_id)
    assert (booking.status, booking.paid.minor_units) == (Status.CONFIRMED, 10000)
    assert bookings.events().count("BookingConfirmed") == 1


def test_partial_deposit_does_not_confirm(bookings: BookingWorld, payments: Database) -> None:
    booking_id, _, _ = accepted(bookings)

    assert deliver(captured(booking_id, 4000)) == []
    assert bookings.booking(booking_id).status is Status.ACCEPTED
    assert deliver(captured(booking_id, 6000)) == []
    assert bookings.booking(booking_id).status is Status.CONFIRMED


def test_payment_after_cancellation_is_refunded(bookings: BookingWorld, payments: Database) -> None:
    booking_id, _, client = accepted(bookings)
    bookings.do("cancel", client, booking_id)

    assert deliver(captured(booking_id, 10000)) == []

    booking = bookings.booking(booking_id)
    assert (booking.status, booking.refund) == (Status.CANCELLED, booking.paid)
    assert bookings.outbox()[-1]["type"] == "BookingRefundDue"
    assert bookings.outbox()[-1]["envelope"]["data"]["refundMinor"] == 10000


def test_partial_deposit_is_refunded_on_expiry(
    bookings: BookingWorld, payments: Database, database_as: Callable[[str], Database]
) -> None:
    booking_id, _, _ = accepted(bookings)
    assert deliver(captured(booking_id, 4000)) == []
    bookings.clock.set_time(NOON + DAY)

    TimerService(database_as("bookings_scheduled"), bookings.clock).fire_due_timers()

    assert bookings.booking(booking_id).refund == Money(4000, "EUR")
    assert bookings.outbox()[-1]["type"] == "BookingExpired"
    assert bookings.outbox()[-1]["envelope"]["data"]["refundMinor"] == 4000


def test_payment_for_rescheduled_booking_counts_for_new_one(
    bookings: BookingWorld, payments: Database
) -> None:
    booking_id, provider, client = accepted(bookings)
    proposal = bookings.do("propose", provider, booking_id, START + DAY)
    new = bookings.do("accept_proposal", client, booking_id, proposal.id)

    assert deliver(captured(booking_id, 10000)) == []

    assert bookings.booking(booking_id).paid.minor_units == 0
    assert bookings.booking(new.id).status is Status.CONFIRMED


def test_invalid_payment_event_stays_in_queue(bookings: BookingWorld, payments: Database) -> None:
    booking_id, _, _ = accepted(bookings)
    good = captured(booking_id, 10000)

    failed = deliver(captured(new_id(), 1), captured(booking_id, 1, currency="CHF"), good)

    assert failed == ["0", "1"]
    assert bookings.booking(booking_id).status is Status.CONFIRMED


def _kill(owner: Database, work: UnitOfWork) -> None:
    row = work.execute("SELECT pg_backend_pid() AS pid").fetchone()
    assert row is not None
    with owner.transaction() as killer:
        killer.execute("SELECT pg_terminate_backend(%s)", (row["pid"],))
