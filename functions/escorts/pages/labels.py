"""Labels and formatting of profile pages: durations, hours, prices, avatars."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from contracts.services import SERVICES
from escorts.domain.avatar import avatar_svg
from escorts.domain.offer import Rate, Venue, WeeklyRule
from escorts.domain.profiles import Content, Profile, PublicProfile
from escorts.domain.publication import PublicationStatus
from escorts.domain.verification import VerificationStatus
from escorts.pages.markdown import render_markdown
from kit import formats
from kit.i18n import N_
from kit.i18n import gettext as _

if TYPE_CHECKING:
    from markupsafe import Markup

WEEKDAYS = range(1, 8)
"""Weekdays as WeeklyRule counts them: Monday is 1."""
CLIENT_VENUE_LABELS = {
    Venue.INCALL: N_("At the provider's place"),
    Venue.OUTCALL: N_("At your place"),
}
PROVIDER_VENUE_LABELS = {
    Venue.INCALL: N_("At your place"),
    Venue.OUTCALL: N_("At the client's place"),
}
STAFF_VENUE_LABELS = {
    Venue.INCALL: N_("At the provider's place"),
    Venue.OUTCALL: N_("At the client's place"),
}
PUBLICATION_LABELS = {
    PublicationStatus.ACTIVE: N_("Active"),
    PublicationStatus.INACTIVE: N_("Inactive"),
    PublicationStatus.SUSPENDED: N_("Suspended"),
}
VERIFICATION_LABELS = {
    VerificationStatus.PENDING: N_("Pending"),
    VerificationStatus.IN_REVIEW: N_("In review"),
    VerificationStatus.VERIFIED: N_("Verified"),
    VerificationStatus.REJECTED: N_("Rejected"),
    VerificationStatus.EXPIRED: N_("Expired"),
    VerificationStatus.REVOKED: N_("Revoked"),
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
        languages=[formats.language_name(code) for code in content.languages],
        services=[service_label(key) for key in content.services],
        areas=[item.place for item in content.locations],
        attributes=_attributes(content),
        prices=_price_lists(content.rates, venue_labels),
        week=weekly_rows(content.availability),
    )


def service_label(key: str) -> str:
    """Return the label of a service; a key that is no longer offered stands for itself."""
    return _(SERVICES[key]) if key in SERVICES else key


def weekday_label(number: int) -> str:
    """Return the name of a weekday; Monday is 1."""
    return formats.weekday_name(number - 1)


def price_from(rates: Iterable[Rate]) -> str:
    """Return the lowest price and its duration, or an empty string."""
    lowest = min(rates, key=lambda rate: rate.price.minor_units, default=None)
    if lowest is None:
        return ""
    return (
        f"{formats.format_money(lowest.price)} · {formats.format_duration(lowest.duration_minutes)}"
    )


def format_date(on: date) -> str:
    """Return a date with weekday, without the year."""
    return formats.format_date(on, "short-this-year")


def format_datetime(at: datetime) -> str:
    """Return a date with weekday, and the time, as the clock that was asked for shows them."""
    return formats.format_datetime(at.replace(tzinfo=UTC), style="short-this-year")


def format_hours(rule: WeeklyRule) -> str:
    """Return the hours of a weekly rule, without the weekday."""
    if rule.start == rule.end:
        if rule.start.hour == rule.start.minute == 0:
            return _("all day")
        return _("24 hours from %(time)s", time=formats.format_time(rule.start))
    return formats.format_time_range(rule.start, rule.end)


def weekly_rows(rules: Iterable[WeeklyRule]) -> list[DayRow]:
    """Return the weekdays with available hours."""
    known = list(rules)
    rows = [
        DayRow(
            weekday_label(day), "", [format_hours(rule) for rule in known if rule.weekday == day]
        )
        for day in WEEKDAYS
    ]
    return [row for row in rows if row.hours]


def render_avatar(profile_id: UUID) -> "Markup":
    """Return the profile's avatar as inline SVG, which saves a request per avatar."""
    from markupsafe import Markup

    return Markup(avatar_svg(profile_id))  # noqa: S704 - drawn from the id's hash alone


def _attributes(content: Content) -> list[tuple[str, str]]:
    attributes = content.attributes
    rows = (
        (
            _("Height"),
            _("%(number)s cm", number=attributes.height_cm) if attributes.height_cm else "",
        ),
        (
            _("Weight"),
            _("%(number)s kg", number=attributes.weight_kg) if attributes.weight_kg else "",
        ),
        (_("Measurements"), attributes.measurements),
        (_("Hair"), attributes.hair_color),
        (_("Eyes"), attributes.eye_color),
        (_("Ethnicity"), attributes.ethnicity),
    )
    return [(name, value) for name, value in rows if value]


def _price_lists(rates: Iterable[Rate], venue_labels: Mapping[Venue, str]) -> list[PriceList]:
    def key(rate: Rate) -> tuple[str, str]:
        return rate.venue.value, rate.price.currency

    return [
        PriceList(
            _(venue_labels[Venue(venue)]),
            currency,
            [
                (service_label(rate.service), formats.format_duration(rate.duration_minutes),
                 formats.format_money(rate.price))
                for rate in group
            ],
        )
        for (venue, currency), group in groupby(sorted(rates, key=key), key)
    ]  # fmt: skip
