"""A search's conditions as SQL over `escorts.profile_search s`; every value is a parameter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from escorts.domain.search import MINOR_UNITS, Criteria, Tonight, Weekday, When

_DISTANCE = """
12742 * asin(least(1, sqrt(
    power(sind((s.latitude_e2 / 100.0::float8 - %(latitude)s) / 2), 2)
    + cosd(%(latitude)s) * cosd(s.latitude_e2 / 100.0::float8)
      * power(sind((s.longitude_e2 / 100.0::float8 - %(longitude)s) / 2), 2))))
"""
# A visit could begin within these times, tried every half hour.
_BEGINS_WITHIN = """
EXISTS (SELECT FROM generate_series(lower({starts}), upper({starts}), interval '30 minutes') AS b (at)
        WHERE escorts.is_open_in(s.profile_id, s.city,
                                 tstzrange(b.at, b.at + make_interval(mins => %(minutes)s))))
"""


@dataclass(frozen=True, slots=True)
class Window:
    """What a moment means in the cities of one zone.

    `weekly` are the minutes of the local week that it covers, or None where clocks change nearby.
    """

    cities: list[str]
    starts: datetime
    ends: datetime
    weekly: str | None


@dataclass
class Filters:
    """Conditions that all hold, and their parameters."""

    conditions: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **parameters: Any) -> None:
        """Demand one more thing."""
        self.conditions.append(condition)
        self.parameters |= parameters

    @property
    def sql(self) -> str:
        """The conditions, joined."""
        return " AND ".join(self.conditions)


def filters(
    criteria: Criteria,
    masks: Mapping[str, int],
    windows: Sequence[Window],
    now: datetime,
) -> Filters:
    """Return what a row has to fulfil, apart from where it is and the words of `text`."""
    made = Filters()
    made.add("s.public_until > %(now)s", now=now)
    _masks(made, masks)
    _ranges(made, criteria)
    if criteria.featured_only:
        made.add("s.featured")
    if criteria.among is not None:
        made.add("s.profile_id = ANY (%(among)s)", among=list(criteria.among))
    if criteria.around is not None:
        made.add(
            f"{_DISTANCE} <= %(radius)s",
            latitude=criteria.around.latitude,
            longitude=criteria.around.longitude,
            radius=criteria.around.radius_km,
        )
    if criteria.when is not None:
        _when(made, criteria.when, windows)
    return made


def distance(criteria: Criteria) -> str:
    """Return the expression of how far away a row is, if the search has a middle."""
    return _DISTANCE if criteria.around is not None else "NULL::float8"


def _masks(made: Filters, masks: Mapping[str, int]) -> None:
    conditions = {
        "services": "s.services & %(services)s::bigint = %(services)s::bigint",
        "language": "s.languages & %(language)s::bigint <> 0",
        "languages": "s.languages & %(languages)s::bigint <> 0",
        "ethnicity": "s.ethnicities & %(ethnicity)s::bigint <> 0",
        "venue": "s.venues & %(venue)s::smallint <> 0",
    }
    for name, condition in conditions.items():
        if name in masks:
            made.add(condition, **{name: masks[name]})


def _ranges(made: Filters, criteria: Criteria) -> None:
    if criteria.age_min is not None:
        made.add("s.age >= %(age_min)s", age_min=criteria.age_min)
    if criteria.age_max is not None:
        made.add("s.age <= %(age_max)s", age_max=criteria.age_max)
    if criteria.rating_min is not None:
        made.add("s.rating >= %(rating_min)s::numeric", rating_min=criteria.rating_min)
    if criteria.about_price:
        made.parameters["currency"] = criteria.currency
    if criteria.price_min is not None or criteria.price_max is not None:
        made.add("s.currency = %(currency)s")
    if criteria.price_min is not None:
        made.add("s.price_from >= %(price_min)s", price_min=criteria.price_min * MINOR_UNITS)
    if criteria.price_max is not None:
        made.add("s.price_from <= %(price_max)s", price_max=criteria.price_max * MINOR_UNITS)


def _when(made: Filters, when: When, windows: Sequence[Window]) -> None:
    if isinstance(when, Weekday):
        made.add(
            "s.weekly && int4range(%(weekday)s, %(weekday)s + 1440)",
            weekday=(when.number - 1) * 1440,
        )
        return
    overlaps = isinstance(when, Tonight)
    anything = "{[0,10080)}" if overlaps else "{}"
    weekly = [window.weekly or anything for window in windows]
    test = "&&" if overlaps else "@>"
    # The cheap look at the week spares most rows the exact one.
    made.add(f"(s.irregular OR s.weekly {test} {_by_city(made, 'week', windows, weekly)})")
    end = "]" if overlaps else ")"
    spans = [f"[{item.starts.isoformat()},{item.ends.isoformat()}{end}" for item in windows]
    during = _by_city(made, "during", windows, spans, "tstzrange")
    if overlaps:
        made.add(_BEGINS_WITHIN.format(starts=during), minutes=when.minutes)
    else:
        made.add(f"escorts.is_open_in(s.profile_id, s.city, {during})")


def _by_city(
    made: Filters,
    name: str,
    windows: Sequence[Window],
    values: Sequence[str],
    kind: str = "int4multirange",
) -> str:
    """Return the value that counts in a row's city; where all are the same, simply that."""
    if len(set(values)) == 1:
        made.parameters[name] = values[0]
        return f"%({name})s::{kind}"
    cases = []
    for number, (window, value) in enumerate(zip(windows, values, strict=True)):
        made.parameters |= {f"{name}{number}": value, f"{name}_in{number}": window.cities}
        cases.append(f"WHEN s.city = ANY (%({name}_in{number})s) THEN %({name}{number})s::{kind}")
    return f"CASE {' '.join(cases)} END"
