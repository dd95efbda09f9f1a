"""The search done by hand: every public row looked at in plain Python, nothing of the product's SQL.

Only three things are taken as given: which rows the gate lets through, a profile's seat, and how
alike PostgreSQL finds two words.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from escorts.domain import ranking
from escorts.domain.search import At, Criteria, Now, Sort, Tonight, Weekday
from kit.db import Database

_ROWS = """
SELECT g.*, p.featured, p.rating, p.review_count, p.created_at, p.updated_at AS edited_at,
    c.latitude AS city_latitude, c.longitude AS city_longitude, c.currency AS city_currency,
    escorts.fold(g.name) AS folded, escorts.fold(g.name || ' ' || g.bio) AS words,
    escorts.fold(coalesce(g.ethnicity, '')) AS looks,
    (SELECT jsonb_object_agg(s.city || ':' || s.tier, s.seat) FROM escorts.search_seats s
     WHERE s.profile_id = g.id) AS seats
FROM escorts.public_profiles_v1 g
JOIN escorts.profiles p ON p.id = g.id
JOIN escorts.cities c ON c.slug = g.city
"""


@dataclass(frozen=True)
class Row:
    """A public profile and what follows from it."""

    data: dict[str, Any]
    price: int | None
    currency: str | None
    tier: int
    seed: int

    @property
    def id(self) -> UUID:
        found: UUID = self.data["id"]
        return found


class Oracle:
    """Answers searches over the rows as they are now."""

    def __init__(self, owner: Database, now: datetime) -> None:
        self._owner = owner
        self._now = now
        with owner.transaction() as work:
            self.rows = [self._row(row) for row in work.execute(_ROWS)]

    def answer(self, criteria: Criteria, day: int) -> tuple[list[UUID], bool]:
        """Return who fulfils it, in order, and whether by names that are alike."""
        rows = [row for row in self.rows if self._fits(row, criteria)]
        alike = False
        if criteria.text is not None:
            wanted = set(_words(self._fold(criteria.text)))
            said = [row for row in rows if wanted <= set(_words(row.data["words"]))]
            alike = not said
            rows = said or self._alike(rows, criteria.text)
        return [row.id for row in self._sorted(rows, criteria, day)], alike

    def facets(self, ids: list[UUID]) -> dict[str, dict[str, int]]:
        """Count what these offer."""
        by_id = {row.id: row.data for row in self.rows}
        chosen = [by_id[item] for item in ids]
        return {
            "services": dict(Counter(key for row in chosen for key in row["services"])),
            "languages": dict(Counter(key for row in chosen for key in row["languages"])),
            "venues": dict(
                Counter(v for row in chosen for v in {rate["venue"] for rate in row["rates"]})
            ),
            "cities": dict(Counter(row["city"] for row in chosen)),
        }

    def _row(self, data: dict[str, Any]) -> Row:
        rates = sorted(
            (r["currency"] != data["city_currency"], r["currency"], r["amount"])
            for r in data["rates"]
        )
        quality = ranking.Quality(
            bio_length=len(data["bio"]),
            rates=len(data["rates"]),
            languages=len(data["languages"]),
            weekly_hours=len(data["availability"]),
            since_update=self._now - data["edited_at"],
        )
        tier = ranking.tier(quality)
        seat = data["seats"][f"{data['city']}:{tier}"]
        seed = ranking.seed(data["city"], tier, seat)
        price = rates[0] if rates else (False, None, None)
        return Row(data, price[2], price[1], tier, seed)

    def _fits(self, row: Row, criteria: Criteria) -> bool:
        data, c = row.data, criteria
        comparable = row.price is not None and row.currency == c.currency
        return (
            (c.location is None or data["city"] == c.location)
            and set(c.services) <= set(data["services"])
            and (not c.languages or not set(c.languages).isdisjoint(data["languages"]))
            and (c.language is None or c.language in data["languages"])
            and (not c.ethnicity or not set(c.ethnicity).isdisjoint(_words(data["looks"])))
            and (c.age_min is None or data["age"] >= c.age_min)
            and (c.age_max is None or data["age"] <= c.age_max)
            and (c.price_min is None or (comparable and (row.price or 0) >= c.price_min * 100))
            and (c.price_max is None or (comparable and (row.price or 0) <= c.price_max * 100))
            and (c.rating_min is None or (data["rating"] or 0) >= Decimal(str(c.rating_min)))
            and (not c.featured_only or data["featured"])
            and (c.venue is None or c.venue in {rate["venue"] for rate in data["rates"]})
            and (c.around is None or _distance(data, c) <= c.around.radius_km)
            and (c.when is None or self._is_free(data, c))
        )

    def _sorted(self, rows: list[Row], criteria: Criteria, day: int) -> list[Row]:
        if criteria.sort is Sort.RELEVANCE:
            return sorted(rows, key=lambda r: (-r.tier, ranking.turn(r.seed, day), r.id))

        def key(row: Row) -> Any:
            match criteria.sort:
                case Sort.PRICE:
                    return row.price if row.currency == criteria.currency else None
                case Sort.RATING:
                    return row.data["rating"]
                case Sort.NAME:
                    return row.data["folded"]
            return row.data["created_at"]

        known = [row for row in rows if key(row) is not None]
        unknown = [row for row in rows if key(row) is None]
        known.sort(key=lambda row: (key(row), row.id), reverse=criteria.descending)
        unknown.sort(key=lambda row: row.id, reverse=criteria.descending)
        return known + unknown

    def _is_free(self, data: dict[str, Any], criteria: Criteria) -> bool:
        when, zone = criteria.when, ZoneInfo(data["zone"])
        match when:
            case Weekday(number):
                return any((number - 1) * 1440 <= m < number * 1440 for m in _minutes(data))
            case At(moment, minutes):
                start = moment if moment.tzinfo else moment.replace(tzinfo=zone)
                return _open(data, start, minutes)
            case Now(minutes):
                return _open(data, self._now, minutes)
            case Tonight(minutes):
                local = self._now.astimezone(zone)
                evening = (local.replace(tzinfo=None) - timedelta(hours=2)).date()
                begin = datetime(evening.year, evening.month, evening.day, 18, tzinfo=zone)
                latest = (begin + timedelta(hours=8)).astimezone(UTC)
                start = max(self._now, begin.astimezone(UTC))
                while start <= latest:
                    if _open(data, start, minutes):
                        return True
                    start += timedelta(minutes=30)
        return False

    def _fold(self, text: str) -> str:
        with self._owner.transaction() as work:
            row = work.execute("SELECT escorts.fold(%s) AS folded", (text,)).fetchone()
        assert row is not None
        return str(row["folded"])

    def _alike(self, rows: list[Row], text: str) -> list[Row]:
        names = [row.data["folded"] for row in rows]
        with self._owner.transaction() as work:
            found = work.execute(
                "SELECT word_similarity(escorts.fold(%s), name) >= 0.5 AS alike"
                " FROM unnest(%s::text[]) WITH ORDINALITY AS n (name, position) ORDER BY position",
                (text, names),
            ).fetchall()
        return [row for row, verdict in zip(rows, found, strict=True) if verdict["alike"]]


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text)


def _minutes(data: dict[str, Any]) -> set[int]:
    """Every minute of the local week that is in somebody's hours."""
    minutes: set[int] = set()
    for rule in data["availability"]:
        begin, end = (int(x[:2]) * 60 + int(x[3:]) for x in (rule["start"], rule["end"]))
        base = (rule["weekday"] - 1) * 1440
        minutes |= {(base + m) % 10080 for m in range(begin, end if end > begin else end + 1440)}
    return minutes


def _open(data: dict[str, Any], start: datetime, minutes: int) -> bool:
    """Whether every minute touched is in the hours, on the wall clock of the city."""
    hours, zone = _minutes(data), ZoneInfo(data["zone"])
    moment = start.astimezone(UTC).replace(second=0, microsecond=0)
    while moment < start.astimezone(UTC) + timedelta(minutes=minutes):
        local = moment.astimezone(zone)
        if (local.weekday() * 1440 + local.hour * 60 + local.minute) not in hours:
            return False
        moment += timedelta(minutes=1)
    return True


def _distance(data: dict[str, Any], criteria: Criteria) -> float:
    around = criteria.around
    assert around is not None
    points = [
        (item["latitude"], item["longitude"])
        for item in data["locations"]
        if item["latitude"] is not None
    ]
    city = (round(data["city_latitude"], 2), round(data["city_longitude"], 2))
    latitude, longitude = points[0] if points else city
    south, north = radians(latitude), radians(around.latitude)
    across = sin(radians(longitude - around.longitude) / 2) ** 2
    part = sin((south - north) / 2) ** 2 + cos(south) * cos(north) * across
    return 2 * 6371.0 * asin(min(1.0, sqrt(part)))
