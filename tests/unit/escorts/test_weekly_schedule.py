"""Weekly schedule for visitors: whole evenings, only days with time, and the city."""

from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from escorts.domain.availability import AvailabilityPlace, Schedule, open_periods
from escorts.domain.offer import WeeklyRule
from escorts.domain.profiles import City
from escorts.domain.tours import NewTour, Tour
from escorts.pages.labels import DayRow
from escorts.pages.weekly_schedule import WeeklySchedule, build_weekly_schedule
from escorts.service.public_availability import LOOKAHEAD, UpcomingAvailability

BERLIN = AvailabilityPlace("berlin", "Europe/Berlin")
CITIES = {
    "berlin": City("berlin", "Berlin", "DE", "Europe/Berlin", "EUR", 0, 0, listed=True),
    "wellington": City(
        "wellington", "Wellington", "NZ", "Pacific/Auckland", "NZD", 0, 0, listed=True
    ),
}
EVENING = WeeklyRule(5, time(18), time(2))
FRIDAY, SATURDAY = date(2026, 5, 8), date(2026, 5, 9)


def schedule_at(
    rules: tuple[WeeklyRule, ...], at: datetime, tours: tuple[Tour, ...] = ()
) -> WeeklySchedule:
    """Return the page's schedule at a local time in Berlin."""
    start = at.replace(tzinfo=ZoneInfo(BERLIN.zone)).astimezone(UTC)
    schedule = Schedule(BERLIN, rules, tours=tours)
    periods = open_periods(schedule, start, start + LOOKAHEAD)
    ahead = [tour for tour in tours if tour.span.end > start]
    return build_weekly_schedule(
        UpcomingAvailability(
            schedule, start, start + LOOKAHEAD, periods, ahead, CITIES, available_now=False
        )
    )


def tour(first: date, last: date, *, at_home: bool = False) -> Tour:
    plan = NewTour("wellington", first, last, at_home)
    return Tour(UUID(int=1), CITIES["wellington"].zone, plan)


def test_schedule_shows_evening_as_one_row_and_skips_empty_days() -> None:
    week = schedule_at((EVENING,), datetime.combine(date(2026, 5, 5), time(12)))

    assert week.days == [DayRow("Fri 8 May", "", ["18:00–02:00"])]
    assert not week.full
    assert week.status == ""


@pytest.mark.parametrize(
    ("hour", "rows", "status"),
    [
        (12, [DayRow("Today", "", ["18:00–02:00"])], "Available tonight"),
        (20, [DayRow("Today", "", ["18:00–02:00"])], "Available now"),
    ],
    ids=["before", "during"],
)
def test_schedule_of_today_depends_on_hour(hour: int, rows: list[DayRow], status: str) -> None:
    week = schedule_at((EVENING,), datetime.combine(FRIDAY, time(hour)))

    assert (week.days, week.status) == (rows, status)


def test_schedule_after_midnight_continues_last_evening() -> None:
    week = schedule_at(
        (EVENING, WeeklyRule(6, time(19), time())), datetime.combine(SATURDAY, time(1))
    )

    assert week.days[0] == DayRow("Today", "", ["until 02:00", "19:00–24:00"])
    assert week.days[1].name == "Fri 15 May"
    assert week.status == "Available now"


def test_status_tonight_requires_an_hour_like_the_search() -> None:
    late = datetime.combine(FRIDAY, time(17))

    assert schedule_at((WeeklyRule(5, time(17, 30), time(18, 30)),), late).status == ""
    assert schedule_at((WeeklyRule(5, time(17, 30), time(19)),), late).status == "Available tonight"


def test_schedule_round_the_clock_shows_seven_full_days() -> None:
    always = tuple(WeeklyRule(number, time(), time()) for number in range(1, 8))
    week = schedule_at(always, datetime.combine(FRIDAY, time(1)))

    assert [row.hours for row in week.days] == [["all day"]] * 7
    assert [row.name for row in week.days[:3]] == ["Today", "Tomorrow", "Sun 10 May"]
    assert week.full


def test_schedule_on_tour_uses_local_time_of_city() -> None:
    away = tour(FRIDAY, SATURDAY)
    week = schedule_at((EVENING,), datetime.combine(date(2026, 5, 7), time(12)), (away,))

    assert week.days == [DayRow("Tomorrow", "Wellington", ["18:00–02:00"])]
    assert [(visit.city, visit.dates, visit.until, visit.now) for visit in week.tours] == [
        ("Wellington", "Fri 8 May – Sat 9 May", "Sat 9 May", False)
    ]


def test_status_now_on_tour_names_city() -> None:
    # Eight in the morning in Berlin is six in the evening in Wellington.
    morning = datetime.combine(FRIDAY, time(9))
    away = schedule_at((EVENING,), morning, (tour(FRIDAY, SATURDAY),))
    both = schedule_at((EVENING,), morning, (tour(FRIDAY, SATURDAY, at_home=True),))

    assert away.status == "Available now in Wellington"
    assert away.tours[0].now
    assert both.status == "Available now in Wellington"
    assert [row.place for row in both.days] == ["", "Wellington"]
