"""Availability: known clock changes, and a slow oracle that reads local time minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import event, given, settings

from escorts.domain.availability import (
    AvailabilityPlace,
    NewScheduleException,
    Period,
    Schedule,
    ScheduleException,
    is_available,
    open_periods,
    require_no_overlap,
    resolve_exception,
    validate_available_now,
    validate_exception,
)
from escorts.domain.offer import WeeklyRule
from escorts.domain.tours import NewTour, Tour
from kit.errors import Invalid
from kit.intervals import Interval
from tests.factories.availability import Case, cases, minutes_of, minutes_open

BERLIN = AvailabilityPlace("berlin", "Europe/Berlin")
ID = UUID(int=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def rule(weekday: int, start: str, end: str) -> WeeklyRule:
    return WeeklyRule(weekday, time.fromisoformat(start), time.fromisoformat(end))


def hours(schedule: Schedule, start: str, end: str) -> list[tuple[str, str]]:
    found = open_periods(schedule, utc(start), utc(end))
    return [(f"{p.start:%d %H:%M}", f"{p.end:%d %H:%M}") for p in found]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # 28 March 2027: 02:00 becomes 03:00 (01:00 UTC). 31 October: 03:00 becomes 02:00.
        (("2027-03-28", rule(7, "01:00", "04:00")), [("28 00:00", "28 02:00")]),
        (("2027-03-28", rule(7, "02:30", "05:00")), [("28 01:30", "28 03:00")]),
        (("2027-03-28", rule(6, "22:00", "02:30")), [("27 21:00", "28 01:30")]),
        (("2027-03-28", rule(7, "02:15", "02:45")), [("28 01:15", "28 01:45")]),
        (("2027-03-28", rule(7, "02:30", "03:15")), []),
        (("2027-10-31", rule(7, "02:00", "03:00")), [("31 00:00", "31 02:00")]),
        (("2027-10-31", rule(7, "02:30", "05:00")), [("31 00:30", "31 04:00")]),
        (("2027-10-31", rule(6, "22:00", "02:30")), [("30 20:00", "31 01:30")]),
        (("2027-10-31", rule(7, "00:00", "00:00")), [("30 22:00", "31 23:00")]),
    ],
)
def test_weekly_hours_on_clock_changes_give_expected_periods(
    written: tuple[str, WeeklyRule], expected: list[tuple[str, str]]
) -> None:
    day, usual = written
    noon = utc(f"{day}T12:00")
    found = open_periods(
        Schedule(BERLIN, (usual,)), noon - timedelta(days=1), noon + timedelta(days=1)
    )
    assert [(f"{p.start:%d %H:%M}", f"{p.end:%d %H:%M}") for p in found] == expected


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(cases())
def test_open_periods_agree_with_local_time_minute_by_minute(case: Case) -> None:
    periods = open_periods(case.schedule, case.window.start, case.window.end)
    event(f"places: {len({period.place for period in periods})}")
    assert minutes_of(periods) == minutes_open(case)
    assert periods == sorted(periods)
    assert all(period.start < period.end for period in periods)
    for place in {period.place for period in periods}:
        here = [period for period in periods if period.place == place]
        assert all(one.end < two.start for one, two in pairwise(here))


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(cases())
def test_is_available_requires_one_covering_period(case: Case) -> None:
    at, length = case.window.start, timedelta(minutes=5)
    open_minutes = minutes_open(Case(case.schedule, Interval(at, at + length)))
    counts = [sum(place == one for place, _ in open_minutes) for one, _ in open_minutes]
    available = is_available(case.schedule, at, length)
    event(f"available: {available}")
    assert available == (5 in counts)


def test_closed_exception_beats_open_one_and_available_now_beats_both() -> None:
    usual = rule(5, "18:00", "23:00")
    opened = ScheduleException(
        ID, True, Interval(utc("2027-06-04T10:00"), utc("2027-06-04T18:00")), "UTC"
    )
    closed = ScheduleException(
        ID, False, Interval(utc("2027-06-04T12:00"), utc("2027-06-04T20:00")), "UTC"
    )
    now = Interval(utc("2027-06-04T19:00"), utc("2027-06-04T19:30"))
    schedule = Schedule(BERLIN, (usual,), (opened, closed), available_now=now)
    assert hours(schedule, "2027-06-04T00:00", "2027-06-05T00:00") == [
        ("04 10:00", "04 12:00"),
        ("04 19:00", "04 19:30"),
        ("04 20:00", "04 21:00"),
    ]


def test_tour_hours_use_local_time_of_city_and_exclude_home() -> None:
    plan = NewTour("auckland", date(2027, 6, 4), date(2027, 6, 5))
    tour = Tour(ID, "Pacific/Auckland", plan)
    every = tuple(rule(day, "18:00", "20:00") for day in range(1, 8))
    window = utc("2027-06-03T00:00"), utc("2027-06-07T00:00")
    there, home = AvailabilityPlace("auckland", "Pacific/Auckland"), BERLIN
    away = open_periods(Schedule(BERLIN, every, tours=(tour,)), *window)
    assert [(p.place, f"{p.start:%d %H:%M}") for p in away] == [
        (there, "04 06:00"),
        (there, "05 06:00"),
        (home, "05 16:00"),
        (home, "06 16:00"),
    ]
    both = Tour(ID, tour.zone, NewTour("auckland", plan.first_day, plan.last_day, at_home=True))
    assert len(open_periods(Schedule(BERLIN, every, tours=(both,)), *window)) == 6
    own = NewTour("auckland", plan.first_day, plan.last_day, hours=(rule(6, "10:00", "11:00"),))
    found = open_periods(Schedule(BERLIN, every, tours=(Tour(ID, tour.zone, own),)), *window)
    assert found[0] == Period(utc("2027-06-04T22:00"), utc("2027-06-04T23:00"), there)


def test_exception_is_resolved_in_zone_of_tour_city() -> None:
    tour = Tour(ID, "Pacific/Auckland", NewTour("auckland", date(2027, 6, 4), date(2027, 6, 5)))
    schedule = Schedule(BERLIN, tours=(tour,))

    def span(written: NewScheduleException) -> tuple[str, str]:
        made = resolve_exception(written, schedule, ID).span
        return f"{made.start:%d %H:%M}", f"{made.end:%d %H:%M}"

    evening = NewScheduleException(True, date(2027, 6, 10), time(22), end=time(2))
    assert span(evening) == ("10 20:00", "11 00:00")
    assert span(NewScheduleException(False, date(2027, 6, 10))) == ("09 22:00", "10 22:00")
    week = NewScheduleException(False, date(2027, 6, 10), last_day=date(2027, 6, 16))
    assert span(week) == ("09 22:00", "16 22:00")
    assert span(NewScheduleException(False, date(2027, 6, 5))) == ("04 12:00", "05 12:00")


@pytest.mark.parametrize(
    ("written", "field"),
    [
        (NewScheduleException(True, date(2027, 6, 1)), "date"),
        (NewScheduleException(True, date(2027, 6, 10), last_day=date(2027, 6, 8)), "end"),
        (NewScheduleException(True, date(2027, 6, 10), last_day=date(2028, 6, 28)), "endDate"),
    ],
)
def test_invalid_exception_names_field(written: NewScheduleException, field: str) -> None:
    hours = resolve_exception(written, Schedule(BERLIN), ID)
    with pytest.raises(Invalid) as refused:
        validate_exception(hours, utc("2027-06-02T12:00"))
    assert refused.value.field == field


def test_overlapping_intervals_name_later_field() -> None:
    spans = [
        Interval(utc(f"2027-06-0{d}T00:00"), utc(f"2027-06-0{e}T00:00"))
        for d, e in ((3, 5), (1, 4))
    ]
    with pytest.raises(Invalid) as refused:
        require_no_overlap(spans, "overlap", "Overlaps.", "exceptions")
    assert refused.value.field == "exceptions.0"
    require_no_overlap(spans[:1], "overlap", "Overlaps.", "exceptions")


def test_available_now_longer_than_12_hours_is_refused() -> None:
    now = utc("2027-06-04T10:00")
    assert validate_available_now(now, utc("2027-06-04T22:00"), "minutes").end == utc(
        "2027-06-04T22:00"
    )
    for until in ("2027-06-04T22:01", "2027-06-04T10:10", "2027-06-03T10:00"):
        with pytest.raises(Invalid):
            validate_available_now(now, utc(until), "minutes")
