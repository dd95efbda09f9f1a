"""Rates, locations and weekly hours."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escorts.domain.offer import (
    Location,
    Rate,
    Venue,
    WeeklyRule,
    distance_km,
    require_consistent_rates,
    require_disjoint_hours,
    require_within_city,
    rounded_location,
)
from kit.errors import Invalid
from kit.money import Money

WEEK = 7 * 24 * 60


def rule(weekday: int, start: str, end: str) -> WeeklyRule:
    return WeeklyRule(weekday, time.fromisoformat(start), time.fromisoformat(end))


def test_hours_past_midnight_end_on_next_day() -> None:
    assert rule(1, "18:00", "02:00").minutes() == (18 * 60, 26 * 60)
    assert rule(7, "00:00", "00:00").minutes() == (6 * 24 * 60, WEEK)


@pytest.mark.parametrize(
    "rules",
    [
        [rule(1, "10:00", "12:00"), rule(1, "11:59", "13:00")],
        [rule(1, "18:00", "02:00"), rule(2, "01:00", "03:00")],
        [rule(7, "22:00", "02:00"), rule(1, "01:00", "03:00")],
        [rule(3, "10:00", "10:00"), rule(3, "12:00", "13:00")],
    ],
)
def test_overlapping_hours_are_refused(rules: list[WeeklyRule]) -> None:
    for order in (rules, rules[::-1]):
        with pytest.raises(Invalid) as refused:
            require_disjoint_hours(order)
        assert refused.value.code == "hours-overlap"


@pytest.mark.parametrize(
    "rules",
    [
        [rule(1, "10:00", "12:00"), rule(1, "12:00", "00:00"), rule(2, "00:00", "01:00")],
        [rule(7, "22:00", "02:00"), rule(1, "02:00", "03:00")],
        [rule(day, "00:00", "00:00") for day in range(1, 8)],
        [],
    ],
)
def test_touching_hours_are_accepted(rules: list[WeeklyRule]) -> None:
    require_disjoint_hours(rules)
    # The same hours a second time overlap.
    for item in rules:
        with pytest.raises(Invalid):
            require_disjoint_hours([*rules, item])


RULES = st.builds(
    WeeklyRule,
    st.integers(1, 7),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)


@given(st.lists(RULES, max_size=4))
def test_overlap_check_agrees_with_counting_minutes(rules: list[WeeklyRule]) -> None:
    minutes = [m % WEEK for item in rules for m in range(*item.minutes())]
    try:
        require_disjoint_hours(rules)
    except Invalid:
        assert len(minutes) > len(set(minutes))
    else:
        assert len(minutes) == len(set(minutes))


def rate(service: str = "dinner", minutes: int = 60, venue: Venue = Venue.INCALL) -> Rate:
    return Rate(service, minutes, Money(200_00, "EUR"), venue)


def test_rate_without_service_or_with_duplicate_key_is_refused() -> None:
    require_consistent_rates([rate(), rate(venue=Venue.OUTCALL), rate(minutes=120)], ["dinner"])
    with pytest.raises(Invalid, match="Add Massage"):
        require_consistent_rates([rate("massage")], ["dinner"])
    with pytest.raises(Invalid) as refused:
        require_consistent_rates([rate(), rate()], ["dinner"])
    assert (refused.value.code, refused.value.field) == ("rate-twice", "rates.1")


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_rounded_location_loses_exact_point_within_a_kilometre(
    latitude: float, longitude: float
) -> None:
    place = rounded_location(Location("Mitte", latitude, longitude))
    assert place.latitude == pytest.approx(latitude, abs=0.005 + 1e-9)
    assert place.longitude == pytest.approx(longitude, abs=0.005 + 1e-9)
    assert place == rounded_location(place)


def test_location_without_point_stays_without() -> None:
    assert rounded_location(Location("Mitte")) == Location("Mitte")
    require_within_city([Location("Mitte")], 52.52, 13.40)


def test_location_far_from_city_is_refused() -> None:
    require_within_city([Location("Potsdam", 52.40, 13.06)], 52.52, 13.40)
    with pytest.raises(Invalid) as refused:
        require_within_city([Location("Hamburg", 53.55, 9.99)], 52.52, 13.40)
    assert refused.value.field == "locations.0"


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180))
def test_distance_is_symmetric_and_bounded(a: float, b: float, c: float, d: float) -> None:
    assert distance_km(a, b, c, d) == pytest.approx(distance_km(c, d, a, b), abs=1e-6)
    assert 0 <= distance_km(a, b, c, d) <= 20_016


def test_distance_between_known_cities() -> None:
    assert distance_km(52.52, 13.405, 53.5511, 9.9937) == pytest.approx(255, abs=2)
