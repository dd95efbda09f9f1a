"""Availability of start times, compared with a minute-by-minute search."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bookings.domain.calendar import (
    SLOT_STEP,
    Buffers,
    Calendar,
    CityZone,
    Meeting,
    OpenPeriod,
    StartSlot,
    list_slots,
    require_bookable,
)
from bookings.domain.venue import Venue
from escorts.domain.availability import open_periods
from kit.errors import DomainError, Invalid
from kit.intervals import Interval
from kit.local_time import to_utc
from tests.factories.availability import MINUTE, Case, cases, minutes_open
from tests.factories.bookings import DAY, HOUR, NOON

BERLIN = CityZone("berlin", "Europe/Berlin")
_minutes = st.integers(0, 120).map(lambda number: number * MINUTE)


def calendar_of(case: Case, draw: st.DataObject) -> Calendar:
    """Return a calendar over the schedule of a case, with some holds."""
    first, last = case.window.start, case.window.end
    length = int((last - first) / MINUTE)
    offsets = st.integers(-60, length + 60)
    holds = [
        Interval(first + begin * MINUTE, first + (begin + lasts) * MINUTE)
        for begin, lasts in draw.draw(
            st.lists(st.tuples(offsets, st.integers(1, 240)), max_size=4), label="holds"
        )
    ]
    return Calendar(
        open_periods=[
            OpenPeriod(Interval(p.start, p.end), CityZone(p.place.city, p.place.zone))
            for p in open_periods(case.schedule, first, last)
        ],
        holds=holds,
        buffers=Buffers(draw.draw(_minutes, label="before"), draw.draw(_minutes, label="after")),
        earliest=first + draw.draw(st.integers(-60, 300), label="notice") * MINUTE,
        latest=last - draw.draw(st.integers(-60, 300), label="horizon") * MINUTE,
    )


def every_minute(case: Case, calendar: Calendar, meeting: Meeting) -> set[StartSlot]:
    """Return every possible start, found without interval arithmetic."""
    is_open = {(CityZone(place.city, place.zone), at) for place, at in minutes_open(case)}
    places = {place for place, _ in is_open}
    held = {
        hold.start + number * MINUTE
        for hold in calendar.holds
        for number in range(int(hold.length / MINUTE))
    }
    found = set()
    at = case.window.start + (NOON - case.window.start) % SLOT_STEP
    while at < case.window.end:
        around = range(
            -int(calendar.buffers.before / MINUTE),
            int((meeting.duration + calendar.buffers.after) / MINUTE),
        )
        if calendar.earliest <= at <= calendar.latest and not any(
            at + number * MINUTE in held for number in around
        ):
            needed = range(int(meeting.required_open_time / MINUTE))
            found |= {
                StartSlot(at, place)
                for place in places
                if all((place, at + number * MINUTE) in is_open for number in needed)
            }
        at += SLOT_STEP
    return found


@pytest.mark.slow
@settings(deadline=None, max_examples=80)
@given(case=cases(), quarters=st.sampled_from([2, 3, 4, 8, 33]), draw=st.data())
def test_list_slots_matches_minute_by_minute_search(
    case: Case, quarters: int, draw: st.DataObject
) -> None:
    calendar = calendar_of(case, draw)
    meeting = Meeting(quarters * SLOT_STEP, draw.draw(st.sampled_from(Venue), label="venue"))

    shown = list_slots(calendar, meeting, Interval(case.window.start, case.window.end))

    slow = every_minute(case, calendar, meeting)
    event("something is free" if slow else "nothing is free")
    assert shown == sorted(slow)
    at = case.window.start + (NOON - case.window.start) % SLOT_STEP
    while at < case.window.end:
        listed = [start for start in shown if start.at == at]
        try:
            assert require_bookable(calendar, meeting, at) == listed[0]
        except DomainError:
            assert listed == []
        at += SLOT_STEP


def a_calendar(**changes: object) -> Calendar:
    """Return a calendar open for a day in Berlin, without holds, with half an hour after each meeting."""
    fields: dict[str, object] = {
        "open_periods": [OpenPeriod(Interval(NOON, NOON + 10 * HOUR), BERLIN)],
        "holds": [],
        "buffers": Buffers(timedelta(), HOUR / 2),
        "earliest": NOON - DAY,
        "latest": NOON + 30 * DAY,
    }
    return Calendar(**(fields | changes))  # type: ignore[arg-type]


TWO_HOURS = Meeting(2 * HOUR, Venue.INCALL)


@pytest.mark.parametrize(
    ("meeting", "at", "code"),
    [
        (TWO_HOURS, NOON - DAY - SLOT_STEP, "start-too-soon"),
        (TWO_HOURS, NOON + 30 * DAY + SLOT_STEP, "start-too-far"),
        (TWO_HOURS, NOON + MINUTE, "start-not-on-quarter"),
        (TWO_HOURS, NOON - SLOT_STEP, "outside-hours"),
        (TWO_HOURS, NOON + 8 * HOUR + SLOT_STEP, "outside-hours"),
        (Meeting(timedelta(), Venue.INCALL), NOON, "duration-out-of-bounds"),
        (Meeting(15 * DAY, Venue.INCALL), NOON, "duration-out-of-bounds"),
        (Meeting(50 * MINUTE, Venue.INCALL), NOON, "duration-not-in-quarters"),
    ],
    ids=["past", "far", "odd", "before", "after", "zero", "long", "minutes"],
)
def test_require_bookable_invalid_start_raises_specific_code(
    meeting: Meeting, at: datetime, code: str
) -> None:
    with pytest.raises(DomainError) as caught:
        require_bookable(a_calendar(), meeting, at)

    assert caught.value.code == code


def test_list_slots_next_to_hold_keeps_buffers() -> None:
    held = Interval(NOON + 4 * HOUR, NOON + 6 * HOUR + HOUR / 2)  # four to six, and half an hour
    calendar = a_calendar(holds=[held])

    free = [start.at for start in list_slots(calendar, TWO_HOURS, Interval(NOON, NOON + DAY))]

    before, after = NOON + 2 * HOUR - HOUR / 2, NOON + 6 * HOUR + HOUR / 2
    assert (before in free, before + SLOT_STEP in free) == (True, False)
    assert (after in free, after - SLOT_STEP in free) == (True, False)
    with pytest.raises(DomainError) as caught:
        require_bookable(calendar, TWO_HOURS, before + SLOT_STEP)
    assert caught.value.code == "time-taken"


def test_require_bookable_long_meeting_needs_open_start_only() -> None:
    night = Meeting(12 * HOUR, Venue.OUTCALL)

    assert require_bookable(a_calendar(), night, NOON + 9 * HOUR).place == BERLIN
    with pytest.raises(DomainError):
        require_bookable(a_calendar(), night, NOON + 9 * HOUR + SLOT_STEP)


def test_require_bookable_with_city_returns_slot_in_city() -> None:
    both = [
        OpenPeriod(Interval(NOON, NOON + DAY), CityZone(c, "Europe/Berlin"))
        for c in ("bonn", "ulm")
    ]

    assert require_bookable(a_calendar(open_periods=both), TWO_HOURS, NOON).place.city == "bonn"
    assert (
        require_bookable(a_calendar(open_periods=both), TWO_HOURS, NOON, "ulm").place.city == "ulm"
    )
    with pytest.raises(DomainError):
        require_bookable(a_calendar(open_periods=both), TWO_HOURS, NOON, "kiel")


def test_to_utc_skipped_time_raises_invalid() -> None:
    with pytest.raises(Invalid) as caught:
        to_utc(date(2027, 3, 28), time(2, 30), "Europe/Berlin")

    assert (caught.value.code, caught.value.field) == ("time-skipped", "time")
    twice = to_utc(date(2027, 10, 31), time(2, 30), "Europe/Berlin")
    assert twice.isoformat() == "2027-10-31T00:30:00+00:00"
