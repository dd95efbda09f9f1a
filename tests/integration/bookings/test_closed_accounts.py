"""Somebody leaves: what is ahead is called off, what was written is gone, the evidence is not."""

import json
from collections.abc import Callable

import pytest

from bookings import consumer
from bookings.domain.spans import Span
from bookings.domain.transitions import Status
from bookings.service.callers import Caller
from bookings.service.feeds import OwnFeed
from bookings.service.waitlist import OwnWaiting
from contracts.auth import AccountClosed
from kit import clock
from kit.db import Database
from kit.errors import NotFound
from tests.factories.bookings import DAY, HOUR, NOON, POLICY, Salon

START = NOON + 3 * DAY


@pytest.fixture
def close(
    salon: Salon, database_as: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Caller], None]:
    """Tell the consumer that somebody closed their account, twice."""
    monkeypatch.setattr(consumer, "database", database_as("bookings_consumer"))
    monkeypatch.setattr(clock, "now", salon.clock)

    def tell(caller: Caller) -> None:
        event = AccountClosed(user_id=caller.user_id)
        record = {"messageId": "1", "body": json.dumps({"detail": event.envelope()})}
        assert consumer.handler({"Records": [record] * 2}, None) == {"batchItemFailures": []}

    return tell


def test_a_client_leaves(salon: Salon, close: Callable[[Caller], None]) -> None:
    escort, other = salon.provider(policy=POLICY), salon.provider()
    provider, client = salon.owner_of(escort), Caller(salon.client())
    paid = salon.ask(client.user_id, escort, START, message="I like tea.")
    asked = salon.ask(client.user_id, other, START, address="12 Long Street")
    salon.do("accept", provider, paid.id)
    salon.do("deposit_received", provider, paid.id)
    salon.do("write_note", provider, paid.id, "Polite.")
    with salon.web.transaction() as work:
        token = OwnFeed(work, salon.clock).renew(client.user_id)
        OwnWaiting(work, salon.clock).join(client.user_id, other, Span(START, START + HOUR))
    salon.clock.to(START - 2 * HOUR)

    close(client)

    gone = salon.booking(paid.id)
    assert (gone.status, gone.fee, gone.reason) == (Status.CANCELLED, gone.quote.total, "")
    assert salon.booking(asked.id).status is Status.CANCELLED
    assert salon.events().count("BookingCancelled") == 2
    with salon.web.transaction() as work:
        view = salon.reading(work).one(provider, paid.id)
        assert (view.message, view.note) == ("", "Polite.")
        assert OwnWaiting(work, salon.clock).mine(client.user_id) == []
        with pytest.raises(NotFound):
            OwnFeed(work, salon.clock).text(token)


def test_a_provider_leaves(salon: Salon, close: Callable[[Caller], None]) -> None:
    escort = salon.provider(policy=POLICY)
    provider, client = salon.owner_of(escort), salon.client()
    asked, paid, met = (salon.ask(client, escort, START + n * DAY) for n in (0, 1, -2))
    for booking in (paid, met):
        salon.do("accept", provider, booking.id)
        salon.do("deposit_received", provider, booking.id)
    with salon.web.transaction() as work:
        salon.rules(work).save_address(provider.user_id, "Bell 3")
    salon.clock.to(met.span.start + HOUR)  # she leaves during a meeting

    close(provider)

    assert salon.booking(asked.id).status in {Status.DECLINED, Status.EXPIRED}
    refunded = salon.booking(paid.id)
    assert (refunded.status, refunded.refund) == (Status.CANCELLED, refunded.deposit)
    assert salon.booking(met.id).status is Status.CONFIRMED
    with salon.owner.transaction() as work:
        row = work.execute("SELECT address_sealed FROM bookings.providers").fetchone()
    assert row == {"address_sealed": None}


def test_a_reason_goes_with_whoever_gave_it(salon: Salon, close: Callable[[Caller], None]) -> None:
    """Hers stays when he leaves, and what he wrote stays hers to show when she does."""
    escort = salon.provider()
    provider, client = salon.owner_of(escort), Caller(salon.client())
    asked, other = (salon.ask(client.user_id, escort, START + n * DAY) for n in (0, 1))
    salon.do("decline", provider, asked.id, "You were rude.")
    salon.do("cancel", client, other.id, "You will be sorry.")

    def reasons(caller: Caller) -> list[str]:
        with salon.web.transaction() as work:
            views = [salon.reading(work).one(caller, one.id) for one in (asked, other)]
        return [view.booking.reason for view in views]

    close(client)
    assert reasons(provider) == ["You were rude.", ""]
    close(provider)
    assert reasons(client) == ["", ""]
