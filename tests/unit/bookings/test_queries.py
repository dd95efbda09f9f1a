"""Days that an availability is asked for, in the weeks in which the clock moves too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bookings.domain.calendar import STEP, Calendar, Meeting, OpenPeriod, Padding, Place, starts
from bookings.domain.spans import Span
from bookings.domain.venue import Venue
from bookings.schemas.queries import AvailabilityQuery

ZURICH = "Europe/Zurich"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 10, 25), 169), (date(2026, 3, 29), 167), (date(2026, 6, 7), 168)],
)
def test_a_week_of_days_has_all_its_hours(day: date, hours: int) -> None:
    query = AvailabilityQuery.model_validate({"from": day})

    within = query.within(NOW, ZURICH)

    assert within.length == timedelta(hours=hours)
    until = AvailabilityQuery.model_validate({"from": day, "to": day + timedelta(days=7)})
    assert until.within(NOW, ZURICH) == within


def test_a_moment_is_followed_by_seven_times_24_hours() -> None:
    moment = datetime(2026, 10, 24, 22, tzinfo=UTC)
    query = AvailabilityQuery.model_validate({"from": moment.isoformat()})

    assert query.within(NOW, ZURICH) == Span(moment, moment + timedelta(days=7))


@pytest.mark.parametrize(("day", "quarters"), [(date(2026, 10, 25), 24), (date(2026, 3, 29), 16)])
def test_every_quarter_of_that_night_is_there_once(day: date, quarters: int) -> None:
    """Open through the night until 06:00, looked at from midnight on; meetings of an hour."""
    within = AvailabilityQuery.model_validate({"from": day}).within(NOW, ZURICH)
    open_until = within.start + (quarters + 4) * STEP
    place = Place("zurich", ZURICH)
    night = OpenPeriod(Span(within.start - timedelta(hours=4), open_until), place)
    calendar = Calendar(
        [night], [], Padding(timedelta(), timedelta()), NOW, NOW + timedelta(days=365)
    )

    for zone in (UTC, ZoneInfo(ZURICH)):
        asked = Span(within.start.astimezone(zone), within.end)
        found = starts(calendar, Meeting(timedelta(hours=1), Venue.INCALL), asked)
        assert [start.at for start in found] == [
            within.start + number * STEP for number in range(quarters + 1)
        ]
