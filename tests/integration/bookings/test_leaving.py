"""Profiles that are closed and accounts that staff shut out: what is ahead is called off."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from bookings import consumer
from bookings.domain.booking import Booking
from bookings.domain.pricing import Ask
from bookings.domain.spans import Span
from bookings.domain.transitions import Status
from bookings.domain.venue import Venue
from bookings.repository import Bookings
from bookings.service import account_closure
from bookings.service.callers import Caller
from bookings.service.feeds import OwnFeed
from bookings.service.waitlist import OwnWaiting
from contracts.auth import AccountClosed, UserSuspended
from contracts.escorts import ProfileClosed
from kit import clock
from kit.db import Database
from kit.errors import Conflict, NotFound
from kit.events import Event
from tests.factories.bookings import DAY, HOUR, NO_DEPOSIT, NOON, POLICY, Salon
from tests.factories.escorts import set_account_status

START = NOON + 3 * DAY
OUTCALL = Ask(("dinner",), 120, Venue.OUTCALL)
type Tell = Callable[[Event], None]


@pytest.fixture
def tell(
    salon: Salon, database_as: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> Tell:
    """Tell the consumer, twice."""
    monkeypatch.setattr(consumer, "database", database_as("bookings_consumer"))
    monkeypatch.setattr(clock, "now", salon.clock)

    def hear(event: Event) -> None:
        record = {"messageId": "1", "body": json.dumps({"detail": event.envelope()})}
        assert consumer.handler({"Records": [record] * 2}, None) == {"batchItemFailures": []}

    return hear


def another_profile(salon: Salon, owner: Caller, **rules: Any) -> UUID:
    """Store a profile of the same account, beside a closed one."""
    other = salon.provider(**rules)
    with salon.owner.transaction() as work:
        for table, key in (("escorts.profiles", "id"), ("bookings.providers", "escort_id")):
            work.execute(
                f"UPDATE {table} SET user_id = %s WHERE {key} = %s",
                (owner.user_id, other),
            )
    return other


def close_profile(salon: Salon, escort_id: UUID) -> None:
    with salon.owner.transaction() as work:
        work.execute("SELECT escorts.close_profile(%s, %s)", (escort_id, salon.clock()))


def addresses(salon: Salon) -> dict[UUID, bool]:
    """Return whose rows have an address."""
    with salon.owner.transaction() as work:
        rows = work.execute("SELECT escort_id, address_sealed FROM bookings.providers")
        return {row["escort_id"]: row["address_sealed"] is not None for row in rows}


def save_address(salon: Salon, provider: Caller, text: str) -> None:
    with salon.web.transaction() as work:
        salon.rules(work).save_address(provider.user_id, text)


def wait(salon: Salon, client: UUID, escort: UUID, span: Span) -> None:
    with salon.web.transaction() as work:
        OwnWaiting(work, salon.clock).join(client, escort, span)


def confirmed(salon: Salon, client: UUID, escort: UUID, n: int, **changes: Any) -> Booking:
    """Store a booking of day `n` after the first, paid for where that is asked."""
    booking = salon.ask(client, escort, START + n * DAY, **changes)
    provider = salon.owner_of(escort)
    if salon.do("accept", provider, booking.id).status is Status.ACCEPTED:
        salon.do("deposit_received", provider, booking.id)
    return salon.booking(booking.id)


def test_a_closed_profile(salon: Salon, tell: Tell) -> None:
    escort, client, waiting = salon.provider(policy=POLICY), salon.client(), salon.client()
    provider = salon.owner_of(escort)
    save_address(salon, provider, "Bell 3")
    asked, paid = salon.ask(client, escort, START), confirmed(salon, client, escort, 1)
    wait(salon, waiting, escort, paid.span)
    close_profile(salon, escort)
    second = another_profile(salon, provider, policy=NO_DEPOSIT)
    save_address(salon, provider, "Bell 9")
    there = confirmed(salon, client, second, 2)

    tell(ProfileClosed(profile_id=escort))

    assert salon.booking(asked.id).status is Status.DECLINED
    gone = salon.booking(paid.id)
    assert (gone.status, gone.refund) == (Status.CANCELLED, gone.deposit)
    assert salon.booking(there.id).status is Status.CONFIRMED
    assert addresses(salon) == {escort: False, second: True}
    assert salon.events()[-2:] in (
        ["BookingDeclined", "BookingCancelled"], ["BookingCancelled", "BookingDeclined"],
    )  # fmt: skip
    with salon.web.transaction() as work:
        assert OwnWaiting(work, salon.clock).mine(waiting) == []


def test_a_profile_that_nobody_asked(salon: Salon, tell: Tell) -> None:
    tell(ProfileClosed(profile_id=salon.provider()))
    assert salon.events() == []


@pytest.mark.parametrize("status", ["suspended", "banned"])
def test_a_client_is_shut_out(salon: Salon, tell: Tell, status: Any) -> None:
    escort, client = salon.provider(policy=POLICY), salon.client()
    provider = salon.owner_of(escort)
    asked = salon.ask(client, escort, START, message="I know where you live.")
    paid = confirmed(salon, client, escort, 1, ask=OUTCALL, address="12 Long Street")
    wait(salon, client, escort, paid.span)
    with salon.web.transaction() as work:
        token = OwnFeed(work, salon.clock).renew(client)
    set_account_status(salon.owner, client, status)

    tell(UserSuspended(user_id=client, status=status))

    assert salon.booking(asked.id).status is Status.CANCELLED
    gone = salon.booking(paid.id)
    assert (gone.status, gone.refund) == (Status.CANCELLED, gone.deposit)
    told = [row["envelope"]["data"] for row in salon.outbox()[-2:]]
    assert [data["cancelledBy"] for data in told] == ["staff", "staff"]
    with salon.web.transaction() as work:
        view = salon.reading(work).one(provider, asked.id)
        assert view.message == "I know where you live."  # she may need it
        assert OwnWaiting(work, salon.clock).mine(client) == []
        with pytest.raises(NotFound):
            OwnFeed(work, salon.clock).text(token)


def test_a_provider_is_shut_out(salon: Salon, tell: Tell) -> None:
    escort, client, waiting = salon.provider(policy=NO_DEPOSIT), salon.client(), salon.client()
    provider = salon.owner_of(escort)
    save_address(salon, provider, "Bell 3")
    met, ahead = (confirmed(salon, client, escort, n) for n in (0, 1))
    wait(salon, waiting, escort, ahead.span)
    salon.clock.to(met.span.start + HOUR)
    set_account_status(salon.owner, provider.user_id, "banned")

    tell(UserSuspended(user_id=provider.user_id, status="banned"))

    assert salon.booking(met.id).status is Status.CONFIRMED  # it takes its course
    assert salon.booking(ahead.id).status is Status.CANCELLED
    assert addresses(salon) == {escort: False}
    assert "WaitlistSlotAvailable" not in salon.events()
    with salon.web.transaction() as work:
        assert OwnWaiting(work, salon.clock).mine(waiting) == []


def test_who_was_let_in_again_meanwhile_keeps_everything(salon: Salon, tell: Tell) -> None:
    escort, client = salon.provider(), salon.client()
    booking = confirmed(salon, client, escort, 0)

    tell(UserSuspended(user_id=client, status="suspended"))

    assert salon.booking(booking.id).status is Status.CONFIRMED


@pytest.mark.parametrize("status", ["suspended", "banned"])
def test_nobody_agrees_with_an_account_that_is_shut_out(salon: Salon, status: str) -> None:
    """Also in the moments before the event is heard."""
    escort, client = salon.provider(), Caller(salon.client())
    provider = salon.owner_of(escort)
    asked, other = (salon.ask(client.user_id, escort, START + n * DAY) for n in (0, 1))
    hers = salon.do("propose", client, asked.id, START + 5 * DAY)
    theirs = salon.do("propose", provider, other.id, START + 6 * DAY)
    set_account_status(salon.owner, client.user_id, status)

    for move in (("accept", asked.id), ("accept_proposal", asked.id, hers.id)):
        with pytest.raises(Conflict) as caught:
            salon.do(move[0], provider, *move[1:])
        assert caught.value.code == "client-gone"
    salon.do("decline", provider, asked.id)
    set_account_status(salon.owner, client.user_id, "active")
    set_account_status(salon.owner, provider.user_id, status)
    with pytest.raises(Conflict) as caught:
        salon.do("accept_proposal", client, other.id, theirs.id)
    assert caught.value.code == "provider-gone"


def test_what_moves_while_an_account_closes(
    salon: Salon, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She agrees to another time after we looked and before we have her lock."""
    escort, client = salon.provider(), Caller(salon.client())
    provider = salon.owner_of(escort)
    booking = confirmed(salon, client.user_id, escort, 0, ask=OUTCALL, message="I like tea.")
    proposal = salon.do("propose", client, booking.id, START + 5 * DAY)
    moved: list[Booking] = []

    class Late(Bookings):
        def of(self, column: str, user_id: UUID | None, **filters: Any) -> list[Booking]:
            found = super().of(column, user_id, **filters)
            if not moved:
                moved.append(salon.do("accept_proposal", provider, booking.id, proposal.id))
            return found

    monkeypatch.setattr(account_closure, "Bookings", Late)
    tell(AccountClosed(user_id=client.user_id))

    assert salon.booking(moved[0].id).status is Status.CANCELLED
    with salon.owner.transaction() as work:
        assert work.execute("SELECT part FROM bookings.private_parts").fetchall() == []


def test_a_client_who_leaves_during_the_meeting(salon: Salon, tell: Tell) -> None:
    escort, client = salon.provider(), salon.client()
    provider = salon.owner_of(escort)
    place = {"ask": OUTCALL, "address": "12 Long Street"}
    met, ahead = (confirmed(salon, client, escort, n, **place) for n in (0, 1))
    salon.clock.to(met.span.start)

    tell(AccountClosed(user_id=client))

    with salon.web.transaction() as work:
        reading = salon.reading(work)
        assert reading.one(provider, met.id).address == "12 Long Street"
        assert reading.one(provider, ahead.id).address == ""


def test_an_account_takes_all_its_profiles_along(salon: Salon, tell: Tell) -> None:
    first = salon.provider(policy=NO_DEPOSIT)
    provider = salon.owner_of(first)
    save_address(salon, provider, "Bell 3")
    close_profile(salon, first)
    second = another_profile(salon, provider, policy=NO_DEPOSIT)
    save_address(salon, provider, "Bell 9")
    booking = confirmed(salon, salon.client(), second, 0)

    tell(AccountClosed(user_id=provider.user_id))

    assert addresses(salon) == {first: False, second: False}
    assert salon.booking(booking.id).status is Status.CANCELLED
