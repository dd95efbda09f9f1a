"""Closed accounts: open bookings are cancelled, texts are deleted, rows stay as evidence."""

import json
from collections.abc import Callable

import pytest

from bookings import consumer
from bookings.domain.transitions import Status
from bookings.service.actor import Caller
from bookings.service.feeds import CalendarFeedService
from bookings.service.waitlist import WaitlistService
from contracts.auth import AccountClosed
from kit import clock
from kit.db import Database
from kit.errors import NotFound
from kit.intervals import Interval
from tests.factories.bookings import DAY, HOUR, NOON, POLICY, BookingWorld

START = NOON + 3 * DAY


@pytest.fixture
def close_account(
    bookings: BookingWorld, database_as: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Caller], None]:
    """Deliver the closure of an account to the consumer, twice."""
    monkeypatch.setattr(consumer, "database", database_as("bookings_consumer"))
    monkeypatch.setattr(clock, "now", bookings.clock)

    def deliver_twice(caller: Caller) -> None:
        event = AccountClosed(user_id=caller.user_id)
        record = {"messageId": "1", "body": json.dumps({"detail": event.envelope()})}
        assert consumer.handler({"Records": [record] * 2}, None) == {"batchItemFailures": []}

    return deliver_twice


def test_client_account_closed_cancels_and_deletes_texts(
    bookings: BookingWorld, close_account: Callable[[Caller], None]
) -> None:
    profile_id, other = bookings.provider(policy=POLICY), bookings.provider()
    provider, client = bookings.owner_of(profile_id), Caller(bookings.client())
    paid = bookings.ask(client.user_id, profile_id, START, message="I like tea.")
    asked = bookings.ask(client.user_id, other, START, address="12 Long Street")
    bookings.do("accept", provider, paid.id)
    bookings.do("pay", provider, paid.id)
    bookings.do("save_note", provider, paid.id, "Polite.")
    with bookings.web.transaction() as work:
        token = CalendarFeedService(work, bookings.clock).renew(client.user_id)
        WaitlistService(work, bookings.clock).join(
            client.user_id, other, Interval(START, START + HOUR)
        )
    bookings.clock.set_time(START - 2 * HOUR)

    close_account(client)

    gone = bookings.booking(paid.id)
    assert (gone.status, gone.fee, gone.reason) == (Status.CANCELLED, gone.quote.total, "")
    assert bookings.booking(asked.id).status is Status.CANCELLED
    assert bookings.events().count("BookingCancelled") == 2
    with bookings.web.transaction() as work:
        view = bookings.queries(work).get(provider, paid.id)
        assert (view.message, view.note) == ("", "Polite.")
        assert WaitlistService(work, bookings.clock).list(client.user_id) == []
        with pytest.raises(NotFound):
            CalendarFeedService(work, bookings.clock).read_ical(token)


def test_provider_account_closed_refunds_and_deletes_address(
    bookings: BookingWorld, close_account: Callable[[Caller], None]
) -> None:
    profile_id = bookings.provider(policy=POLICY)
    provider, client = bookings.owner_of(profile_id), bookings.client()
    asked, paid, met = (bookings.ask(client, profile_id, START + n * DAY) for n in (0, 1, -2))
    for booking in (paid, met):
        bookings.do("accept", provider, booking.id)
        bookings.do("pay", provider, booking.id)
    with bookings.web.transaction() as work:
        bookings.settings(work).save_address(provider.user_id, "Bell 3")
    bookings.clock.set_time(met.period.start + HOUR)  # during a meeting

    close_account(provider)

    assert bookings.booking(asked.id).status in {Status.DECLINED, Status.EXPIRED}
    refunded = bookings.booking(paid.id)
    assert (refunded.status, refunded.refund) == (Status.CANCELLED, refunded.deposit)
    assert bookings.booking(met.id).status is Status.CONFIRMED
    with bookings.owner.transaction() as work:
        row = work.execute("SELECT address_sealed FROM bookings.providers").fetchone()
    assert row == {"address_sealed": None}


def test_account_closed_deletes_own_reasons_only(
    bookings: BookingWorld, close_account: Callable[[Caller], None]
) -> None:
    """The provider's reason stays when the client closes the account, and the other way round."""
    profile_id = bookings.provider()
    provider, client = bookings.owner_of(profile_id), Caller(bookings.client())
    asked, other = (bookings.ask(client.user_id, profile_id, START + n * DAY) for n in (0, 1))
    bookings.do("decline", provider, asked.id, "You were rude.")
    bookings.do("cancel", client, other.id, "You will be sorry.")

    def reasons(caller: Caller) -> list[str]:
        with bookings.web.transaction() as work:
            views = [bookings.queries(work).get(caller, one.id) for one in (asked, other)]
        return [view.booking.reason for view in views]

    close_account(client)
    assert reasons(provider) == ["You were rude.", ""]
    close_account(provider)
    assert reasons(client) == ["", ""]
