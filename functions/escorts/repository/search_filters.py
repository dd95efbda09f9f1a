"""Filter conditions of a search as SQL on `escorts.profile_search s`; values are parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from escorts.domain.search import FILTERS, MINOR_UNITS, Criteria, FreeOnWeekday

_DISTANCE = """
12742 * asin(least(1, sqrt(
    power(sind((s.latitude_e2 / 100.0::float8 - %(latitude)s) / 2), 2)
    + cosd(%(latitude)s) * cosd(s.latitude_e2 / 100.0::float8)
      * power(sind((s.longitude_e2 / 100.0::float8 - %(longitude)s) / 2), 2))))
"""
# A provider on tour is absent from the home city and present in the tour city on its days only.
_PRESENT_NOW = "(s.present_during IS NULL OR s.present_during @> %(now)s::timestamptz)"
_MAY_BE_PRESENT = (
    "(s.present_during IS NULL OR s.present_during && tstzrange(%(earliest)s, %(latest)s, '[]'))"
)
# One result per profile: the home city if it matches, else the first matching city by slug.
_ONE_CITY = """
NOT (s.is_touring AND EXISTS (
    SELECT FROM (SELECT s.profile_id AS id, s.city AS city) this_row
    CROSS JOIN escorts.profile_search s
    WHERE s.profile_id = this_row.id AND (NOT s.is_touring OR s.city < this_row.city)
        AND s.{column} = ANY ({keys}) AND {conditions}))
"""
# A provider without exceptions is free if one of the slots lies in the weekly hours. With exceptions,
# and where the clocks change nearby, the open periods are computed. Booked times are not free.
_NOT_BOOKED = """NOT EXISTS (SELECT FROM bookings.busy_slots_v1 b WHERE b.profile_id = s.profile_id
            AND b.buffered_period && tstzrange(t.at, t.at + make_interval(mins => %(minutes)s)))"""
_FREE = """
CASE WHEN NOT s.has_exceptions AND {constant_offset}
    THEN EXISTS (
        SELECT FROM unnest({slots}, {starts}) AS t (slot, at)
        WHERE s.weekly_minutes @> t.slot AND (s.present_during IS NULL
            OR s.present_during @> tstzrange(t.at, t.at + make_interval(mins => %(minutes)s)))
            AND {not_booked})
    ELSE (s.has_exceptions OR s.weekly_minutes && {nearby}) AND EXISTS (
        SELECT FROM unnest({starts}) AS t (at) WHERE escorts.is_open_in(s.profile_id, s.city,
            tstzrange(t.at, t.at + make_interval(mins => %(minutes)s)))
            AND {not_booked}) END
"""


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Possible start times in the cities of one time zone, with the matching weekly slots."""

    cities: list[str]
    starts: list[datetime]
    slots: list[str]
    """For each start, the required minutes of the local week."""
    nearby: str
    """The same minutes with a margin of two hours."""
    constant_offset: bool
    """Whether the UTC offset stays the same from the day before to the day after."""


@dataclass
class FilterConditions:
    """Conditions joined by AND, and their parameters."""

    conditions: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **parameters: Any) -> None:
        """Add a condition and its parameters."""
        self.conditions.append(condition)
        self.parameters |= parameters

    def keep_one_city(self, column: str, keys: str) -> None:
        """Return a profile that matches several `keys` for one of them only."""
        self.add(_ONE_CITY.format(column=column, keys=keys, conditions=self.sql))

    @property
    def sql(self) -> str:
        """Return the conditions joined by AND."""
        return " AND ".join(self.conditions)


type AddCondition = Callable[[FilterConditions, Criteria, Sequence[TimeWindow]], None]


@dataclass(frozen=True, slots=True)
class ValueCondition:
    """Condition of a filter that is given; its value is the parameter of the filter's name.

    A flag has no parameter; the parameter of values stored as a bitmask is their mask.
    """

    sql: str
    to_parameter: Callable[[Any], Any] = lambda value: value


def build_conditions(
    criteria: Criteria,
    masks: Mapping[str, int],
    windows: Sequence[TimeWindow],
    now: datetime,
) -> FilterConditions:
    """Return the conditions of a search, except its scope and its text query."""
    conditions = FilterConditions()
    conditions.add("s.public_until > %(now)s", now=now)
    for name, condition in SQL_CONDITIONS.items():
        if not isinstance(condition, ValueCondition):
            condition(conditions, criteria, windows)
            continue
        value = masks.get(name) if FILTERS[name].facet else getattr(criteria, name)
        if value is True:
            conditions.add(condition.sql)
        elif value is not None and value is not False:
            conditions.add(condition.sql, **{name: condition.to_parameter(value)})
    return conditions


def distance_expression(criteria: Criteria) -> str:
    """Return the SQL expression of a row's distance in km; NULL without a `within` filter."""
    return _DISTANCE if criteria.within is not None else "NULL::float8"


def _add_currency(
    conditions: FilterConditions, criteria: Criteria, _windows: Sequence[TimeWindow]
) -> None:
    if criteria.compares_price:
        conditions.parameters["currency"] = criteria.currency
    if criteria.price_min is not None or criteria.price_max is not None:
        conditions.add("s.currency = %(currency)s")


def _add_profile_ids(
    conditions: FilterConditions, criteria: Criteria, _windows: Sequence[TimeWindow]
) -> None:
    if criteria.profile_ids is not None:
        conditions.add(
            "s.profile_id = ANY (%(profile_ids)s)", profile_ids=list(criteria.profile_ids)
        )


def _add_distance(
    conditions: FilterConditions, criteria: Criteria, _windows: Sequence[TimeWindow]
) -> None:
    if criteria.within is not None:
        conditions.add(
            f"{_DISTANCE} <= %(radius)s",
            latitude=criteria.within.latitude,
            longitude=criteria.within.longitude,
            radius=criteria.within.radius_km,
        )


def _add_availability(
    conditions: FilterConditions, criteria: Criteria, windows: Sequence[TimeWindow]
) -> None:
    availability = criteria.availability
    if availability is None or isinstance(availability, FreeOnWeekday):
        conditions.add(_PRESENT_NOW)
    if availability is None:
        return
    if isinstance(availability, FreeOnWeekday):
        conditions.add(
            "s.weekly_minutes && int4range(%(weekday)s, %(weekday)s + 1440)",
            weekday=(availability.number - 1) * 1440,
        )
        return
    starts = [start for window in windows for start in window.starts]
    conditions.add(
        _MAY_BE_PRESENT, earliest=min(starts, default=None), latest=max(starts, default=None)
    )
    columns: dict[str, tuple[Sequence[Any], str]] = {
        "constant_offset": ([window.constant_offset for window in windows], "boolean"),
        "slots": ([window.slots for window in windows], "int4multirange[]"),
        "nearby": ([window.nearby for window in windows], "int4multirange"),
        "starts": ([window.starts for window in windows], "timestamptz[]"),
    }
    expressions = {
        name: _value_by_city(conditions, name, windows, values, kind)
        for name, (values, kind) in columns.items()
    }
    conditions.add(
        _FREE.format(**expressions, not_booked=_NOT_BOOKED), minutes=availability.minutes
    )


def _value_by_city(
    conditions: FilterConditions,
    name: str,
    windows: Sequence[TimeWindow],
    values: Sequence[Any],
    kind: str,
) -> str:
    """Return an expression for the value that applies in a row's city; a constant if all agree."""
    if all(value == values[0] for value in values):
        conditions.parameters[name] = values[0]
        return f"%({name})s::{kind}"
    cases = []
    for number, (window, value) in enumerate(zip(windows, values, strict=True)):
        conditions.parameters |= {f"{name}{number}": value, f"{name}_in{number}": window.cities}
        cases.append(f"WHEN s.city = ANY (%({name}_in{number})s) THEN %({name}{number})s::{kind}")
    return f"CASE {' '.join(cases)} END"


def _to_minor_units(amount: int) -> int:
    return amount * MINOR_UNITS


SQL_CONDITIONS: dict[str, ValueCondition | AddCondition] = {
    "services": ValueCondition("s.services & %(services)s::bigint = %(services)s::bigint"),
    "language": ValueCondition("s.languages & %(language)s::bigint <> 0"),
    "languages": ValueCondition("s.languages & %(languages)s::bigint <> 0"),
    "ethnicity": ValueCondition("s.ethnicities & %(ethnicity)s::bigint <> 0"),
    "venue": ValueCondition("s.venues & %(venue)s::smallint <> 0"),
    "age_min": ValueCondition("s.age >= %(age_min)s"),
    "age_max": ValueCondition("s.age <= %(age_max)s"),
    "rating_min": ValueCondition("s.rating >= %(rating_min)s::numeric"),
    "currency": _add_currency,
    "price_min": ValueCondition("s.price_from >= %(price_min)s", _to_minor_units),
    "price_max": ValueCondition("s.price_from <= %(price_max)s", _to_minor_units),
    "featured_only": ValueCondition("s.featured"),
    "profile_ids": _add_profile_ids,
    "within": _add_distance,
    "availability": _add_availability,
}
"""Conditions by filter, in the order of the statement.

The others are no conditions on a row: `location` is the scope of the search, `text` a join.
"""
