"""Fees, payments and proposals are only accepted as displayed; no payment counts twice."""

from collections.abc import Callable
from uuid import UUID

import pytest

from bookings.domain.transitions import Status
from bookings.service.actor import Caller
from bookings.service.payments import PaymentHandler
from kit.db import Database
from kit.errors import Conflict
from kit.money import Money
from tests.factories.booking_api import ApiWorld
from tests.factories.bookings import DAY, HOUR, NO_DEPOSIT, NOON, POLICY, BookingWorld

START = NOON + 3 * DAY
DEPOSIT = Money(10000, "EUR")
type Capture = Callable[[UUID, Money], None]


@pytest.fixture
def capture(bookings: BookingWorld, database_as: Callable[[str], Database]) -> Capture:
    """Deliver a captured deposit, as payments publishes it."""
    consumer = database_as("bookings_consumer")

    def deliver(booking_id: UUID, amount: Money) -> None:
        with consumer.transaction() as work:
            PaymentHandler(work, bookings.clock).on_captured(booking_id, amount, is_deposit=True)

    return deliver


def with_offline_deposit(bookings: BookingWorld) -> tuple[UUID, Caller, Caller]:
    """Return a booking whose deposit the provider received offline."""
    profile_id = bookings.provider(policy=POLICY)
    provider, client = bookings.owner_of(profile_id), Caller(bookings.client())
    asked = bookings.ask(client.user_id, profile_id, START)
    bookings.do("accept", provider, asked.id)
    bookings.do("pay", provider, asked.id)
    return asked.id, provider, client


def test_repeated_confirmed_status_records_no_deposit(api: ApiWorld) -> None:
    provider, client = api.provider(policy=POLICY), api.client()
    path = f"/{client.ask(provider, START).json['id']}"

    answers = [provider.put(f"{path}/status", {"status": "confirmed"}) for _ in range(3)]

    assert [(one.status, one.json["status"]) for one in answers] == [(200, "accepted")] * 3
    assert answers[-1].json["paidMinor"] == 0
    assert client.put(f"{path}/status", {"status": "confirmed"}).status in {403, 409}
    paid = provider.post(f"{path}/deposit-received").json
    assert (paid["status"], paid["paidByHandMinor"]) == ("confirmed", 10000)


def test_offline_deposit_is_not_refunded_by_platform(bookings: BookingWorld) -> None:
    booking_id, provider, _ = with_offline_deposit(bookings)

    after = bookings.do("cancel", provider, booking_id)

    assert after.refund == DEPOSIT
    assert (after.platform_refund(DEPOSIT), after.offline_refund(DEPOSIT)) == (
        Money(0, "EUR"), DEPOSIT,
    )  # fmt: skip
    event = bookings.outbox()[-1]
    assert (event["type"], event["envelope"]["data"]["refundMinor"]) == ("BookingCancelled", 0)


def test_offline_deposit_captured_later_counts_once(
    bookings: BookingWorld, capture: Capture
) -> None:
    booking_id, provider, _ = with_offline_deposit(bookings)

    capture(booking_id, DEPOSIT)

    booking = bookings.booking(booking_id)
    assert (booking.status, booking.paid, booking.paid_offline) == (Status.CONFIRMED, DEPOSIT, 0)
    bookings.do("cancel", provider, booking_id)
    assert bookings.outbox()[-1]["envelope"]["data"]["refundMinor"] == 10000


def test_deposit_captured_after_cancellation_is_refunded(
    bookings: BookingWorld, capture: Capture
) -> None:
    booking_id, provider, _ = with_offline_deposit(bookings)
    bookings.do("cancel", provider, booking_id)

    capture(booking_id, DEPOSIT)

    event = bookings.outbox()[-1]
    assert (event["type"], event["envelope"]["data"]["refundMinor"]) == ("BookingRefundDue", 10000)
    assert bookings.booking(booking_id).refund == DEPOSIT


def test_offline_deposit_moves_to_rescheduled_booking(bookings: BookingWorld) -> None:
    booking_id, provider, client = with_offline_deposit(bookings)
    proposal = bookings.do("propose", provider, booking_id, START + DAY)

    new = bookings.do("accept_proposal", client, booking_id, proposal.id)

    assert (new.paid, new.paid_offline) == (DEPOSIT, 10000)
    assert bookings.booking(booking_id).paid_offline == 0


def test_cancel_with_lower_shown_fee_raises_conflict(bookings: BookingWorld) -> None:
    booking_id, _, client = with_offline_deposit(bookings)
    bookings.clock.set_time(START - 24 * HOUR)
    shown = bookings.do("preview_cancellation", client, booking_id).fee.minor_units
    bookings.clock.set_time(START - 23 * HOUR)

    with pytest.raises(Conflict, match="costs EUR 250 by now") as caught:
        bookings.do("cancel", client, booking_id, "Ill.", shown)

    assert (caught.value.code, caught.value.field) == ("fee-changed", "feeMinor")
    assert bookings.booking(booking_id).status is Status.CONFIRMED
    assert bookings.do("cancel", client, booking_id, "Ill.", 25000).fee == Money(25000, "EUR")


@pytest.mark.parametrize("how", ["cancel", "delete", "status"])
def test_each_cancel_endpoint_checks_shown_fee(api: ApiWorld, how: str) -> None:
    provider, client = api.provider(policy=NO_DEPOSIT), api.client()
    path = f"/{client.ask(provider, START).json['id']}"
    provider.post(f"{path}/accept")
    api.at(START - HOUR)

    def cancel(fee: int) -> int:
        match how:
            case "cancel":
                return client.post(f"{path}/cancel", {"feeMinor": fee}).status
            case "delete":
                return client.delete(f"{path}?feeMinor={fee}").status
            case _:
                body = {"status": "cancelled", "feeMinor": fee}
                return client.put(f"{path}/status", body).status

    assert cancel(25000) == 409
    assert client.get(path).json["status"] == "confirmed"
    assert cancel(50000) == 200


def test_accept_proposal_requires_shown_proposal_id(api: ApiWorld) -> None:
    provider, client = api.provider(policy=NO_DEPOSIT), api.client()
    path = f"/{client.ask(provider, START).json['id']}"
    seen = provider.post(f"{path}/propose", {"start": (START + DAY).isoformat()}).json["id"]
    dear = {"start": (START + 2 * DAY).isoformat(), "duration": 720}
    provider.post(f"{path}/propose", dear)

    blind = client.put(f"{path}/status", {"status": "rescheduled"})
    stale = client.put(f"{path}/status", {"status": "rescheduled", "proposalId": seen})

    assert (blind.status, blind.problem["field"]) == (422, "proposalId")
    assert (stale.status, stale.problem["code"]) == (409, "proposal-gone")
    assert client.post(f"{path}/accept-proposal").status == 422
    assert client.get(path).json["status"] == "requested"
