"""Profiles that are not public: who still answers, who is not followed, and who is told of a time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bookings.domain.pricing import Ask
from bookings.domain.spans import Span, without
from bookings.domain.transitions import Actor, Status
from bookings.domain.venue import Venue
from bookings.pages.presenter import timeline
from bookings.service.callers import Caller
from bookings.service.queries import Query
from bookings.service.timers import Timekeeping
from bookings.service.waitlist import OwnWaiting
from kit.db import Database
from kit.errors import Conflict, Invalid, InvalidState
from tests.factories.booking_api import Desk
from tests.factories.booking_pages import Seat, words
from tests.factories.bookings import DAY, HOUR, NOON, POLICY, Salon

START = NOON + 3 * DAY
SUSPENDED = """
UPDATE escorts.profiles
SET status = 'suspended', suspended_from = 'active', suspension_reason = 'other'
"""
SHUT_OUT = "UPDATE auth.users SET status = 'suspended' WHERE role = 'escort'"
CLOSED = "SELECT escorts.close_profile(id, now()) FROM escorts.profiles"
HIDDEN = "UPDATE escorts.profiles SET hidden = true, name = 'Nora'"


def change(salon: Salon, statement: Any) -> None:
    with salon.owner.transaction() as work:
        work.execute(statement)


def wait(salon: Salon, escort: Any, wanted: Span) -> None:
    with salon.web.transaction() as work:
        OwnWaiting(work, salon.clock).join(salon.client(), escort, wanted)


@pytest.mark.parametrize("taken_off", [SUSPENDED, SHUT_OUT], ids=["profile", "account"])
def test_whoever_was_taken_off_the_public_takes_no_bookings(salon: Salon, taken_off: str) -> None:
    escort, client = salon.provider(), Caller(salon.client())
    provider = salon.owner_of(escort)
    asked, moving = (salon.ask(client.user_id, escort, START + n * DAY) for n in (0, 1))
    proposal = salon.do("propose", provider, moving.id, START + 2 * DAY)
    change(salon, taken_off)

    with pytest.raises((Conflict, InvalidState), match="bookings"):
        salon.do("accept", provider, asked.id)
    with pytest.raises((Conflict, InvalidState), match="bookings"):
        salon.do("accept_proposal", client, moving.id, proposal.id)

    assert salon.booking(asked.id).status is salon.booking(moving.id).status is Status.REQUESTED
    assert salon.do("decline", provider, asked.id).status is Status.DECLINED


def test_where_the_law_takes_requests_away_none_is_accepted(salon: Salon) -> None:
    escort = salon.provider()
    asked = salon.ask(salon.client(), escort, START)
    change(
        salon,
        "UPDATE escorts.jurisdictions SET allowed = false WHERE capability = 'booking.request'",
    )

    with pytest.raises(InvalidState, match="no bookings at the moment"):
        salon.do("accept", salon.owner_of(escort), asked.id)


def test_whoever_hides_answers_what_she_was_asked(salon: Salon) -> None:
    escort = salon.provider()
    asked = salon.ask(salon.client(), escort, START)
    change(salon, HIDDEN)

    assert salon.do("accept", salon.owner_of(escort), asked.id).status is Status.CONFIRMED


def test_whoever_hides_is_not_followed_by_a_booking(salon: Salon) -> None:
    escort, client = salon.provider(), Caller(salon.client())
    asked = salon.ask(client.user_id, escort, START)
    change(salon, HIDDEN)

    with salon.web.transaction() as work:
        view = salon.reading(work).one(client, asked.id)
        listed = salon.reading(work).page(client, Query(Actor.CLIENT))

    assert (view.name, view.slug) == listed.named(view.booking) == ("Mira", "")
    change(salon, CLOSED)
    with salon.web.transaction() as work:
        gone = salon.reading(work).one(client, asked.id)
    assert (gone.name, gone.slug) == ("", "")


def test_the_waiting_list_follows_nobody(desk: Desk) -> None:
    mira = desk.provider()
    leo = Seat(desk, desk.salon.client(), "client")
    with desk.salon.web.transaction() as work:
        waiting = OwnWaiting(work, desk.salon.clock)
        assert mira.escort_id is not None
        waiting.join(leo.user_id, mira.escort_id, Span(START, START + HOUR))
        far = START + 500 * DAY
        with pytest.raises(Invalid, match="within a year"):
            waiting.join(leo.user_id, mira.escort_id, Span(far, far + HOUR))
    assert "Mira" in words(leo.page("/bookings"))
    change(desk.salon, HIDDEN)

    html = leo.page("/bookings")

    assert "A profile that is not shown now" in html
    for word in ("Mira", "Nora", f"p-{mira.escort_id}"):
        assert word not in html


def test_nobody_is_told_of_a_time_that_is_taken_at_once(
    salon: Salon, database_as: Callable[[str], Database]
) -> None:
    escort = salon.provider(policy=POLICY)
    provider = salon.owner_of(escort)
    stale, next_one = (salon.ask(salon.client(), escort, START) for _ in range(2))
    salon.do("accept", provider, stale.id)
    wait(salon, escort, stale.span)
    salon.clock.to(NOON + 9 * HOUR)  # its deposit did not come, the timer has not run

    salon.do("accept", provider, next_one.id)

    assert salon.booking(stale.id).status is Status.EXPIRED
    assert "WaitlistSlotAvailable" not in salon.events()
    # Whoever was not told is told when it is free indeed.
    salon.clock.to(NOON + 30 * HOUR)
    Timekeeping(database_as("bookings_scheduled"), salon.clock).sweep()
    assert salon.booking(next_one.id).status is Status.EXPIRED
    assert salon.events().count("WaitlistSlotAvailable") == 1


def test_a_booking_that_moves_a_little_opens_nothing(salon: Salon) -> None:
    escort, client = salon.provider(), Caller(salon.client())
    provider = salon.owner_of(escort)
    asked = salon.ask(client.user_id, escort, START)
    salon.do("accept", provider, asked.id)
    wait(salon, escort, asked.span)

    near = salon.do("propose", provider, asked.id, START + timedelta(minutes=15))
    moved = salon.do("accept_proposal", client, asked.id, near.id)
    assert "WaitlistSlotAvailable" not in salon.events()
    far = salon.do("propose", provider, moved.id, START + DAY)
    salon.do("accept_proposal", client, moved.id, far.id)

    assert salon.events().count("WaitlistSlotAvailable") == 1


def test_nobody_is_told_of_a_profile_that_is_not_public(salon: Salon) -> None:
    escort = salon.provider()
    provider = salon.owner_of(escort)
    asked = salon.ask(salon.client(), escort, START)
    salon.do("accept", provider, asked.id)
    wait(salon, escort, asked.span)
    change(salon, HIDDEN)

    salon.do("cancel", provider, asked.id)

    assert "WaitlistSlotAvailable" not in salon.events()


def test_another_address_leaves_a_line(salon: Salon) -> None:
    escort, client = salon.provider(), Caller(salon.client())
    provider = salon.owner_of(escort)
    there = Ask(("dinner",), 120, Venue.OUTCALL)
    asked = salon.ask(client.user_id, escort, START, ask=there, address="Hotel Adler")
    salon.do("give_address", client, asked.id, "Hotel Adler, room 7")
    salon.do("accept", provider, asked.id)

    for address in ("Hotel Adler, room 7", "12 Long Street"):
        salon.do("give_address", client, asked.id, address)

    with salon.web.transaction() as work:
        view = salon.reading(work).one(provider, asked.id)
    assert [line["action"] for line in view.history] == ["request", "accept", "address"]
    assert timeline(view)[-1][1] == "The client wrote another address"


@pytest.mark.parametrize(
    ("taken", "left"),
    [([], [(0, 8)]), ([(0, 8)], []), ([(2, 3), (3, 5)], [(0, 2), (5, 8)]), ([(-1, 1)], [(1, 8)])],
    ids=["nothing", "all", "middle", "beginning"],
)
def test_what_is_left(taken: list[tuple[int, int]], left: list[tuple[int, int]]) -> None:
    def spans(hours: list[tuple[int, int]]) -> list[Span]:
        return [Span(START + a * HOUR, START + b * HOUR) for a, b in hours]

    assert without(spans([(0, 8)])[0], spans(taken)) == spans(left)
