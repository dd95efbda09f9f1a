"""Intervals of availability queries, also in the weeks of a clock change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bookings.domain.calendar import (
    SLOT_STEP,
    Buffers,
    Calendar,
    CityZone,
    Meeting,
    OpenPeriod,
    list_slots,
)
from bookings.domain.venue import Venue
from bookings.schemas.queries import AvailabilityQuery
from kit.intervals import Interval

ZURICH = "Europe/Zurich"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 10, 25), 169), (date(2026, 3, 29), 167), (date(2026, 6, 7), 168)],
)
def test_availability_query_week_of_days_covers_clock_change(day: date, hours: int) -> None:
    query = AvailabilityQuery.model_validate({"from": day})

    within = query.within(NOW, ZURICH)

    assert within.length == timedelta(hours=hours)
    until = AvailabilityQuery.model_validate({"from": day, "to": day + timedelta(days=7)})
    assert until.within(NOW, ZURICH) == within


def test_availability_query_from_instant_covers_168_hours() -> None:
    moment = datetime(2026, 10, 24, 22, tzinfo=UTC)
    query = AvailabilityQuery.model_validate({"from": moment.isoformat()})

    assert query.within(NOW, ZURICH) == Interval(moment, moment + timedelta(days=7))


@pytest.mark.parametrize(("day", "quarters"), [(date(2026, 10, 25), 24), (date(2026, 3, 29), 16)])
def test_list_slots_clock_change_night_has_each_quarter_once(day: date, quarters: int) -> None:
    """Open through the night until 06:00, queried from midnight on; meetings of an hour."""
    within = AvailabilityQuery.model_validate({"from": day}).within(NOW, ZURICH)
    open_until = within.start + (quarters + 4) * SLOT_STEP
    place = CityZone("zurich", ZURICH)
    night = OpenPeriod(Interval(within.start - timedelta(hours=4), open_until), place)
    calendar = Calendar(
        [night], [], Buffers(timedelta(), timedelta()), NOW, NOW + timedelta(days=365)
    )

    for zone in (UTC, ZoneInfo(ZURICH)):
        asked = Interval(within.start.astimezone(zone), within.end)
        found = list_slots(calendar, Meeting(timedelta(hours=1), Venue.INCALL), asked)
        assert [start.at for start in found] == [
            within.start + number * SLOT_STEP for number in range(quarters + 1)
        ]
