"""When a meeting may begin: the one function against a clock that is read every minute."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bookings.domain.calendar import (
    STEP,
    Calendar,
    Meeting,
    OpenPeriod,
    Padding,
    Place,
    Start,
    bookable,
    starts,
)
from bookings.domain.moments import instant
from bookings.domain.spans import Span
from bookings.domain.venue import Venue
from escorts.domain.availability import open_periods
from kit.errors import DomainError, Invalid
from tests.factories.availability import MINUTE, Case, cases, minutes_open
from tests.factories.bookings import DAY, HOUR, NOON

BERLIN = Place("berlin", "Europe/Berlin")
_minutes = st.integers(0, 120).map(lambda number: number * MINUTE)


def calendar_of(case: Case, draw: st.DataObject) -> Calendar:
    """A calendar over the schedule of a case, some of it held."""
    first, last = case.window.start, case.window.end
    length = int((last - first) / MINUTE)
    offsets = st.integers(-60, length + 60)
    holds = [
        Span(first + begin * MINUTE, first + (begin + lasts) * MINUTE)
        for begin, lasts in draw.draw(
            st.lists(st.tuples(offsets, st.integers(1, 240)), max_size=4), label="holds"
        )
    ]
    return Calendar(
        open=[
            OpenPeriod(Span(p.start, p.end), Place(p.place.city, p.place.zone))
            for p in open_periods(case.schedule, first, last)
        ],
        holds=holds,
        padding=Padding(draw.draw(_minutes, label="before"), draw.draw(_minutes, label="after")),
        earliest=first + draw.draw(st.integers(-60, 300), label="notice") * MINUTE,
        latest=last - draw.draw(st.integers(-60, 300), label="horizon") * MINUTE,
    )


def every_minute(case: Case, calendar: Calendar, meeting: Meeting) -> set[Start]:
    """Every start that is possible, found without computing with stretches of time."""
    is_open = {(Place(place.city, place.zone), at) for place, at in minutes_open(case)}
    places = {place for place, _ in is_open}
    held = {
        hold.start + number * MINUTE
        for hold in calendar.holds
        for number in range(int(hold.length / MINUTE))
    }
    found = set()
    at = case.window.start + (NOON - case.window.start) % STEP
    while at < case.window.end:
        around = range(
            -int(calendar.padding.before / MINUTE),
            int((meeting.duration + calendar.padding.after) / MINUTE),
        )
        if calendar.earliest <= at <= calendar.latest and not any(
            at + number * MINUTE in held for number in around
        ):
            needed = range(int(meeting.needs_open / MINUTE))
            found |= {
                Start(at, place)
                for place in places
                if all((place, at + number * MINUTE) in is_open for number in needed)
            }
        at += STEP
    return found


@pytest.mark.slow
@settings(deadline=None, max_examples=80)
@given(case=cases(), quarters=st.sampled_from([2, 3, 4, 8, 33]), draw=st.data())
def test_the_answer_is_what_a_clock_on_the_wall_says(
    case: Case, quarters: int, draw: st.DataObject
) -> None:
    calendar = calendar_of(case, draw)
    meeting = Meeting(quarters * STEP, draw.draw(st.sampled_from(Venue), label="venue"))

    shown = starts(calendar, meeting, Span(case.window.start, case.window.end))

    slow = every_minute(case, calendar, meeting)
    event("something is free" if slow else "nothing is free")
    assert shown == sorted(slow)
    at = case.window.start + (NOON - case.window.start) % STEP
    while at < case.window.end:
        listed = [start for start in shown if start.at == at]
        try:
            assert bookable(calendar, meeting, at) == listed[0]
        except DomainError:
            assert listed == []
        at += STEP


def a_calendar(**changes: object) -> Calendar:
    """Open for a day in Berlin, nothing held, half an hour after each meeting."""
    fields: dict[str, object] = {
        "open": [OpenPeriod(Span(NOON, NOON + 10 * HOUR), BERLIN)],
        "holds": [],
        "padding": Padding(timedelta(), HOUR / 2),
        "earliest": NOON - DAY,
        "latest": NOON + 30 * DAY,
    }
    return Calendar(**(fields | changes))  # type: ignore[arg-type]


TWO_HOURS = Meeting(2 * HOUR, Venue.INCALL)


@pytest.mark.parametrize(
    ("meeting", "at", "code"),
    [
        (TWO_HOURS, NOON - DAY - STEP, "start-too-soon"),
        (TWO_HOURS, NOON + 30 * DAY + STEP, "start-too-far"),
        (TWO_HOURS, NOON + MINUTE, "start-odd"),
        (TWO_HOURS, NOON - STEP, "outside-hours"),
        (TWO_HOURS, NOON + 8 * HOUR + STEP, "outside-hours"),
        (Meeting(timedelta(), Venue.INCALL), NOON, "duration-out-of-bounds"),
        (Meeting(15 * DAY, Venue.INCALL), NOON, "duration-out-of-bounds"),
        (Meeting(50 * MINUTE, Venue.INCALL), NOON, "duration-odd"),
    ],
    ids=["past", "far", "odd", "before", "after", "zero", "long", "minutes"],
)
def test_each_refusal_has_its_own_words(meeting: Meeting, at: datetime, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        bookable(a_calendar(), meeting, at)

    assert caught.value.code == code


def test_meetings_may_touch_but_for_the_buffers() -> None:
    held = Span(NOON + 4 * HOUR, NOON + 6 * HOUR + HOUR / 2)  # four to six, and half an hour
    calendar = a_calendar(holds=[held])

    free = [start.at for start in starts(calendar, TWO_HOURS, Span(NOON, NOON + DAY))]

    before, after = NOON + 2 * HOUR - HOUR / 2, NOON + 6 * HOUR + HOUR / 2
    assert (before in free, before + STEP in free) == (True, False)
    assert (after in free, after - STEP in free) == (True, False)
    with pytest.raises(DomainError) as caught:
        bookable(calendar, TWO_HOURS, before + STEP)
    assert caught.value.code == "time-taken"


def test_a_night_begins_in_the_evening() -> None:
    night = Meeting(12 * HOUR, Venue.OUTCALL)

    assert bookable(a_calendar(), night, NOON + 9 * HOUR).place == BERLIN
    with pytest.raises(DomainError):
        bookable(a_calendar(), night, NOON + 9 * HOUR + STEP)


def test_a_city_may_be_named() -> None:
    both = [OpenPeriod(Span(NOON, NOON + DAY), Place(c, "Europe/Berlin")) for c in ("bonn", "ulm")]

    assert bookable(a_calendar(open=both), TWO_HOURS, NOON).place.city == "bonn"
    assert bookable(a_calendar(open=both), TWO_HOURS, NOON, "ulm").place.city == "ulm"
    with pytest.raises(DomainError):
        bookable(a_calendar(open=both), TWO_HOURS, NOON, "kiel")


def test_a_time_that_the_clock_skips() -> None:
    with pytest.raises(Invalid) as caught:
        instant(date(2027, 3, 28), time(2, 30), "Europe/Berlin")

    assert (caught.value.code, caught.value.field) == ("time-skipped", "time")
    twice = instant(date(2027, 10, 31), time(2, 30), "Europe/Berlin")
    assert twice.isoformat() == "2027-10-31T00:30:00+00:00"
