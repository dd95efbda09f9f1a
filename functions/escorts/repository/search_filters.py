"""A search's conditions as SQL over `escorts.profile_search s`; every value is a parameter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from escorts.domain.search import MINOR_UNITS, Criteria, Weekday, When

_DISTANCE = """
12742 * asin(least(1, sqrt(
    power(sind((s.latitude_e2 / 100.0::float8 - %(latitude)s) / 2), 2)
    + cosd(%(latitude)s) * cosd(s.latitude_e2 / 100.0::float8)
      * power(sind((s.longitude_e2 / 100.0::float8 - %(longitude)s) / 2), 2))))
"""
# Whoever is away is not at home, and who is on tour is there for its days alone.
_THERE = "(s.presence IS NULL OR s.presence @> %(now)s::timestamptz)"
_MAY_BE_THERE = "(s.presence IS NULL OR s.presence && tstzrange(%(earliest)s, %(latest)s, '[]'))"
# One person, one result: at home if both places fit, else where the alphabet has it first.
_ONCE = """
NOT (s.visiting AND EXISTS (
    SELECT FROM (SELECT s.profile_id AS id, s.city AS here) mine
    CROSS JOIN escorts.profile_search s
    WHERE s.profile_id = mine.id AND (NOT s.visiting OR s.city < mine.here)
        AND s.{column} = ANY ({keys}) AND {conditions}))
"""
# Who keeps to the week is free if one of the slots lies in her hours. For everybody else, and where
# the clocks change nearby, the hours themselves are worked out. What bookings hold is not free.
_NOT_TAKEN = """NOT EXISTS (SELECT FROM bookings.busy_slots_v1 b WHERE b.profile_id = s.profile_id
            AND b.buffered_period && tstzrange(t.at, t.at + make_interval(mins => %(minutes)s)))"""
_FREE = """
CASE WHEN NOT s.irregular AND {steady}
    THEN EXISTS (
        SELECT FROM unnest({slots}, {starts}) AS t (slot, at)
        WHERE s.weekly @> t.slot AND (s.presence IS NULL
            OR s.presence @> tstzrange(t.at, t.at + make_interval(mins => %(minutes)s)))
            AND {not_taken})
    ELSE (s.irregular OR s.weekly && {nearby}) AND EXISTS (
        SELECT FROM unnest({starts}) AS t (at) WHERE escorts.is_open_in(s.profile_id, s.city,
            tstzrange(t.at, t.at + make_interval(mins => %(minutes)s)))
            AND {not_taken}) END
"""


@dataclass(frozen=True, slots=True)
class Window:
    """What a moment means in the cities of one zone: when it may begin, and how that falls."""

    cities: list[str]
    starts: list[datetime]
    slots: list[str]
    """For each beginning, the minutes of the local week that are needed."""
    nearby: str
    """Those minutes and two hours around them."""
    steady: bool
    """No clocks change between the day before and the day after."""


@dataclass
class Filters:
    """Conditions that all hold, and their parameters."""

    conditions: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **parameters: Any) -> None:
        """Demand one more thing."""
        self.conditions.append(condition)
        self.parameters |= parameters

    def show_once(self, column: str, keys: str) -> None:
        """Keep whoever is found in several of the places `keys` in one of them."""
        self.add(_ONCE.format(column=column, keys=keys, conditions=self.sql))

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
    if criteria.when is None or isinstance(criteria.when, Weekday):
        made.add(_THERE)
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
    starts = [start for window in windows for start in window.starts]
    made.add(_MAY_BE_THERE, earliest=min(starts, default=None), latest=max(starts, default=None))
    columns: dict[str, tuple[Sequence[Any], str]] = {
        "steady": ([window.steady for window in windows], "boolean"),
        "slots": ([window.slots for window in windows], "int4multirange[]"),
        "nearby": ([window.nearby for window in windows], "int4multirange"),
        "starts": ([window.starts for window in windows], "timestamptz[]"),
    }
    found = {
        name: _by_city(made, name, windows, values, kind)
        for name, (values, kind) in columns.items()
    }
    made.add(_FREE.format(**found, not_taken=_NOT_TAKEN), minutes=when.minutes)


def _by_city(
    made: Filters, name: str, windows: Sequence[Window], values: Sequence[Any], kind: str
) -> str:
    """Return the value that counts in a row's city; where all are the same, simply that."""
    if all(value == values[0] for value in values):
        made.parameters[name] = values[0]
        return f"%({name})s::{kind}"
    cases = []
    for number, (window, value) in enumerate(zip(windows, values, strict=True)):
        made.parameters |= {f"{name}{number}": value, f"{name}_in{number}": window.cities}
        cases.append(f"WHEN s.city = ANY (%({name}_in{number})s) THEN %({name}{number})s::{kind}")
    return f"CASE {' '.join(cases)} END"
