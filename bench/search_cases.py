"""Random queries of the search benchmark, reproducible by seed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import psycopg

from bench.directory_generator import CITIES
from bench.search_database import Bench
from contracts.services import SERVICES
from escorts.domain.ranking import daily_offset, day_number
from escorts.domain.search import COUNT_CAP, Criteria, FreeAt, GeoRadius, ListPosition, grid_cells
from escorts.repository.search import public_search
from escorts.repository.search_rows import SearchScope
from escorts.service.cursors import CursorState, write_cursor
from escorts.service.search import PageRequest, Search
from kit import clock
from kit.db import UnitOfWork

_ZONES = {
    "auckland": "Pacific/Auckland",
    "geneva": "Europe/Zurich",
    "hamburg": "Europe/Berlin",
    "melbourne": "Australia/Melbourne",
    "munich": "Europe/Berlin",
    "sydney": "Australia/Sydney",
    "wellington": "Pacific/Auckland",
}


@dataclass(frozen=True)
class Case:
    """One query: as a call of the search, as SQL parameters, and as a URL query string."""

    run: Callable[[Search, UnitOfWork], object]
    parameters: dict[str, Any]
    query: str


def cases(bench: Bench, family: str, count: int) -> list[Case]:
    """Return `count` queries of a family."""
    random = Random(family)
    with psycopg.connect(bench.server.url("bench")) as connection:
        return [_GENERATORS[family](random, connection) for _ in range(count)]


def _case(criteria: Criteria, parameters: dict[str, Any], cursor: str | None = None) -> Case:
    now = clock.now()
    parameters = {"offset": daily_offset(day_number(now)), "city": criteria.location, **parameters}

    def run(search: Search, _work: UnitOfWork) -> object:
        return search.find(criteria, PageRequest(20, cursor), with_summary=False)

    return Case(run, parameters, _query_string(criteria, cursor))


def _filtered(random: Random) -> tuple[Criteria, dict[str, Any]]:
    city, service = _city(random), random.choice(sorted(SERVICES))
    youngest, price = random.randrange(18, 40), random.randrange(150, 600)
    criteria = Criteria(
        location=city, services=(service,), age_min=youngest, age_max=youngest + 15, price_max=price
    )
    return criteria, {
        "service": service,
        "age_min": youngest,
        "age_max": youngest + 15,
        "currency": CITIES[city][2],
        "price": price * 100,
    }


def _city_filters(random: Random, _: Any) -> Case:
    return _case(*_filtered(random))


def _deep_page(random: Random, connection: psycopg.Connection[Any]) -> Case:
    city = _city(random)
    day = day_number(clock.now())
    row = connection.execute(
        "SELECT slot_position, profile_id FROM escorts.profile_search WHERE city = %s AND tier = 2"
        " AND slot_position >= %s ORDER BY slot_position, profile_id OFFSET 1000 LIMIT 1",
        (city, daily_offset(day)),
    ).fetchone()
    if row is None:
        row = connection.execute(
            "SELECT slot_position, profile_id FROM escorts.profile_search WHERE city = %s AND tier = 2"
            " AND slot_position >= %s ORDER BY slot_position DESC, profile_id LIMIT 1",
            (city, daily_offset(day)),
        ).fetchone()
    assert row is not None
    criteria = Criteria(location=city)
    cursor = write_cursor(CursorState(day, ListPosition(0, str(row[0]), row[1])), criteria)
    return _case(criteria, {"seed": row[0], "id": row[1]}, cursor)


def _radius(random: Random, _: Any) -> Case:
    latitude, longitude, _currency, _weight = CITIES[_city(random)]
    radius_filter = GeoRadius(
        latitude + random.uniform(-0.1, 0.1),
        longitude + random.uniform(-0.1, 0.1),
        random.choice((10.0, 25.0, 50.0)),
    )
    criteria = Criteria(within=radius_filter, language=random.choice(("en", "de", "it")))
    return _case(
        criteria,
        {
            "cells": grid_cells(radius_filter),
            "lat": radius_filter.latitude,
            "lon": radius_filter.longitude,
            "radius": radius_filter.radius_km,
            "language": criteria.language,
        },
    )


def _free_at(random: Random, _: Any) -> Case:
    city = _city(random)
    start = clock.now().replace(minute=0, second=0, microsecond=0)
    start += timedelta(hours=random.randrange(2, 14 * 24))
    zone = ZoneInfo(_ZONES.get(city, f"Europe/{city.capitalize()}"))
    local = start.astimezone(zone)
    minute = local.weekday() * 1440 + local.hour * 60
    return _case(
        Criteria(location=city, availability=FreeAt(start, 120)),
        {
            "week": _week(minute, minute + 120),
            "during": f"[{start.isoformat()},{(start + timedelta(minutes=120)).isoformat()})",
            "weekday": local.isoweekday(),
            "starts": local.time(),
            "ends": (datetime.combine(local.date(), local.time()) + timedelta(hours=2)).time(),
        },
    )


def _week(begin: int, end: int) -> str:
    if end <= 10080:
        return f"{{[{begin},{end})}}"
    return f"{{[0,{end - 10080}),[{begin},10080)}}"


def _text(random: Random, connection: psycopg.Connection[Any]) -> Case:
    """Return a text query, with common and rare words."""
    city = _city(random)
    word = random.choice(("dinner", "museum", "wine"))
    if random.random() < 0.67:
        row = connection.execute(
            "SELECT split_part(bio, ' ', 5) FROM escorts.profiles WHERE id > %s ORDER BY id LIMIT 1",
            (_random_profile_id(random, connection),),
        ).fetchone()
        word = str(row[0]).strip(".").lower() if row and row[0] else word
    return _case(Criteria(location=city, text=word), {"text": word})


def _misspelled_name(random: Random, connection: psycopg.Connection[Any]) -> Case:
    row = connection.execute(
        "SELECT name FROM escorts.profiles WHERE id > %s AND char_length(name) > 6"
        " ORDER BY id LIMIT 1",
        (_random_profile_id(random, connection),),
    ).fetchone()
    name = str(row[0]) if row else "Marikana"
    typo = f"{name[:3]}x{name[4:]}".lower()
    return _case(Criteria(text=typo), {"text": typo})


def _count(random: Random, _: Any) -> Case:
    criteria, parameters = _filtered(random)
    case = _case(criteria, parameters)

    def run(_search: Search, work: UnitOfWork) -> object:
        with public_search(work) as index:
            masks = index.facet_masks({"services": ("service", criteria.services)})
            city = [str(criteria.location)]
            priced = replace(criteria, currency=parameters["currency"])
            scope = SearchScope("city", city, city, is_restricted=True)
            prepared = index.prepare(priced, scope, masks, clock.now())
            rows = prepared.sample_rows(COUNT_CAP + 20, similar_names=False)
            return prepared.public_ids([row.id for row in rows])

    return Case(run, case.parameters, case.query)


def _random_profile_id(random: Random, connection: psycopg.Connection[Any]) -> Any:
    """Return the id of a random profile."""
    row = connection.execute(
        "SELECT id FROM escorts.profiles ORDER BY id LIMIT 1 OFFSET %s",
        (random.randrange(0, 50_000),),
    ).fetchone()
    assert row is not None
    return row[0]


def _city(random: Random) -> str:
    return random.choices(list(CITIES), [city[3] for city in CITIES.values()])[0]


def _query_string(criteria: Criteria, cursor: str | None) -> str:
    radius_filter = criteria.within
    availability = criteria.availability
    values = {
        "location": criteria.location,
        "services": ",".join(criteria.services),
        "ageMin": criteria.age_min,
        "ageMax": criteria.age_max,
        "priceMax": criteria.price_max,
        "language": criteria.language,
        "q": criteria.text,
        "lat": radius_filter.latitude if radius_filter else None,
        "lon": radius_filter.longitude if radius_filter else None,
        "radiusKm": radius_filter.radius_km if radius_filter else None,
        "availableAt": availability.start.isoformat() if isinstance(availability, FreeAt) else None,
        "duration": availability.minutes if isinstance(availability, FreeAt) else None,
        "cursor": cursor,
    }
    return urlencode({name: value for name, value in values.items() if value})


_GENERATORS: dict[str, Callable[[Random, Any], Case]] = {
    "city": _city_filters,
    "deep": _deep_page,
    "radius": _radius,
    "available": _free_at,
    "text": _text,
    "alike": _misspelled_name,
    "count": _count,
}
