"""Search oracle: filters and sorts all public rows in plain Python, without the product's SQL.

Three inputs are taken from the database: which profiles are public, the ranking slots, and the
similarity of two words.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from escorts.domain import ranking
from escorts.domain.search import (
    Criteria,
    FreeAt,
    FreeNow,
    FreeOnWeekday,
    FreeTonight,
    GeoRadius,
    Sort,
)
from kit.db import Database

_ROWS = """
SELECT g.*, p.featured, p.rating, p.review_count, p.created_at, p.updated_at AS edited_at,
    escorts.normalize_text(g.name) AS normalized, escorts.normalize_text(g.name || ' ' || g.bio) AS words,
    escorts.normalize_text(coalesce(g.ethnicity, '')) AS ethnicity_words,
    (SELECT jsonb_agg(jsonb_build_object('city', t.city, 'start', lower(t.period),
        'end', upper(t.period), 'at_home', t.at_home, 'hours', (SELECT jsonb_agg(jsonb_build_object(
            'weekday', h.weekday, 'start', to_char(h.starts, 'HH24:MI'),
            'end', to_char(h.ends, 'HH24:MI'))) FROM escorts.tour_hours h WHERE h.tour_id = t.id)))
     FROM escorts.tours t WHERE t.profile_id = g.id) AS tours,
    (SELECT array_agg(b.buffered_period) FROM bookings.busy_slots_v1 b WHERE b.profile_id = g.id) AS taken,
    (SELECT jsonb_object_agg(s.city || ':' || s.tier, s.slot) FROM escorts.ranking_slots s
     WHERE s.profile_id = g.id) AS slots
FROM escorts.public_profiles_v1 g
JOIN escorts.profiles p ON p.id = g.id
"""


@dataclass(frozen=True)
class PresencePeriod:
    """Period of presence in a city, with the weekly minutes that apply; None means unlimited."""

    start: datetime | None
    end: datetime | None
    minutes: frozenset[int]

    def includes(self, moment: datetime) -> bool:
        return (self.start is None or self.start <= moment) and (
            self.end is None or moment < self.end
        )


@dataclass(frozen=True)
class Row:
    """Public profile in one of its cities, with the derived search columns."""

    data: dict[str, Any]
    city: str
    zone: ZoneInfo
    point: tuple[float, float]
    is_touring: bool
    stays: list[PresencePeriod]
    price: int | None
    currency: str | None
    tier: int
    slot_position: int

    @property
    def id(self) -> UUID:
        found: UUID = self.data["id"]
        return found

    def is_open(self, start: datetime, minutes: int) -> bool:
        """Tell whether the provider is available in every minute, in local time of the city."""
        end = start + timedelta(minutes=minutes)
        if any(taken.lower < end and start < taken.upper for taken in self.data["taken"] or []):
            return False
        moment = start.astimezone(UTC).replace(second=0, microsecond=0)
        while moment < end.astimezone(UTC):
            local = moment.astimezone(self.zone)
            minute = local.weekday() * 1440 + local.hour * 60 + local.minute
            if not any(stay.includes(moment) and minute in stay.minutes for stay in self.stays):
                return False
            moment += timedelta(minutes=1)
        return True


class Oracle:
    """Search over the rows as they are now."""

    def __init__(self, owner: Database, now: datetime) -> None:
        self._owner = owner
        self._now = now
        with owner.transaction() as work:
            self._cities = {
                row["slug"]: row for row in work.execute("SELECT * FROM escorts.cities")
            }
            self.rows = [place for row in work.execute(_ROWS) for place in self._city_rows(row)]

    def answer(self, criteria: Criteria, day: int) -> tuple[list[Row], bool]:
        """Return the matching rows in order, and whether they match by similar names only."""
        rows = _one_per_profile([row for row in self.rows if self._matches(row, criteria)])
        similar_names = False
        if criteria.text is not None:
            wanted = set(_words(self._normalize(criteria.text)))
            matches = [row for row in rows if wanted <= set(_words(row.data["words"]))]
            similar_names = not matches
            rows = matches or self._similar_names(rows, criteria.text)
        return self._sorted(rows, criteria, day), similar_names

    def facets(self, rows: list[Row]) -> dict[str, dict[str, int]]:
        """Return the facet counts of the rows."""
        chosen = [row.data for row in rows]
        return {
            "services": dict(Counter(key for row in chosen for key in row["services"])),
            "languages": dict(Counter(key for row in chosen for key in row["languages"])),
            "venues": dict(
                Counter(v for row in chosen for v in {rate["venue"] for rate in row["rates"]})
            ),
            "cities": dict(Counter(row.city for row in rows)),
        }

    def _city_rows(self, data: dict[str, Any]) -> Iterator[Row]:
        usual = _minutes(data["availability"])
        tours = [
            (
                tour,
                PresencePeriod(
                    datetime.fromisoformat(tour["start"]),
                    datetime.fromisoformat(tour["end"]),
                    _minutes(tour["hours"]) if tour["hours"] else usual,
                ),
            )
            for tour in data["tours"] or []
        ]
        leaves = sorted((s.start, s.end) for tour, s in tours if not tour["at_home"])
        edges = [None, *(edge for leave in leaves for edge in leave), None]
        at_home = [PresencePeriod(edges[i], edges[i + 1], usual) for i in range(0, len(edges), 2)]
        yield self._row(data, data["city"], at_home, is_touring=False)
        for city in sorted({tour["city"] for tour, _ in tours}):
            there = [stay for tour, stay in tours if tour["city"] == city]
            yield self._row(data, city, there, is_touring=True)

    def _row(
        self, data: dict[str, Any], city: str, stays: list[PresencePeriod], *, is_touring: bool
    ) -> Row:
        place = self._cities[city]
        rates = sorted(
            (r["currency"] != place["currency"], r["currency"], r["amount"]) for r in data["rates"]
        )
        quality = ranking.ProfileQuality(
            bio_length=len(data["bio"]),
            rates=len(data["rates"]),
            languages=len(data["languages"]),
            weekly_hours=len(data["availability"]),
            since_update=self._now - data["edited_at"],
        )
        tier = ranking.compute_tier(quality)
        price = rates[0] if rates else (False, None, None)
        points = [
            (item["latitude"], item["longitude"])
            for item in data["locations"]
            if item["latitude"] is not None and not is_touring
        ]
        middle = (round(place["latitude"], 2), round(place["longitude"], 2))
        return Row(
            data=data,
            city=city,
            zone=ZoneInfo(place["zone"]),
            point=points[0] if points else middle,
            is_touring=is_touring,
            stays=stays,
            price=price[2],
            currency=price[1],
            tier=tier,
            slot_position=ranking.slot_position(city, tier, data["slots"][f"{city}:{tier}"]),
        )

    def _matches(self, row: Row, criteria: Criteria) -> bool:
        data, c = row.data, criteria
        comparable = row.price is not None and row.currency == c.currency
        return (
            (c.location is None or row.city == c.location)
            and set(c.services) <= set(data["services"])
            and (not c.languages or not set(c.languages).isdisjoint(data["languages"]))
            and (c.language is None or c.language in data["languages"])
            and (
                not c.ethnicity or not set(c.ethnicity).isdisjoint(_words(data["ethnicity_words"]))
            )
            and (c.age_min is None or data["age"] >= c.age_min)
            and (c.age_max is None or data["age"] <= c.age_max)
            and (c.price_min is None or (comparable and (row.price or 0) >= c.price_min * 100))
            and (c.price_max is None or (comparable and (row.price or 0) <= c.price_max * 100))
            and (c.rating_min is None or (data["rating"] or 0) >= Decimal(str(c.rating_min)))
            and (not c.featured_only or data["featured"])
            and (c.venue is None or c.venue in {rate["venue"] for rate in data["rates"]})
            and (c.within is None or _distance(row, c.within) <= c.within.radius_km)
            and self._is_present(row, c)
        )

    def _sorted(self, rows: list[Row], criteria: Criteria, day: int) -> list[Row]:
        if criteria.sort is Sort.RELEVANCE:
            return sorted(
                rows, key=lambda r: (-r.tier, ranking.rotation_distance(r.slot_position, day), r.id)
            )

        def key(row: Row) -> Any:
            match criteria.sort:
                case Sort.PRICE:
                    return row.price if row.currency == criteria.currency else None
                case Sort.RATING:
                    return row.data["rating"]
                case Sort.NAME:
                    return row.data["normalized"]
            return row.data["created_at"]

        known = [row for row in rows if key(row) is not None]
        unknown = [row for row in rows if key(row) is None]
        known.sort(key=lambda row: (key(row), row.id), reverse=criteria.descending)
        unknown.sort(key=lambda row: row.id, reverse=criteria.descending)
        return known + unknown

    def _is_present(self, row: Row, criteria: Criteria) -> bool:
        here_now = any(stay.includes(self._now) for stay in row.stays)
        match criteria.availability:
            case None:
                return here_now
            case FreeOnWeekday(number):
                day = range((number - 1) * 1440, number * 1440)
                return here_now and any(m in stay.minutes for stay in row.stays for m in day)
            case FreeAt(moment, minutes):
                start = moment if moment.tzinfo else moment.replace(tzinfo=row.zone)
                return row.is_open(start, minutes)
            case FreeNow(minutes):
                return row.is_open(self._now, minutes)
            case FreeTonight(minutes):
                return any(row.is_open(start, minutes) for start in self._evening(row.zone))

    def _evening(self, zone: ZoneInfo) -> Iterator[datetime]:
        local = self._now.astimezone(zone)
        evening = (local.replace(tzinfo=None) - timedelta(hours=2)).date()
        begin = datetime(evening.year, evening.month, evening.day, 18, tzinfo=zone)
        latest = (begin + timedelta(hours=8)).astimezone(UTC)
        start = max(self._now, begin.astimezone(UTC))
        while start <= latest:
            yield start
            start += timedelta(minutes=30)

    def _normalize(self, text: str) -> str:
        with self._owner.transaction() as work:
            row = work.execute(
                "SELECT escorts.normalize_text(%s) AS normalized", (text,)
            ).fetchone()
        assert row is not None
        return str(row["normalized"])

    def _similar_names(self, rows: list[Row], text: str) -> list[Row]:
        names = [row.data["normalized"] for row in rows]
        with self._owner.transaction() as work:
            found = work.execute(
                "SELECT word_similarity(escorts.normalize_text(%s), name) >= 0.5 AS similar"
                " FROM unnest(%s::text[]) WITH ORDINALITY AS n (name, position) ORDER BY position",
                (text, names),
            ).fetchall()
        return [row for row, verdict in zip(rows, found, strict=True) if verdict["similar"]]


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text)


def _one_per_profile(rows: list[Row]) -> list[Row]:
    """Return one row per profile: the home city, else the first city by slug."""
    chosen: dict[UUID, Row] = {}
    for row in sorted(rows, key=lambda r: (r.is_touring, r.city)):
        chosen.setdefault(row.id, row)
    return list(chosen.values())


def _minutes(rules: list[dict[str, Any]]) -> frozenset[int]:
    """Return every minute of the local week that is within the weekly rules."""
    minutes: set[int] = set()
    for rule in rules:
        begin, end = (int(x[:2]) * 60 + int(x[3:]) for x in (rule["start"], rule["end"]))
        base = (rule["weekday"] - 1) * 1440
        minutes |= {(base + m) % 10080 for m in range(begin, end if end > begin else end + 1440)}
    return frozenset(minutes)


def _distance(row: Row, around: GeoRadius) -> float:
    latitude, longitude = row.point
    south, north = radians(latitude), radians(around.latitude)
    across = sin(radians(longitude - around.longitude) / 2) ** 2
    part = sin((south - north) / 2) ** 2 + cos(south) * cos(north) * across
    return 2 * 6371.0 * asin(min(1.0, sqrt(part)))
