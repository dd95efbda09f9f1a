"""From a request to a meeting that took place, over the real database and the web's own role."""

from datetime import timedelta
from uuid import UUID

import pytest

from bookings.domain.policy import Settlement
from bookings.domain.pricing import Ask
from bookings.domain.transitions import Action, Status
from bookings.domain.venue import Venue
from bookings.service.callers import Caller
from kit.errors import Conflict, Forbidden, Invalid, InvalidState, NotFound
from kit.ids import new_id
from kit.money import Money
from tests.factories.bookings import DAY, HOUR, NOON, POLICY, Salon

START = NOON + 3 * DAY


def test_asked_accepted_paid_and_met(salon: Salon) -> None:
    escort, client = salon.provider(policy=POLICY), salon.client()
    provider = salon.owner_of(escort)

    asked = salon.ask(client, escort, START)
    held = salon.do("accept", provider, asked.id)
    paid = salon.do("deposit_received", provider, asked.id)
    salon.clock.to(START)
    salon.do("check_in", provider, asked.id)
    over = salon.do("check_out", provider, asked.id)

    assert asked.quote.total == Money(50000, "EUR")
    assert (asked.deposit, held.status) == (Money(10000, "EUR"), Status.ACCEPTED)
    assert held.deposit_due_at == NOON - HOUR + timedelta(hours=6)
    assert (paid.status, paid.paid) == (Status.CONFIRMED, Money(10000, "EUR"))
    assert over.status is salon.booking(asked.id).status is Status.COMPLETED
    assert salon.events() == [
        "BookingRequested", "BookingAccepted", "BookingConfirmed", "BookingCompleted",
    ]  # fmt: skip
    with salon.web.transaction() as work:
        view = salon.reading(work).one(Caller(client), asked.id)
    assert [line["action"] for line in view.history] == [
        "request", "accept", "pay", "check-in", "check-out",
    ]  # fmt: skip
    assert view.actions == frozenset()


def test_without_a_deposit_it_is_confirmed_at_once(salon: Salon) -> None:
    escort, client = salon.provider(), salon.client()
    asked = salon.ask(client, escort, START)

    assert salon.do("accept", salon.owner_of(escort), asked.id).status is Status.CONFIRMED


def test_another_time_is_negotiated(salon: Salon) -> None:
    escort, client = salon.provider(policy=POLICY), Caller(salon.client())
    provider = salon.owner_of(escort)
    asked = salon.ask(client.user_id, escort, START, message="I like tea.")
    salon.do("accept", provider, asked.id)
    salon.do("deposit_received", provider, asked.id)

    first = salon.do("propose", client, asked.id, START + HOUR)
    second = salon.do("propose", provider, asked.id, START + 2 * HOUR)
    with pytest.raises(Conflict, match="not asked for any more"):
        salon.do("accept_proposal", client, asked.id, first.id)
    with pytest.raises(InvalidState):
        salon.do("accept_proposal", provider, asked.id, second.id)
    new = salon.do("accept_proposal", client, asked.id, second.id)

    old = salon.booking(asked.id)
    assert (old.status, old.rescheduled_to, old.paid.minor_units) == (
        Status.RESCHEDULED, new.id, 0,
    )  # fmt: skip
    assert (new.status, new.span.start, new.paid) == (
        Status.CONFIRMED, START + 2 * HOUR, Money(10000, "EUR"),
    )  # fmt: skip
    with salon.web.transaction() as work:
        assert salon.reading(work).one(client, new.id).message == "I like tea."
    assert salon.events()[-2:] == ["BookingRescheduled", "BookingConfirmed"]


def test_the_answer_to_a_request_may_be_another_time(salon: Salon) -> None:
    escort, client = salon.provider(policy=POLICY), Caller(salon.client())
    provider = salon.owner_of(escort)
    asked = salon.ask(client.user_id, escort, START)
    salon.clock.to(NOON + 10 * HOUR)

    proposal = salon.do("propose", provider, asked.id, START + DAY, 60)
    new = salon.do("accept_proposal", client, asked.id, proposal.id)

    assert (new.status, new.quote.total) == (Status.ACCEPTED, Money(30000, "EUR"))
    assert new.deposit == Money(6000, "EUR")


def test_what_cancelling_costs_is_told_before(salon: Salon) -> None:
    escort, client = salon.provider(policy=POLICY), Caller(salon.client())
    provider = salon.owner_of(escort)
    asked = salon.ask(client.user_id, escort, START)
    salon.do("accept", provider, asked.id)
    salon.do("deposit_received", provider, asked.id)
    euros = {n: Money(n * 100, "EUR") for n in (0, 100, 150, 250)}

    salon.clock.to(START - 24 * HOUR)
    early = salon.do("cost_of_cancelling", client, asked.id)
    salon.clock.to(START - 23 * HOUR)
    late = salon.do("cost_of_cancelling", client, asked.id)
    hers = salon.do("cost_of_cancelling", provider, asked.id)
    done = salon.do("cancel", client, asked.id, "I have influenza.")

    assert early == hers == Settlement(euros[0], euros[100], euros[0])
    assert late == Settlement(euros[250], euros[0], euros[150])
    assert (done.fee, done.refund) == (euros[250], euros[0])
    event = salon.outbox()[-1]["envelope"]["data"]
    assert (event["cancelledBy"], event["feeMinor"]) == ("client", 25000)
    assert "influenza" not in str(salon.outbox())


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"start": NOON - DAY}, "start-too-soon", "start"),
        ({"start": NOON + 200 * DAY}, "start-too-far", "start"),
        ({"start": START + timedelta(minutes=7)}, "start-odd", "start"),
        ({"ask": Ask(("dinner",), 0, Venue.INCALL)}, "duration-out-of-bounds", "duration"),
        ({"ask": Ask(("dinner",), 15 * 1440, Venue.INCALL)}, "duration-out-of-bounds", "duration"),
        ({"ask": Ask(("dinner",), 45, Venue.INCALL)}, "too-short-for-card", "duration"),
        ({"ask": Ask(("yoga",), 60, Venue.INCALL)}, "unknown-service", "services.0"),
        ({"ask": Ask((), 60, Venue.INCALL)}, "services-missing", "services"),
        ({"ask": Ask(("overnight",), 720, Venue.INCALL)}, "no-rate", "venue"),
        ({"amount_minor": 49999}, "amount-differs", "amount"),
        ({"policy_version": None}, "policy-not-agreed", "policyVersion"),
        ({"policy_version": 7}, "policy-changed", "policyVersion"),
        ({"answers": {"x": "y"}}, "unknown-question", "answers.x"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(
    salon: Salon, changes: dict[str, object], code: str, field: str
) -> None:
    escort, client = salon.provider(policy=POLICY), salon.client()

    with pytest.raises((Invalid, Conflict)) as caught:
        salon.ask(client, escort, **({"start": START} | changes))  # type: ignore[arg-type]

    assert (caught.value.code, caught.value.field) == (code, field)
    assert salon.events() == []


def test_the_right_amount_is_told(salon: Salon) -> None:
    escort, client = salon.provider(), salon.client()

    with pytest.raises(Invalid, match="EUR 500"):
        salon.ask(client, escort, START, amount_minor=1)
    assert salon.ask(client, escort, START, amount_minor=50000).status is Status.REQUESTED


def test_the_same_key_is_the_same_request(salon: Salon) -> None:
    escort, client = salon.provider(), salon.client()

    first = salon.ask(client, escort, START, key="k")
    again = salon.ask(client, escort, START, key="k")
    with pytest.raises(Invalid, match="another request"):
        salon.ask(client, escort, START + DAY, key="k")
    other = salon.ask(salon.client(), escort, START, key="k")

    assert first.id == again.id != other.id
    assert salon.events() == ["BookingRequested"] * 2


def test_nobody_else_learns_that_it_is_there(salon: Salon) -> None:
    escort, client = salon.provider(), Caller(salon.client())
    asked = salon.ask(client.user_id, escort, START)
    stranger, staff = Caller(salon.client()), Caller(new_id(), staff=True)

    for booking_id in (asked.id, UUID(int=0)):
        for action in ("accept", "cancel", "cost_of_cancelling", "propose"):
            args = (START,) if action == "propose" else ()
            with pytest.raises(NotFound, match="no such booking"):
                salon.do(action, stranger, booking_id, *args)
    with pytest.raises(Forbidden):
        salon.do("accept", client, asked.id)
    assert salon.do("cancel", staff, asked.id).status is Status.CANCELLED


def test_what_is_taken_and_what_is_not(salon: Salon) -> None:
    escort = salon.provider()
    provider, clients = salon.owner_of(escort), [salon.client() for _ in range(3)]
    first, second = (salon.ask(client, escort, START) for client in clients[:2])
    salon.do("accept", provider, first.id)

    with pytest.raises(Conflict, match="this time already"):
        salon.do("accept", provider, second.id)
    # Two hours and half an hour after them are taken; the quarter before half past is not enough.
    with pytest.raises(Conflict, match="join the waiting list"):
        salon.ask(clients[2], escort, START + timedelta(hours=2, minutes=15))
    next_one = salon.ask(clients[2], escort, START + timedelta(hours=2, minutes=30))

    assert salon.do("accept", provider, next_one.id).status is Status.CONFIRMED
    assert salon.booking(second.id).status is Status.REQUESTED
    with salon.web.transaction() as work:
        view = salon.reading(work).one(provider, second.id)
    assert Action.DECLINE in view.actions


def test_a_time_that_another_has_cannot_be_asked_for_or_agreed_to(salon: Salon) -> None:
    escort = salon.provider()
    provider, client = salon.owner_of(escort), Caller(salon.client())
    mine = salon.ask(client.user_id, escort, START)
    other, third = (salon.ask(salon.client(), escort, START + n * DAY) for n in (1, 2))
    for booking in (mine, other):
        salon.do("accept", provider, booking.id)

    for caller in (client, provider):
        with pytest.raises(Conflict) as caught:
            salon.do("propose", caller, mine.id, START + DAY + HOUR)
        assert (caught.value.code, caught.value.field) == ("time-taken", "start")
    proposal = salon.do("propose", provider, mine.id, START + 2 * DAY)
    salon.do("accept", provider, third.id)
    with pytest.raises(Conflict, match="this time already"):
        salon.do("accept_proposal", client, mine.id, proposal.id)

    # All of it was undone: the booking stands where it stood, and what it was asked is open.
    assert salon.booking(mine.id).status is Status.CONFIRMED
    with salon.web.transaction() as work:
        view = salon.reading(work).one(client, mine.id)
    assert Action.RESCHEDULE in view.actions
    assert salon.do("refuse_proposal", client, mine.id).status is Status.CONFIRMED
    with salon.web.transaction() as work:
        assert Action.RESCHEDULE not in salon.reading(work).one(client, mine.id).actions
