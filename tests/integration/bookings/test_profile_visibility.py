"""Profiles that are not public: answering requests, displayed names, and waitlist notifications."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bookings.domain.pricing import QuoteRequest
from bookings.domain.transitions import Actor, Status
from bookings.domain.venue import Venue
from bookings.pages.presenter import timeline
from bookings.service.actor import Caller
from bookings.service.queries import BookingFilter
from bookings.service.timers import TimerService
from bookings.service.waitlist import WaitlistService
from kit.db import Database
from kit.errors import Conflict, Invalid, InvalidState
from kit.intervals import Interval, subtract
from tests.factories.booking_api import ApiWorld
from tests.factories.booking_pages import PageClient, words
from tests.factories.bookings import DAY, HOUR, NOON, POLICY, BookingWorld

START = NOON + 3 * DAY
SUSPENDED = """
UPDATE escorts.profiles
SET status = 'suspended', suspended_from = 'active', suspension_reason = 'other'
"""
ACCOUNT_SUSPENDED = "UPDATE auth.users SET status = 'suspended' WHERE role = 'escort'"
CLOSED = "SELECT escorts.close_profile(id, now()) FROM escorts.profiles"
HIDDEN = "UPDATE escorts.profiles SET hidden = true, name = 'Nora'"


def execute(bookings: BookingWorld, statement: Any) -> None:
    with bookings.owner.transaction() as work:
        work.execute(statement)


def join_waitlist(bookings: BookingWorld, profile_id: Any, wanted: Interval) -> None:
    with bookings.web.transaction() as work:
        WaitlistService(work, bookings.clock).join(bookings.client(), profile_id, wanted)


@pytest.mark.parametrize("taken_off", [SUSPENDED, ACCOUNT_SUSPENDED], ids=["profile", "account"])
def test_accept_on_suspended_profile_is_refused(bookings: BookingWorld, taken_off: str) -> None:
    profile_id, client = bookings.provider(), Caller(bookings.client())
    provider = bookings.owner_of(profile_id)
    asked, moving = (bookings.ask(client.user_id, profile_id, START + n * DAY) for n in (0, 1))
    proposal = bookings.do("propose", provider, moving.id, START + 2 * DAY)
    execute(bookings, taken_off)

    with pytest.raises((Conflict, InvalidState), match="bookings"):
        bookings.do("accept", provider, asked.id)
    with pytest.raises((Conflict, InvalidState), match="bookings"):
        bookings.do("accept_proposal", client, moving.id, proposal.id)

    assert (
        bookings.booking(asked.id).status is bookings.booking(moving.id).status is Status.REQUESTED
    )
    assert bookings.do("decline", provider, asked.id).status is Status.DECLINED


def test_accept_in_forbidden_city_is_refused(bookings: BookingWorld) -> None:
    profile_id = bookings.provider()
    asked = bookings.ask(bookings.client(), profile_id, START)
    execute(
        bookings,
        "UPDATE escorts.jurisdictions SET allowed = false WHERE capability = 'booking.request'",
    )

    with pytest.raises(InvalidState, match="no bookings at the moment"):
        bookings.do("accept", bookings.owner_of(profile_id), asked.id)


def test_accept_on_hidden_profile_confirms(bookings: BookingWorld) -> None:
    profile_id = bookings.provider()
    asked = bookings.ask(bookings.client(), profile_id, START)
    execute(bookings, HIDDEN)

    assert bookings.do("accept", bookings.owner_of(profile_id), asked.id).status is Status.CONFIRMED


def test_hidden_profile_keeps_old_name_and_no_slug(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), Caller(bookings.client())
    asked = bookings.ask(client.user_id, profile_id, START)
    execute(bookings, HIDDEN)

    with bookings.web.transaction() as work:
        view = bookings.queries(work).get(client, asked.id)
        listed = bookings.queries(work).list_page(client, BookingFilter(Actor.CLIENT))

    assert (view.name, view.slug) == listed.profile_label(view.booking) == ("Mira", "")
    execute(bookings, CLOSED)
    with bookings.web.transaction() as work:
        gone = bookings.queries(work).get(client, asked.id)
    assert (gone.name, gone.slug) == ("", "")


def test_waitlist_hides_profiles_that_are_not_public(api: ApiWorld) -> None:
    provider = api.provider()
    client_page = PageClient(api, api.bookings.client(), "client")
    with api.bookings.web.transaction() as work:
        waiting = WaitlistService(work, api.bookings.clock)
        assert provider.profile_id is not None
        waiting.join(client_page.user_id, provider.profile_id, Interval(START, START + HOUR))
        far = START + 500 * DAY
        with pytest.raises(Invalid, match="within a year"):
            waiting.join(client_page.user_id, provider.profile_id, Interval(far, far + HOUR))
    assert "Mira" in words(client_page.page("/bookings"))
    execute(api.bookings, HIDDEN)

    html = client_page.page("/bookings")

    assert "Profile not public" in html
    for word in ("Mira", "Nora", f"p-{provider.profile_id}"):
        assert word not in html


def test_waitlist_slot_taken_at_once_is_not_announced(
    bookings: BookingWorld, database_as: Callable[[str], Database]
) -> None:
    profile_id = bookings.provider(policy=POLICY)
    provider = bookings.owner_of(profile_id)
    stale, next_one = (bookings.ask(bookings.client(), profile_id, START) for _ in range(2))
    bookings.do("accept", provider, stale.id)
    join_waitlist(bookings, profile_id, stale.period)
    bookings.clock.set_time(NOON + 9 * HOUR)  # its deposit did not come, the timer has not run

    bookings.do("accept", provider, next_one.id)

    assert bookings.booking(stale.id).status is Status.EXPIRED
    assert "WaitlistSlotAvailable" not in bookings.events()
    # The waiting client is notified once the slot is really free.
    bookings.clock.set_time(NOON + 30 * HOUR)
    TimerService(database_as("bookings_scheduled"), bookings.clock).fire_due_timers()
    assert bookings.booking(next_one.id).status is Status.EXPIRED
    assert bookings.events().count("WaitlistSlotAvailable") == 1


def test_waitlist_small_reschedule_is_not_announced(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), Caller(bookings.client())
    provider = bookings.owner_of(profile_id)
    asked = bookings.ask(client.user_id, profile_id, START)
    bookings.do("accept", provider, asked.id)
    join_waitlist(bookings, profile_id, asked.period)

    near = bookings.do("propose", provider, asked.id, START + timedelta(minutes=15))
    moved = bookings.do("accept_proposal", client, asked.id, near.id)
    assert "WaitlistSlotAvailable" not in bookings.events()
    far = bookings.do("propose", provider, moved.id, START + DAY)
    bookings.do("accept_proposal", client, moved.id, far.id)

    assert bookings.events().count("WaitlistSlotAvailable") == 1


def test_waitlist_hidden_profile_is_not_announced(bookings: BookingWorld) -> None:
    profile_id = bookings.provider()
    provider = bookings.owner_of(profile_id)
    asked = bookings.ask(bookings.client(), profile_id, START)
    bookings.do("accept", provider, asked.id)
    join_waitlist(bookings, profile_id, asked.period)
    execute(bookings, HIDDEN)

    bookings.do("cancel", provider, asked.id)

    assert "WaitlistSlotAvailable" not in bookings.events()


def test_changed_address_adds_history_line(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), Caller(bookings.client())
    provider = bookings.owner_of(profile_id)
    there = QuoteRequest(("dinner",), 120, Venue.OUTCALL)
    asked = bookings.ask(
        client.user_id, profile_id, START, quote_request=there, address="Hotel Adler"
    )
    bookings.do("save_address", client, asked.id, "Hotel Adler, room 7")
    bookings.do("accept", provider, asked.id)

    for address in ("Hotel Adler, room 7", "12 Long Street"):
        bookings.do("save_address", client, asked.id, address)

    with bookings.web.transaction() as work:
        view = bookings.queries(work).get(provider, asked.id)
    assert [line["action"] for line in view.history] == ["request", "accept", "address"]
    assert timeline(view)[-1][1] == "The client changed the address"


@pytest.mark.parametrize(
    ("taken", "left"),
    [([], [(0, 8)]), ([(0, 8)], []), ([(2, 3), (3, 5)], [(0, 2), (5, 8)]), ([(-1, 1)], [(1, 8)])],
    ids=["nothing", "all", "middle", "beginning"],
)
def test_subtract_returns_uncovered_parts(
    taken: list[tuple[int, int]], left: list[tuple[int, int]]
) -> None:
    def spans(hours: list[tuple[int, int]]) -> list[Interval]:
        return [Interval(START + a * HOUR, START + b * HOUR) for a, b in hours]

    assert subtract(spans([(0, 8)]), spans(taken)) == spans(left)
