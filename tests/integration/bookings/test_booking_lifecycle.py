"""Booking lifecycle from request to completion, in the real database as `bookings_web`."""

from datetime import timedelta
from uuid import UUID

import pytest

from bookings.domain.policy import Settlement
from bookings.domain.pricing import QuoteRequest
from bookings.domain.transitions import Action, Status
from bookings.domain.venue import Venue
from bookings.service.actor import Caller
from kit.errors import Conflict, Forbidden, Invalid, InvalidState, NotFound
from kit.ids import new_id
from kit.money import Money
from tests.factories.bookings import DAY, HOUR, NOON, POLICY, BookingWorld

START = NOON + 3 * DAY


def test_booking_requested_accepted_paid_and_completed(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(policy=POLICY), bookings.client()
    provider = bookings.owner_of(profile_id)

    asked = bookings.ask(client, profile_id, START)
    held = bookings.do("accept", provider, asked.id)
    paid = bookings.do("pay", provider, asked.id)
    bookings.clock.set_time(START)
    bookings.do("check-in", provider, asked.id)
    over = bookings.do("check-out", provider, asked.id)

    assert asked.quote.total == Money(50000, "EUR")
    assert (asked.deposit, held.status) == (Money(10000, "EUR"), Status.ACCEPTED)
    assert held.deposit_due_at == NOON - HOUR + timedelta(hours=6)
    assert (paid.status, paid.paid) == (Status.CONFIRMED, Money(10000, "EUR"))
    assert over.status is bookings.booking(asked.id).status is Status.COMPLETED
    assert bookings.events() == [
        "BookingRequested", "BookingAccepted", "BookingConfirmed", "BookingCompleted",
    ]  # fmt: skip
    with bookings.web.transaction() as work:
        view = bookings.queries(work).get(Caller(client), asked.id)
    assert [line["action"] for line in view.history] == [
        "request", "accept", "pay", "check-in", "check-out",
    ]  # fmt: skip
    assert view.actions == frozenset()


def test_accept_without_deposit_confirms(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), bookings.client()
    asked = bookings.ask(client, profile_id, START)

    assert bookings.do("accept", bookings.owner_of(profile_id), asked.id).status is Status.CONFIRMED


def test_accept_proposal_reschedules_confirmed_booking(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(policy=POLICY), Caller(bookings.client())
    provider = bookings.owner_of(profile_id)
    asked = bookings.ask(client.user_id, profile_id, START, message="I like tea.")
    bookings.do("accept", provider, asked.id)
    bookings.do("pay", provider, asked.id)

    first = bookings.do("propose", client, asked.id, START + HOUR)
    second = bookings.do("propose", provider, asked.id, START + 2 * HOUR)
    with pytest.raises(Conflict, match="no longer open"):
        bookings.do("accept_proposal", client, asked.id, first.id)
    with pytest.raises(InvalidState):
        bookings.do("accept_proposal", provider, asked.id, second.id)
    new = bookings.do("accept_proposal", client, asked.id, second.id)

    old = bookings.booking(asked.id)
    assert (old.status, old.rescheduled_to, old.paid.minor_units) == (
        Status.RESCHEDULED, new.id, 0,
    )  # fmt: skip
    assert (new.status, new.period.start, new.paid) == (
        Status.CONFIRMED, START + 2 * HOUR, Money(10000, "EUR"),
    )  # fmt: skip
    with bookings.web.transaction() as work:
        assert bookings.queries(work).get(client, new.id).message == "I like tea."
    assert bookings.events()[-2:] == ["BookingRescheduled", "BookingConfirmed"]


def test_accept_proposal_on_request_creates_accepted_booking(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(policy=POLICY), Caller(bookings.client())
    provider = bookings.owner_of(profile_id)
    asked = bookings.ask(client.user_id, profile_id, START)
    bookings.clock.set_time(NOON + 10 * HOUR)

    proposal = bookings.do("propose", provider, asked.id, START + DAY, 60)
    new = bookings.do("accept_proposal", client, asked.id, proposal.id)

    assert (new.status, new.quote.total) == (Status.ACCEPTED, Money(30000, "EUR"))
    assert new.deposit == Money(6000, "EUR")


def test_preview_cancellation_equals_charged_fee(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(policy=POLICY), Caller(bookings.client())
    provider = bookings.owner_of(profile_id)
    asked = bookings.ask(client.user_id, profile_id, START)
    bookings.do("accept", provider, asked.id)
    bookings.do("pay", provider, asked.id)
    euros = {n: Money(n * 100, "EUR") for n in (0, 100, 150, 250)}

    bookings.clock.set_time(START - 24 * HOUR)
    early = bookings.do("preview_cancellation", client, asked.id)
    bookings.clock.set_time(START - 23 * HOUR)
    late = bookings.do("preview_cancellation", client, asked.id)
    by_provider = bookings.do("preview_cancellation", provider, asked.id)
    done = bookings.do("cancel", client, asked.id, "I have influenza.")

    assert early == by_provider == Settlement(euros[0], euros[100], euros[0])
    assert late == Settlement(euros[250], euros[0], euros[150])
    assert (done.fee, done.refund) == (euros[250], euros[0])
    event = bookings.outbox()[-1]["envelope"]["data"]
    assert (event["cancelledBy"], event["feeMinor"]) == ("client", 25000)
    assert "influenza" not in str(bookings.outbox())


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"start": NOON - DAY}, "start-too-soon", "start"),
        ({"start": NOON + 200 * DAY}, "start-too-far", "start"),
        ({"start": START + timedelta(minutes=7)}, "start-not-on-quarter", "start"),
        ({"quote_request": QuoteRequest(("dinner",), 0, Venue.INCALL)}, "duration-out-of-bounds", "duration"),
        ({"quote_request": QuoteRequest(("dinner",), 15 * 1440, Venue.INCALL)}, "duration-out-of-bounds", "duration"),
        ({"quote_request": QuoteRequest(("dinner",), 45, Venue.INCALL)}, "too-short-for-card", "duration"),
        ({"quote_request": QuoteRequest(("yoga",), 60, Venue.INCALL)}, "unknown-service", "services.0"),
        ({"quote_request": QuoteRequest((), 60, Venue.INCALL)}, "services-missing", "services"),
        ({"quote_request": QuoteRequest(("overnight",), 720, Venue.INCALL)}, "no-rate", "venue"),
        ({"amount_minor": 49999}, "amount-differs", "amount"),
        ({"policy_version": None}, "policy-not-agreed", "policyVersion"),
        ({"policy_version": 7}, "policy-changed", "policyVersion"),
        ({"answers": {"x": "y"}}, "unknown-question", "answers.x"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_create_invalid_request_raises_with_field(
    bookings: BookingWorld, changes: dict[str, object], code: str, field: str
) -> None:
    profile_id, client = bookings.provider(policy=POLICY), bookings.client()

    with pytest.raises((Invalid, Conflict)) as caught:
        bookings.ask(client, profile_id, **({"start": START} | changes))  # type: ignore[arg-type]

    assert (caught.value.code, caught.value.field) == (code, field)
    assert bookings.events() == []


def test_create_wrong_amount_names_price(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), bookings.client()

    with pytest.raises(Invalid, match="EUR 500"):
        bookings.ask(client, profile_id, START, amount_minor=1)
    assert bookings.ask(client, profile_id, START, amount_minor=50000).status is Status.REQUESTED


def test_create_repeated_key_returns_same_booking(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), bookings.client()

    first = bookings.ask(client, profile_id, START, key="k")
    again = bookings.ask(client, profile_id, START, key="k")
    with pytest.raises(Invalid, match="another request"):
        bookings.ask(client, profile_id, START + DAY, key="k")
    other = bookings.ask(bookings.client(), profile_id, START, key="k")

    assert first.id == again.id != other.id
    assert bookings.events() == ["BookingRequested"] * 2


def test_action_by_stranger_raises_not_found(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), Caller(bookings.client())
    asked = bookings.ask(client.user_id, profile_id, START)
    stranger, staff = Caller(bookings.client()), Caller(new_id(), staff=True)

    for booking_id in (asked.id, UUID(int=0)):
        for action in ("accept", "cancel", "preview_cancellation", "propose"):
            args = (START,) if action == "propose" else ()
            with pytest.raises(NotFound, match="no such booking"):
                bookings.do(action, stranger, booking_id, *args)
    with pytest.raises(Forbidden):
        bookings.do("accept", client, asked.id)
    assert bookings.do("cancel", staff, asked.id).status is Status.CANCELLED


def test_accept_overlapping_request_raises_conflict(bookings: BookingWorld) -> None:
    profile_id = bookings.provider()
    provider, clients = bookings.owner_of(profile_id), [bookings.client() for _ in range(3)]
    first, second = (bookings.ask(client, profile_id, START) for client in clients[:2])
    bookings.do("accept", provider, first.id)

    with pytest.raises(Conflict, match="holds this time"):
        bookings.do("accept", provider, second.id)
    # Two hours and the buffer of half an hour are taken; a quarter of an hour earlier is refused.
    with pytest.raises(Conflict, match="join the waitlist"):
        bookings.ask(clients[2], profile_id, START + timedelta(hours=2, minutes=15))
    next_one = bookings.ask(clients[2], profile_id, START + timedelta(hours=2, minutes=30))

    assert bookings.do("accept", provider, next_one.id).status is Status.CONFIRMED
    assert bookings.booking(second.id).status is Status.REQUESTED
    with bookings.web.transaction() as work:
        view = bookings.queries(work).get(provider, second.id)
    assert Action.DECLINE in view.actions


def test_propose_or_accept_taken_time_raises_conflict(bookings: BookingWorld) -> None:
    profile_id = bookings.provider()
    provider, client = bookings.owner_of(profile_id), Caller(bookings.client())
    mine = bookings.ask(client.user_id, profile_id, START)
    other, third = (bookings.ask(bookings.client(), profile_id, START + n * DAY) for n in (1, 2))
    for booking in (mine, other):
        bookings.do("accept", provider, booking.id)

    for caller in (client, provider):
        with pytest.raises(Conflict) as caught:
            bookings.do("propose", caller, mine.id, START + DAY + HOUR)
        assert (caught.value.code, caught.value.field) == ("time-taken", "start")
    proposal = bookings.do("propose", provider, mine.id, START + 2 * DAY)
    bookings.do("accept", provider, third.id)
    with pytest.raises(Conflict, match="holds this time"):
        bookings.do("accept_proposal", client, mine.id, proposal.id)

    # Everything was rolled back: the booking is confirmed, and the proposal is still open.
    assert bookings.booking(mine.id).status is Status.CONFIRMED
    with bookings.web.transaction() as work:
        view = bookings.queries(work).get(client, mine.id)
    assert Action.RESCHEDULE in view.actions
    assert bookings.do("refuse_proposal", client, mine.id).status is Status.CONFIRMED
    with bookings.web.transaction() as work:
        assert Action.RESCHEDULE not in bookings.queries(work).get(client, mine.id).actions
