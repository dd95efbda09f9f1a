"""Labels and formatting of profile pages: durations, hours, prices, avatars."""

from collections.abc import Iterable, Mapping
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
CLIENT_VENUE_LABELS = {
    Venue.INCALL: "At the provider's place",
    Venue.OUTCALL: "At your place",
}
PROVIDER_VENUE_LABELS = {
    Venue.INCALL: "At your place",
    Venue.OUTCALL: "At the client's place",
}
STAFF_VENUE_LABELS = {
    Venue.INCALL: "At the provider's place",
    Venue.OUTCALL: "At the client's place",
}
DURATIONS = (60, 90, 120, 180, 240, 360, 720)
"""Durations, in minutes, that the filter form offers."""


@dataclass(frozen=True, slots=True)
class DayRow:
    """Day with available hours; `place` is the city if the provider is on tour."""

    name: str
    place: str
    hours: list[str]


@dataclass(frozen=True, slots=True)
class PriceList:
    """Price list of one venue and currency."""

    venue: str
    currency: str
    rates: list[tuple[str, str, str]]
    """Service, duration, price."""


@dataclass(frozen=True, slots=True)
class ProfileViewModel:
    """View model of a profile, for the public page and the owner's preview."""

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


def build_profile_view(
    profile: Profile | PublicProfile, venue_labels: Mapping[Venue, str] = CLIENT_VENUE_LABELS
) -> ProfileViewModel:
    """Return the view model of a profile, with the venues as its reader calls them."""
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
        prices=_price_lists(content.rates, venue_labels),
        week=weekly_rows(content.availability),
    )


def price_from(rates: Iterable[Rate]) -> str:
    """Return the lowest price and its duration, or an empty string."""
    lowest = min(rates, key=lambda rate: rate.price.minor_units, default=None)
    if lowest is None:
        return ""
    return f"{lowest.price} · {duration(lowest.duration_minutes)}"


def format_date(on: date) -> str:
    """Return a date with weekday, without the year."""
    return f"{on:%a} {on.day} {on:%b}"


def format_datetime(at: datetime) -> str:
    """Return a date with weekday, and the time."""
    return f"{format_date(at.date())}, {at:%H:%M}"


def format_hours(rule: WeeklyRule) -> str:
    """Return the hours of a weekly rule, without the weekday."""
    if rule.start == rule.end:
        if rule.start.hour == rule.start.minute == 0:
            return "all day"
        return f"24 hours from {rule.start:%H:%M}"
    return f"{rule.start:%H:%M}–{rule.end:%H:%M}"


def weekly_rows(rules: Iterable[WeeklyRule]) -> list[DayRow]:
    """Return the weekdays with available hours."""
    known = list(rules)
    rows = [
        DayRow(name, "", [format_hours(rule) for rule in known if rule.weekday == number])
        for number, name in enumerate(WEEKDAYS, start=1)
    ]
    return [row for row in rows if row.hours]


def render_avatar(profile_id: UUID) -> "Markup":
    """Return the profile's avatar as inline SVG, which saves a request per avatar."""
    from markupsafe import Markup

    return Markup(avatar_svg(profile_id))  # noqa: S704 - drawn from the id's hash alone


def _attributes(content: Content) -> list[tuple[str, str]]:
    attributes = content.attributes
    rows = (
        ("Height", f"{attributes.height_cm} cm" if attributes.height_cm else None),
        ("Weight", f"{attributes.weight_kg} kg" if attributes.weight_kg else None),
        ("Measurements", attributes.measurements),
        ("Hair", attributes.hair_color),
        ("Eyes", attributes.eye_color),
        ("Ethnicity", attributes.ethnicity),
    )
    return [(name, value) for name, value in rows if value]


def _price_lists(rates: Iterable[Rate], venue_labels: Mapping[Venue, str]) -> list[PriceList]:
    def key(rate: Rate) -> tuple[str, str]:
        return rate.venue.value, rate.price.currency

    return [
        PriceList(
            venue_labels[Venue(venue)],
            currency,
            [
                (SERVICES.get(rate.service, rate.service), duration(rate.duration_minutes),
                 str(rate.price))
                for rate in group
            ],
        )
        for (venue, currency), group in groupby(sorted(rates, key=key), key)
    ]  # fmt: skip
