"""Tours: their intervals, and the rules for dates and cities."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from escorts.domain.profiles import City
from escorts.domain.tours import MAX_DAYS_AHEAD, MAX_TOUR_DAYS, NewTour, Tour, validate_tour
from kit.errors import Invalid
from kit.intervals import Interval

AUCKLAND = City("auckland", "Auckland", "NZ", "Pacific/Auckland", "NZD", -36.8, 174.8, listed=True)
NOW = datetime(2027, 6, 3, 13, tzinfo=UTC)
"""In Auckland this is the fourth of June already."""
PLAN = NewTour("auckland", date(2027, 6, 4), date(2027, 6, 5))


def refusal(plan: NewTour, city: City = AUCKLAND, home: str = "berlin", known: int = 0) -> str:
    tours = [Tour(UUID(int=1), city.zone, replace(plan, last_day=plan.first_day))] * known
    with pytest.raises(Invalid) as refused:
        validate_tour(plan, city, home, NOW, tours, "tours.2.")
    return refused.value.field or ""


def test_tour_span_includes_both_days_in_local_time() -> None:
    begin = datetime(2027, 6, 3, 12, tzinfo=UTC)
    tour = Tour(UUID(int=1), "Pacific/Auckland", PLAN)
    assert tour.span == Interval(begin, begin + timedelta(days=2))
    validate_tour(PLAN, AUCKLAND, "berlin", NOW, [])


def test_invalid_tour_names_field() -> None:
    day = timedelta(days=1)
    assert refusal(PLAN, home="auckland") == "tours.2.city"
    assert refusal(PLAN, replace(AUCKLAND, listed=False)) == "tours.2.city"
    assert refusal(replace(PLAN, last_day=PLAN.first_day - day)) == "tours.2.to"
    assert refusal(replace(PLAN, last_day=PLAN.first_day + MAX_TOUR_DAYS * day)) == "tours.2.to"
    far = PLAN.first_day + (MAX_DAYS_AHEAD + 1) * day
    assert refusal(replace(PLAN, first_day=far, last_day=far)) == "tours.2.from"
    validate_tour(
        replace(PLAN, last_day=PLAN.first_day + (MAX_TOUR_DAYS - 1) * day),
        AUCKLAND,
        "berlin",
        NOW,
        [],
    )


def test_started_tour_may_be_changed_but_not_added() -> None:
    begun = replace(PLAN, first_day=date(2027, 6, 3))
    assert refusal(begun) == "tours.2.from"
    validate_tour(begun, AUCKLAND, "berlin", NOW, [Tour(UUID(int=1), AUCKLAND.zone, begun)])
    over = replace(begun, last_day=begun.first_day)
    assert refusal(over, known=1) == "tours.2.to"
