"""How pages say what the domain counts: durations, hours, prices, pictures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from escorts.domain.avatar import avatar_svg
from escorts.domain.offer import Rate, Venue, WeeklyRule
from escorts.domain.profiles import Content, Profile, PublicProfile
from escorts.domain.vocabulary import LANGUAGES, SERVICES
from escorts.pages.markdown import render_markdown
from kit.pages.formatting import duration

if TYPE_CHECKING:
    from markupsafe import Markup

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
VENUE_LABELS = {Venue.INCALL: "At my place", Venue.OUTCALL: "At yours"}
VENUE_FILTER_LABELS = {"incall": "At their place", "outcall": "They come to me"}
DURATIONS = (60, 90, 120, 180, 240, 360, 720)
"""Minutes that a visitor may look for."""


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day on which there is time: its name, where, if that is not home, and its hours."""

    name: str
    place: str
    hours: list[str]


@dataclass(frozen=True, slots=True)
class PriceList:
    """Rates of one venue and currency."""

    venue: str
    currency: str
    rates: list[tuple[str, str, str]]
    """Service, duration, price."""


@dataclass(frozen=True, slots=True)
class ProfileViewModel:
    """A profile as a page shows it, to the public or as its owner's preview."""

    id: UUID
    slug: str
    name: str
    age: int | None
    city: str
    city_name: str
    bio: "Markup"
    languages: list[str]
    services: list[str]
    areas: list[str]
    attributes: list[tuple[str, str]]
    prices: list[PriceList]
    week: list[DayRow]


def build_profile_view(profile: Profile | PublicProfile) -> ProfileViewModel:
    """Return what a page shows of a profile."""
    content = profile.content
    return ProfileViewModel(
        id=profile.id,
        slug=profile.slug,
        name=content.name,
        age=profile.age,
        city=content.city,
        city_name=profile.city_name,
        bio=render_markdown(content.bio),
        languages=[LANGUAGES.get(code, code) for code in content.languages],
        services=[SERVICES.get(key, key) for key in content.services],
        areas=[item.place for item in content.locations],
        attributes=_attributes(content),
        prices=_price_lists(content.rates),
        week=weekly_rows(content.availability),
    )


def price_from(rates: Iterable[Rate]) -> str:
    """Return the lowest price and for how long, or nothing."""
    lowest = min(rates, key=lambda rate: rate.price.minor_units, default=None)
    if lowest is None:
        return ""
    return f"{lowest.price} · {duration(lowest.duration_minutes)}"


def format_date(on: date) -> str:
    """Return a date as people say it, in the year that anybody would think of."""
    return f"{on:%a} {on.day} {on:%b}"


def format_datetime(at: datetime) -> str:
    """Return a date and time as people say it."""
    return f"{format_date(at.date())}, {at:%H:%M}"


def format_hours(rule: WeeklyRule) -> str:
    """Return a rule's hours, without its weekday."""
    if rule.start == rule.end:
        if rule.start.hour == rule.start.minute == 0:
            return "all day"
        return f"24 hours from {rule.start:%H:%M}"
    return f"{rule.start:%H:%M}–{rule.end:%H:%M}"  # noqa: RUF001 - a range is written so


def weekly_rows(rules: Iterable[WeeklyRule]) -> list[DayRow]:
    """Return the weekdays on which there is time, each with its hours."""
    known = list(rules)
    rows = [
        DayRow(name, "", [format_hours(rule) for rule in known if rule.weekday == number])
        for number, name in enumerate(WEEKDAYS, start=1)
    ]
    return [row for row in rows if row.hours]


def render_avatar(profile_id: UUID) -> "Markup":
    """Return the profile's picture to stand in a page, which saves a request for each."""
    from markupsafe import Markup

    return Markup(avatar_svg(profile_id))  # noqa: S704 - drawn from the id's hash alone


def _attributes(content: Content) -> list[tuple[str, str]]:
    looks = content.attributes
    said = (
        ("Height", f"{looks.height_cm} cm" if looks.height_cm else None),
        ("Weight", f"{looks.weight_kg} kg" if looks.weight_kg else None),
        ("Measurements", looks.measurements),
        ("Hair", looks.hair_color),
        ("Eyes", looks.eye_color),
        ("Ethnicity", looks.ethnicity),
    )
    return [(name, value) for name, value in said if value]


def _price_lists(rates: Iterable[Rate]) -> list[PriceList]:
    def key(rate: Rate) -> tuple[str, str]:
        return rate.venue.value, rate.price.currency

    return [
        PriceList(
            VENUE_LABELS[Venue(venue)],
            currency,
            [
                (SERVICES.get(rate.service, rate.service), duration(rate.duration_minutes),
                 str(rate.price))
                for rate in group
            ],
        )
        for (venue, currency), group in groupby(sorted(rates, key=key), key)
    ]  # fmt: skip
