"""Closed profiles and suspended accounts: open bookings are cancelled."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from bookings import consumer
from bookings.domain.booking import Booking
from bookings.domain.pricing import QuoteRequest
from bookings.domain.transitions import Status
from bookings.domain.venue import Venue
from bookings.repository import BookingRepository
from bookings.service import account_closure
from bookings.service.actor import Caller
from bookings.service.feeds import CalendarFeedService
from bookings.service.waitlist import WaitlistService
from contracts.auth import AccountClosed, UserSuspended
from contracts.escorts import ProfileClosed
from kit import clock
from kit.db import Database
from kit.errors import Conflict, NotFound
from kit.events import Event
from kit.intervals import Interval
from tests.factories.bookings import DAY, HOUR, NO_DEPOSIT, NOON, POLICY, BookingWorld
from tests.factories.escorts import set_account_status

START = NOON + 3 * DAY
OUTCALL = QuoteRequest(("dinner",), 120, Venue.OUTCALL)
type Deliver = Callable[[Event], None]


@pytest.fixture
def deliver(
    bookings: BookingWorld, database_as: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> Deliver:
    """Deliver an event to the consumer, twice."""
    monkeypatch.setattr(consumer, "database", database_as("bookings_consumer"))
    monkeypatch.setattr(clock, "now", bookings.clock)

    def deliver_twice(event: Event) -> None:
        record = {"messageId": "1", "body": json.dumps({"detail": event.envelope()})}
        assert consumer.handler({"Records": [record] * 2}, None) == {"batchItemFailures": []}

    return deliver_twice


def another_profile(bookings: BookingWorld, owner: Caller, **rules: Any) -> UUID:
    """Store a profile of the same account, besides a closed one."""
    other = bookings.provider(**rules)
    with bookings.owner.transaction() as work:
        for table, key in (("escorts.profiles", "id"), ("bookings.providers", "profile_id")):
            work.execute(
                f"UPDATE {table} SET user_id = %s WHERE {key} = %s",
                (owner.user_id, other),
            )
    return other


def close_profile(bookings: BookingWorld, profile_id: UUID) -> None:
    with bookings.owner.transaction() as work:
        work.execute("SELECT escorts.close_profile(%s, %s)", (profile_id, bookings.clock()))


def addresses(bookings: BookingWorld) -> dict[UUID, bool]:
    """Return for each profile whether an address is stored."""
    with bookings.owner.transaction() as work:
        rows = work.execute("SELECT profile_id, address_sealed FROM bookings.providers")
        return {row["profile_id"]: row["address_sealed"] is not None for row in rows}


def save_address(bookings: BookingWorld, provider: Caller, text: str) -> None:
    with bookings.web.transaction() as work:
        bookings.settings(work).save_address(provider.user_id, text)


def join_waitlist(bookings: BookingWorld, client: UUID, profile_id: UUID, span: Interval) -> None:
    with bookings.web.transaction() as work:
        WaitlistService(work, bookings.clock).join(client, profile_id, span)


def confirmed(
    bookings: BookingWorld, client: UUID, profile_id: UUID, n: int, **changes: Any
) -> Booking:
    """Store a confirmed booking of day `n` after the first, with its deposit paid if required."""
    booking = bookings.ask(client, profile_id, START + n * DAY, **changes)
    provider = bookings.owner_of(profile_id)
    if bookings.do("accept", provider, booking.id).status is Status.ACCEPTED:
        bookings.do("pay", provider, booking.id)
    return bookings.booking(booking.id)


def test_profile_closed_cancels_its_bookings_only(bookings: BookingWorld, deliver: Deliver) -> None:
    profile_id, client, waiting = (
        bookings.provider(policy=POLICY),
        bookings.client(),
        bookings.client(),
    )
    provider = bookings.owner_of(profile_id)
    save_address(bookings, provider, "Bell 3")
    asked, paid = (
        bookings.ask(client, profile_id, START),
        confirmed(bookings, client, profile_id, 1),
    )
    join_waitlist(bookings, waiting, profile_id, paid.period)
    close_profile(bookings, profile_id)
    second = another_profile(bookings, provider, policy=NO_DEPOSIT)
    save_address(bookings, provider, "Bell 9")
    there = confirmed(bookings, client, second, 2)

    deliver(ProfileClosed(profile_id=profile_id))

    assert bookings.booking(asked.id).status is Status.DECLINED
    gone = bookings.booking(paid.id)
    assert (gone.status, gone.refund) == (Status.CANCELLED, gone.deposit)
    assert bookings.booking(there.id).status is Status.CONFIRMED
    assert addresses(bookings) == {profile_id: False, second: True}
    assert bookings.events()[-2:] in (
        ["BookingDeclined", "BookingCancelled"], ["BookingCancelled", "BookingDeclined"],
    )  # fmt: skip
    with bookings.web.transaction() as work:
        assert WaitlistService(work, bookings.clock).list(waiting) == []


def test_profile_closed_without_bookings_publishes_nothing(
    bookings: BookingWorld, deliver: Deliver
) -> None:
    deliver(ProfileClosed(profile_id=bookings.provider()))
    assert bookings.events() == []


@pytest.mark.parametrize("status", ["suspended", "banned"])
def test_client_suspended_cancels_bookings_and_keeps_texts(
    bookings: BookingWorld, deliver: Deliver, status: Any
) -> None:
    profile_id, client = bookings.provider(policy=POLICY), bookings.client()
    provider = bookings.owner_of(profile_id)
    asked = bookings.ask(client, profile_id, START, message="I know where you live.")
    paid = confirmed(
        bookings, client, profile_id, 1, quote_request=OUTCALL, address="12 Long Street"
    )
    join_waitlist(bookings, client, profile_id, paid.period)
    with bookings.web.transaction() as work:
        token = CalendarFeedService(work, bookings.clock).renew(client)
    set_account_status(bookings.owner, client, status)

    deliver(UserSuspended(user_id=client, status=status))

    assert bookings.booking(asked.id).status is Status.CANCELLED
    gone = bookings.booking(paid.id)
    assert (gone.status, gone.refund) == (Status.CANCELLED, gone.deposit)
    events = [row["envelope"]["data"] for row in bookings.outbox()[-2:]]
    assert [data["cancelledBy"] for data in events] == ["staff", "staff"]
    with bookings.web.transaction() as work:
        view = bookings.queries(work).get(provider, asked.id)
        assert (
            view.message == "I know where you live."
        )  # the provider may need the message as evidence
        assert WaitlistService(work, bookings.clock).list(client) == []
        with pytest.raises(NotFound):
            CalendarFeedService(work, bookings.clock).read_ical(token)


def test_provider_suspended_cancels_future_bookings(
    bookings: BookingWorld, deliver: Deliver
) -> None:
    profile_id, client, waiting = (
        bookings.provider(policy=NO_DEPOSIT),
        bookings.client(),
        bookings.client(),
    )
    provider = bookings.owner_of(profile_id)
    save_address(bookings, provider, "Bell 3")
    met, ahead = (confirmed(bookings, client, profile_id, n) for n in (0, 1))
    join_waitlist(bookings, waiting, profile_id, ahead.period)
    bookings.clock.set_time(met.period.start + HOUR)
    set_account_status(bookings.owner, provider.user_id, "banned")

    deliver(UserSuspended(user_id=provider.user_id, status="banned"))

    assert bookings.booking(met.id).status is Status.CONFIRMED  # a started meeting is left as it is
    assert bookings.booking(ahead.id).status is Status.CANCELLED
    assert addresses(bookings) == {profile_id: False}
    assert "WaitlistSlotAvailable" not in bookings.events()
    with bookings.web.transaction() as work:
        assert WaitlistService(work, bookings.clock).list(waiting) == []


def test_suspension_lifted_before_event_changes_nothing(
    bookings: BookingWorld, deliver: Deliver
) -> None:
    profile_id, client = bookings.provider(), bookings.client()
    booking = confirmed(bookings, client, profile_id, 0)

    deliver(UserSuspended(user_id=client, status="suspended"))

    assert bookings.booking(booking.id).status is Status.CONFIRMED


@pytest.mark.parametrize("status", ["suspended", "banned"])
def test_accept_with_blocked_counterparty_is_refused(bookings: BookingWorld, status: str) -> None:
    """The account is refused before the event arrives as well."""
    profile_id, client = bookings.provider(), Caller(bookings.client())
    provider = bookings.owner_of(profile_id)
    asked, other = (bookings.ask(client.user_id, profile_id, START + n * DAY) for n in (0, 1))
    by_client = bookings.do("propose", client, asked.id, START + 5 * DAY)
    by_provider = bookings.do("propose", provider, other.id, START + 6 * DAY)
    set_account_status(bookings.owner, client.user_id, status)

    for move in (("accept", asked.id), ("accept_proposal", asked.id, by_client.id)):
        with pytest.raises(Conflict) as caught:
            bookings.do(move[0], provider, *move[1:])
        assert caught.value.code == "client-inactive"
    bookings.do("decline", provider, asked.id)
    set_account_status(bookings.owner, client.user_id, "active")
    set_account_status(bookings.owner, provider.user_id, status)
    with pytest.raises(Conflict) as caught:
        bookings.do("accept_proposal", client, other.id, by_provider.id)
    assert caught.value.code == "provider-inactive"


def test_account_closed_during_reschedule_cancels_new_booking(
    bookings: BookingWorld, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider accepts a proposal after the handler read the bookings and before it has the lock."""
    profile_id, client = bookings.provider(), Caller(bookings.client())
    provider = bookings.owner_of(profile_id)
    booking = confirmed(
        bookings, client.user_id, profile_id, 0, quote_request=OUTCALL, message="I like tea."
    )
    proposal = bookings.do("propose", client, booking.id, START + 5 * DAY)
    rescheduled: list[Booking] = []

    class Late(BookingRepository):
        def list_for_user(self, column: str, user_id: UUID | None, **filters: Any) -> list[Booking]:
            found = super().list_for_user(column, user_id, **filters)
            if not rescheduled:
                rescheduled.append(
                    bookings.do("accept_proposal", provider, booking.id, proposal.id)
                )
            return found

    monkeypatch.setattr(account_closure, "BookingRepository", Late)
    deliver(AccountClosed(user_id=client.user_id))

    assert bookings.booking(rescheduled[0].id).status is Status.CANCELLED
    with bookings.owner.transaction() as work:
        assert work.execute("SELECT field FROM bookings.encrypted_fields").fetchall() == []


def test_client_closed_during_meeting_keeps_address(
    bookings: BookingWorld, deliver: Deliver
) -> None:
    profile_id, client = bookings.provider(), bookings.client()
    provider = bookings.owner_of(profile_id)
    place = {"quote_request": OUTCALL, "address": "12 Long Street"}
    met, ahead = (confirmed(bookings, client, profile_id, n, **place) for n in (0, 1))
    bookings.clock.set_time(met.period.start)

    deliver(AccountClosed(user_id=client))

    with bookings.web.transaction() as work:
        reading = bookings.queries(work)
        assert reading.get(provider, met.id).address == "12 Long Street"
        assert reading.get(provider, ahead.id).address == ""


def test_account_closed_deletes_addresses_of_all_profiles(
    bookings: BookingWorld, deliver: Deliver
) -> None:
    first = bookings.provider(policy=NO_DEPOSIT)
    provider = bookings.owner_of(first)
    save_address(bookings, provider, "Bell 3")
    close_profile(bookings, first)
    second = another_profile(bookings, provider, policy=NO_DEPOSIT)
    save_address(bookings, provider, "Bell 9")
    booking = confirmed(bookings, bookings.client(), second, 0)

    deliver(AccountClosed(user_id=provider.user_id))

    assert addresses(bookings) == {first: False, second: False}
    assert bookings.booking(booking.id).status is Status.CANCELLED
