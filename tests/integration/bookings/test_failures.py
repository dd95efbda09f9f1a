"""Killed between commit and event, told twice, too late: nothing is lost and nothing counts double."""

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest

from bookings import consumer
from bookings.domain.transitions import Status
from bookings.service.callers import Caller
from bookings.service.timers import Timekeeping
from contracts.payments import PaymentCaptured
from kit import outbox
from kit.db import ConnectionLost, Database, UnitOfWork
from kit.ids import new_id
from kit.money import Money
from kit.outbox import EventBusClient
from tests.factories.bookings import DAY, NOON, POLICY, Salon

START = NOON + 3 * DAY


class Bus(EventBusClient):
    """Takes what it is sent and remembers it; `dead` dies before anything is sent."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.dead = False

    def publish(self, rows: Sequence[dict[str, Any]]) -> list[UUID]:
        """Take the rows."""
        if self.dead:
            raise SystemExit("killed")
        self.taken += [row["type"] for row in rows]
        return [row["id"] for row in rows]


@pytest.fixture
def bus(salon: Salon) -> Bus:
    """A bus behind the web's own database."""
    bus = Bus()
    salon.web.publisher = bus
    return bus


@pytest.fixture
def payments(database_as: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch) -> Database:
    """The consumer's own connection."""
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
    """Give events to the consumer as the queue would; return the ids that failed."""
    records = [
        {"messageId": str(number), "body": json.dumps({"detail": event.envelope()})}
        for number, event in enumerate(events)
    ]
    answer = consumer.handler({"Records": records}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def accepted(salon: Salon) -> tuple[UUID, Caller, Caller]:
    escort = salon.provider(policy=POLICY)
    provider, client = salon.owner_of(escort), Caller(salon.client())
    asked = salon.ask(client.user_id, escort, START)
    salon.do("accept", provider, asked.id)
    return asked.id, provider, client


def test_killed_between_commit_and_event(salon: Salon, bus: Bus) -> None:
    escort = salon.provider()
    asked = salon.ask(salon.client(), escort, START)
    bus.dead = True
    with pytest.raises(SystemExit):
        salon.do("accept", salon.owner_of(escort), asked.id)

    # The process is gone; the booking is not, and the relay finds its event.
    salon.web.discard_connection()
    bus.dead = False
    assert salon.booking(asked.id).status is Status.CONFIRMED
    assert bus.taken == ["BookingRequested"]
    with salon.owner.transaction() as work:
        work.execute("UPDATE outbox.messages SET created_at = created_at - interval '1 minute'")
    assert outbox.relay(salon.owner.transaction, bus) == {"sent": 1, "refused": 0}
    assert outbox.relay(salon.owner.transaction, bus) == {"sent": 0, "refused": 0}
    assert bus.taken == ["BookingRequested", "BookingConfirmed"]


def test_killed_before_the_commit(salon: Salon, bus: Bus) -> None:
    escort = salon.provider()
    asked = salon.ask(salon.client(), escort, START)

    def accept_and_die(work: UnitOfWork) -> None:
        salon.deciding(work).accept(salon.owner_of(escort), asked.id)
        _kill(salon.owner, work)
        work.execute("SELECT 1")

    with pytest.raises(ConnectionLost):
        salon.web.run(accept_and_die)

    assert salon.booking(asked.id).status is Status.REQUESTED
    assert bus.taken == salon.events() == ["BookingRequested"]
    assert salon.do("accept", salon.owner_of(escort), asked.id).status is Status.CONFIRMED


def test_a_payment_that_is_told_twice_counts_once(salon: Salon, payments: Database) -> None:
    booking_id, _, _ = accepted(salon)
    event = captured(booking_id, 10000)

    assert deliver(event) == deliver(event) == []
    assert deliver(event, event) == []

    booking = salon.booking(booking_id)
    assert (booking.status, booking.paid.minor_units) == (Status.CONFIRMED, 10000)
    assert salon.events().count("BookingConfirmed") == 1


def test_part_of_a_deposit_confirms_nothing(salon: Salon, payments: Database) -> None:
    booking_id, _, _ = accepted(salon)

    assert deliver(captured(booking_id, 4000)) == []
    assert salon.booking(booking_id).status is Status.ACCEPTED
    assert deliver(captured(booking_id, 6000)) == []
    assert salon.booking(booking_id).status is Status.CONFIRMED


def test_money_that_comes_too_late_is_to_go_back(salon: Salon, payments: Database) -> None:
    booking_id, _, client = accepted(salon)
    salon.do("cancel", client, booking_id)

    assert deliver(captured(booking_id, 10000)) == []

    booking = salon.booking(booking_id)
    assert (booking.status, booking.refund) == (Status.CANCELLED, booking.paid)
    assert salon.outbox()[-1]["type"] == "BookingRefundDue"
    assert salon.outbox()[-1]["envelope"]["data"]["refundMinor"] == 10000


def test_part_of_a_deposit_goes_back_when_the_rest_does_not_come(
    salon: Salon, payments: Database, database_as: Callable[[str], Database]
) -> None:
    booking_id, _, _ = accepted(salon)
    assert deliver(captured(booking_id, 4000)) == []
    salon.clock.to(NOON + DAY)

    Timekeeping(database_as("bookings_scheduled"), salon.clock).sweep()

    assert salon.booking(booking_id).refund == Money(4000, "EUR")
    assert salon.outbox()[-1]["type"] == "BookingExpired"
    assert salon.outbox()[-1]["envelope"]["data"]["refundMinor"] == 4000


def test_money_follows_a_booking_that_moved(salon: Salon, payments: Database) -> None:
    booking_id, provider, client = accepted(salon)
    proposal = salon.do("propose", provider, booking_id, START + DAY)
    new = salon.do("accept_proposal", client, booking_id, proposal.id)

    assert deliver(captured(booking_id, 10000)) == []

    assert salon.booking(booking_id).paid.minor_units == 0
    assert salon.booking(new.id).status is Status.CONFIRMED


def test_what_cannot_be_counted_stays_in_the_queue(salon: Salon, payments: Database) -> None:
    booking_id, _, _ = accepted(salon)
    good = captured(booking_id, 10000)

    failed = deliver(captured(new_id(), 1), captured(booking_id, 1, currency="CHF"), good)

    assert failed == ["0", "1"]
    assert salon.booking(booking_id).status is Status.CONFIRMED


def _kill(owner: Database, work: UnitOfWork) -> None:
    row = work.execute("SELECT pg_backend_pid() AS pid").fetchone()
    assert row is not None
    with owner.transaction() as killer:
        killer.execute("SELECT pg_terminate_backend(%s)", (row["pid"],))
