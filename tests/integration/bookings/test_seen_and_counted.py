"""Nothing is owed, paid or agreed to that somebody did not see; no money counts twice."""

from collections.abc import Callable
from uuid import UUID

import pytest

from bookings.domain.transitions import Status
from bookings.service.callers import Caller
from bookings.service.payments import Paying
from kit.db import Database
from kit.errors import Conflict
from kit.money import Money
from tests.factories.booking_api import Desk
from tests.factories.bookings import DAY, HOUR, NO_DEPOSIT, NOON, POLICY, Salon

START = NOON + 3 * DAY
DEPOSIT = Money(10000, "EUR")
type Capture = Callable[[UUID, Money], None]


@pytest.fixture
def capture(salon: Salon, database_as: Callable[[str], Database]) -> Capture:
    """Let a deposit arrive here, as payments tell us."""
    consumer = database_as("bookings_consumer")

    def arrive(booking_id: UUID, amount: Money) -> None:
        with consumer.transaction() as work:
            Paying(work, salon.clock).captured(booking_id, amount, is_deposit=True)

    return arrive


def noted(salon: Salon) -> tuple[UUID, Caller, Caller]:
    """Return a booking whose deposit its provider has received by hand."""
    escort = salon.provider(policy=POLICY)
    provider, client = salon.owner_of(escort), Caller(salon.client())
    asked = salon.ask(client.user_id, escort, START)
    salon.do("accept", provider, asked.id)
    salon.do("deposit_received", provider, asked.id)
    return asked.id, provider, client


def test_saying_confirmed_twice_is_no_deposit(desk: Desk) -> None:
    mira, client = desk.provider(policy=POLICY), desk.client()
    path = f"/{client.ask(mira, START).json['id']}"

    answers = [mira.put(f"{path}/status", {"status": "confirmed"}) for _ in range(3)]

    assert [(one.status, one.json["status"]) for one in answers] == [(200, "accepted")] * 3
    assert answers[-1].json["paidMinor"] == 0
    assert client.put(f"{path}/status", {"status": "confirmed"}).status in {403, 409}
    paid = mira.post(f"{path}/deposit-received").json
    assert (paid["status"], paid["paidByHandMinor"]) == ("confirmed", 10000)


def test_what_was_received_by_hand_is_not_refunded_by_us(salon: Salon) -> None:
    booking_id, provider, _ = noted(salon)

    after = salon.do("cancel", provider, booking_id)

    assert after.refund == DEPOSIT
    assert (after.returned_here(DEPOSIT), after.returned_by_hand(DEPOSIT)) == (
        Money(0, "EUR"), DEPOSIT,
    )  # fmt: skip
    event = salon.outbox()[-1]
    assert (event["type"], event["envelope"]["data"]["refundMinor"]) == ("BookingCancelled", 0)


def test_a_deposit_noted_by_hand_and_captured_counts_once(salon: Salon, capture: Capture) -> None:
    booking_id, provider, _ = noted(salon)

    capture(booking_id, DEPOSIT)

    booking = salon.booking(booking_id)
    assert (booking.status, booking.paid, booking.by_hand) == (Status.CONFIRMED, DEPOSIT, 0)
    salon.do("cancel", provider, booking_id)
    assert salon.outbox()[-1]["envelope"]["data"]["refundMinor"] == 10000


def test_a_deposit_that_is_captured_after_the_end_goes_back(salon: Salon, capture: Capture) -> None:
    booking_id, provider, _ = noted(salon)
    salon.do("cancel", provider, booking_id)

    capture(booking_id, DEPOSIT)

    event = salon.outbox()[-1]
    assert (event["type"], event["envelope"]["data"]["refundMinor"]) == ("BookingRefundDue", 10000)
    assert salon.booking(booking_id).refund == DEPOSIT


def test_money_by_hand_moves_along(salon: Salon) -> None:
    booking_id, provider, client = noted(salon)
    proposal = salon.do("propose", provider, booking_id, START + DAY)

    new = salon.do("accept_proposal", client, booking_id, proposal.id)

    assert (new.paid, new.by_hand) == (DEPOSIT, 10000)
    assert salon.booking(booking_id).by_hand == 0


def test_cancelling_costs_no_more_than_was_shown(salon: Salon) -> None:
    booking_id, _, client = noted(salon)
    salon.clock.to(START - 24 * HOUR)
    shown = salon.do("cost_of_cancelling", client, booking_id).fee.minor_units
    salon.clock.to(START - 23 * HOUR)

    with pytest.raises(Conflict, match="costs EUR 250 by now") as caught:
        salon.do("cancel", client, booking_id, "Ill.", shown)

    assert (caught.value.code, caught.value.field) == ("fee-changed", "feeMinor")
    assert salon.booking(booking_id).status is Status.CONFIRMED
    assert salon.do("cancel", client, booking_id, "Ill.", 25000).fee == Money(25000, "EUR")


@pytest.mark.parametrize("how", ["cancel", "delete", "status"])
def test_every_way_of_cancelling_says_what_was_shown(desk: Desk, how: str) -> None:
    mira, client = desk.provider(policy=NO_DEPOSIT), desk.client()
    path = f"/{client.ask(mira, START).json['id']}"
    mira.post(f"{path}/accept")
    desk.at(START - HOUR)

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


def test_agreeing_names_the_time_that_was_seen(desk: Desk) -> None:
    mira, client = desk.provider(policy=NO_DEPOSIT), desk.client()
    path = f"/{client.ask(mira, START).json['id']}"
    seen = mira.post(f"{path}/propose", {"start": (START + DAY).isoformat()}).json["id"]
    dear = {"start": (START + 2 * DAY).isoformat(), "duration": 720}
    mira.post(f"{path}/propose", dear)

    blind = client.put(f"{path}/status", {"status": "rescheduled"})
    stale = client.put(f"{path}/status", {"status": "rescheduled", "proposalId": seen})

    assert (blind.status, blind.problem["field"]) == (422, "proposalId")
    assert (stale.status, stale.problem["code"]) == (409, "proposal-gone")
    assert client.post(f"{path}/accept-proposal").status == 422
    assert client.get(path).json["status"] == "requested"
