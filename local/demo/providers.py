"""Fictional providers of the demo. The same number always gives the same person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from random import Random

from escorts.domain.offer import Location, Rate, Venue, WeeklyRule
from escorts.domain.profiles import Attributes, City, Content
from kit.money import Money
from local.demo import vocabulary

__all__ = ["Person", "invent"]

_HOURLY = {"EUR": (250, 550), "CHF": (350, 700), "AUD": (400, 800), "NZD": (350, 700)}
_TOGETHER = ("dinner", "culture", "event", "dance", "sport", "massage", "couples", "travel")
_OTHER_LANGUAGES = ("en", "fr", "es", "it", "de", "pt", "ru", "pl", "nl", "ja", "sv", "uk")
_WEEKS = (
    ((1, 5), (17, 1)),
    ((2, 6), (12, 22)),
    ((4, 7), (18, 2)),
    ((1, 4), (10, 20)),
    ((3, 7), (15, 23)),
)


@dataclass(frozen=True)
class Person:
    """Fictional provider."""

    content: Content
    birth_date: date
    joined_days_ago: int


def invent(number: int, city: City, today: date) -> Person:
    """Return the fictional provider with a number, in a city."""
    random = Random(f"hellomahi {number}")  # noqa: S311 - nothing secret about them
    name = random.choice(vocabulary.FIRST_NAMES)
    if random.random() < 0.75:
        name = f"{name} {random.choice(vocabulary.LAST_NAMES)}"
    services = _services(random)
    content = Content(
        name=name,
        city=city.slug,
        bio=_bio(random, city.name),
        attributes=_attributes(random),
        languages=_languages(random, city),
        services=services,
        rates=_rates(random, city.currency, services),
        locations=_locations(random, city.slug),
        availability=_availability(random),
    )
    born = today - timedelta(days=random.randint(21 * 366, 47 * 365))
    return Person(content, born, random.randint(2, 300))


def _bio(random: Random, city: str) -> str:
    opening = random.choice(vocabulary.OPENINGS).format(
        city=city, love=random.choice(vocabulary.LOVES), trade=random.choice(vocabulary.TRADES)
    )
    rest = [
        random.choice(part)
        for part in (vocabulary.CHARACTERS, vocabulary.PLEASURES, vocabulary.MANNERS)
    ]
    return f"{opening} {rest[0]}\n\n{rest[1]} {rest[2]}"


def _attributes(random: Random) -> Attributes:
    if random.random() < 0.2:  # some say nothing about their looks
        return Attributes()
    return Attributes(
        height_cm=random.randint(154, 188),
        hair_color=random.choice(vocabulary.HAIR),
        eye_color=random.choice(vocabulary.EYES),
    )


def _languages(random: Random, city: City) -> tuple[str, ...]:
    spoken = [vocabulary.LOCAL_LANGUAGE[city.country], "en"]
    spoken += random.sample(_OTHER_LANGUAGES, k=random.randint(0, 2))
    return tuple(dict.fromkeys(spoken))


def _services(random: Random) -> tuple[str, ...]:
    chosen = random.sample(_TOGETHER, k=random.randint(2, 4))
    return tuple(sorted({"conversation", "intimacy", "overnight", *chosen}))


def _rates(random: Random, currency: str, services: tuple[str, ...]) -> tuple[Rate, ...]:
    low, high = _HOURLY[currency]
    hour = random.randrange(low, high, 10)
    offers: list[tuple[str, int, float, Venue]] = [
        ("intimacy", 60, 1.0, Venue.INCALL),
        ("intimacy", 120, 1.8, Venue.INCALL),
        ("intimacy", 120, 2.0, Venue.OUTCALL),
        ("overnight", 720, 6.0, Venue.OUTCALL),
    ]
    evening = [service for service in ("dinner", "culture", "event") if service in services]
    offers += [(service, 240, 3.0, Venue.OUTCALL) for service in evening]
    if "travel" in services:
        offers.append(("travel", 2880, 14.0, Venue.OUTCALL))
    return tuple(
        Rate(service, minutes, Money(round(hour * factor / 10) * 1_000, currency), venue)
        for service, minutes, factor, venue in offers
    )


def _locations(random: Random, city: str) -> tuple[Location, ...]:
    chosen = random.sample(vocabulary.DISTRICTS[city], k=random.randint(1, 2))
    return tuple(Location(place, latitude, longitude) for place, latitude, longitude in chosen)


def _availability(random: Random) -> tuple[WeeklyRule, ...]:
    (first, last), (start, end) = random.choice(_WEEKS)
    return tuple(WeeklyRule(weekday, time(start), time(end)) for weekday in range(first, last + 1))
