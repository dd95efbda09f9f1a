"""What her calendar shows of long meetings, and what she is told before she takes a time twice."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bookings.domain.pricing import Ask
from bookings.domain.venue import Venue
from kit.auth import Audience
from tests.factories.booking_api import Desk, Guest
from tests.factories.booking_pages import Seat, Values, escort_of, whole, words
from tests.factories.bookings import DAY, HOUR, NOON, POLICY

START = NOON + 3 * DAY
FRIDAY = NOON + 4 * DAY


@pytest.fixture
def mira(desk: Desk) -> Guest:
    return desk.provider(policy=POLICY)


@pytest.fixture
def her(mira: Guest) -> Seat:
    return Seat.of(mira, Audience.ADMIN)


def ask(desk: Desk, mira: Guest, start: datetime, minutes: int = 120) -> UUID:
    what = (
        Ask(("dinner",), minutes, Venue.INCALL)
        if minutes < 720
        else Ask(("overnight",), minutes, Venue.OUTCALL)
    )
    return desk.salon.ask(desk.salon.client(), escort_of(mira), start, ask=what).id


def agenda(html: str) -> list[list[str]]:
    """Return the times that stand at each day of a week."""
    days = html.partition('class="agenda"')[2].split("<h3>")[1:]
    return [re.findall(r'<strong class="numeric">([^<]+)</strong>', day) for day in days]


def test_a_long_meeting_stands_at_each_of_its_days(desk: Desk, mira: Guest, her: Seat) -> None:
    ask(desk, mira, FRIDAY, 3 * 24 * 60)

    week = her.page(f"{her.room}/calendar?week=2027-05-10")
    assert agenda(week) == [[], [], [], [], ["from 14:00"], ["all day"], ["all day"]]
    following = her.page(f"{her.room}/calendar?week=2027-05-17")
    assert agenda(following) == [["until 14:00"], [], [], [], [], [], []]
    month = words(her.page(f"{her.room}/calendar/month?month=2027-05"))
    for day in ("13 May: nothing", "14 May: 1 booking", "17 May: 1 booking", "18 May: nothing"):
        assert f" {day} " in month


def test_a_night_says_its_end_twice_and_midnight_is_the_days_end(
    desk: Desk, mira: Guest, her: Seat
) -> None:
    ask(desk, mira, NOON + 10 * HOUR)  # Tuesday, midnight in Berlin
    ask(desk, mira, NOON + DAY + 8 * HOUR)  # until midnight
    ask(desk, mira, NOON + 2 * DAY + 9 * HOUR, 120)  # over midnight

    week = her.page(f"{her.room}/calendar?week=2027-05-10")

    assert agenda(week) == [
        [], ["00:00 to 02:00", "22:00 to 00:00"], ["23:00 to 01:00"], ["until 01:00"], [], [], [],
    ]  # fmt: skip


@pytest.mark.slow
def test_she_is_told_before_the_tap_that_she_is_taken(desk: Desk, mira: Guest, her: Seat) -> None:
    held, same, close, free = (ask(desk, mira, START + hours * HOUR) for hours in (0, 1, 2, 3))
    assert "You are taken then" not in her.page(her.room)
    desk.salon.do("accept", desk.salon.owner_of(escort_of(mira)), held)

    html = her.page(her.room)
    requests = {
        str(one): words(html.partition(f'id="when-{one}"')[2].partition("</article>")[0])
        for one in (same, close, free)
    }
    taken = "You are taken then Thursday 13 May 2027, 14:00 to 16:00, waiting for the deposit"
    assert f"{taken} It cannot be accepted" in requests[str(same)]
    assert f"{taken}, and between the two there is too little time" in requests[str(close)]
    assert "You are taken" not in requests[str(free)]
    assert f'href="{her.room}/{held}"' in html
    assert taken in words(her.page(f"{her.room}/{same}"))
    assert "You are taken" not in her.page(f"{her.room}/{held}")
    # What it says is what happens; and a hold whose deposit is late holds nothing.
    assert whole(her.post(f"{her.room}/{same}/inbox/accept"), 409).count("You are taken then") == 2
    desk.at(NOON + timedelta(hours=6))
    assert "You are taken" not in her.page(her.room)
    her.follow(her.post(f"{her.room}/{same}/inbox/accept"))


def test_what_she_asks_for_is_not_offered_to_ask_for_once_more(
    desk: Desk, mira: Guest, her: Seat
) -> None:
    leo = desk.client()
    asked = desk.salon.ask(leo.user_id, escort_of(mira), START).id
    slot = 'name="start" value="2027-05-13T12:30:00+00:00@berlin"'
    assert slot in Seat.of(leo).page(f"/bookings/{asked}")
    her.follow(her.post(f"{her.room}/{asked}/propose", date="2027-05-13", time="14:30"))

    page = Seat.of(leo).page(f"/bookings/{asked}")
    assert slot not in page
    assert page.count('name="start" value=') == 3


def test_the_summary_says_by_when_she_answers(desk: Desk, mira: Guest) -> None:
    leo, new = Seat.of(desk.client()), f"/bookings/new/p-{mira.escort_id}"
    chosen: Values = {"service": "dinner", "duration": "120", "venue": "incall"}

    for start, said in (
        (START, "has 24 hours to answer"), (NOON + 5 * HOUR, "answers before it begins"),
    ):  # fmt: skip
        slot: Values = {"start": f"{start.isoformat()}@berlin"}
        assert said in words(whole(leo.post(f"{new}/summary", chosen | slot)))
