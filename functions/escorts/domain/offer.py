"""Offer of a profile: rates, locations and weekly hours, and the rules that span several of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from itertools import pairwise
from math import asin, cos, hypot, radians, sin, sqrt

from contracts.services import SERVICES
from kit.errors import Invalid
from kit.i18n import gettext as _
from kit.money import Money

MIN_DURATION_MINUTES = 30
MAX_DURATION_MINUTES = 14 * 24 * 60
MAX_AMOUNT = 100_000_00
"""Highest rate in minor units; a higher amount is a typing error."""
MAX_RATES, MAX_LOCATIONS, MAX_RULES = 40, 5, 28
MAX_DISTANCE_KM = 100
_EARTH_KM = 6371.0
_DAY, _WEEK = 24 * 60, 7 * 24 * 60


class Venue(StrEnum):
    """Place of a meeting: the provider's (incall) or the client's (outcall)."""

    INCALL = "incall"
    OUTCALL = "outcall"


@dataclass(frozen=True, slots=True)
class Rate:
    """Price of a service for a duration at a venue."""

    service: str
    duration_minutes: int
    price: Money
    venue: Venue


@dataclass(frozen=True, slots=True)
class Location:
    """Part of the city, by name, with an optional point that is only approximate."""

    place: str
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class WeeklyRule:
    """Hours on a weekday (ISO: Monday is 1), in local time.

    An end at or before the start is on the next day: 18:00-02:00, or 00:00-00:00 for a whole day.
    """

    weekday: int
    start: time
    end: time

    def minutes(self) -> tuple[int, int]:
        """Return start and end in minutes since Monday 00:00; the end may exceed the week."""
        begin = (self.weekday - 1) * _DAY + self.start.hour * 60 + self.start.minute
        end = (self.weekday - 1) * _DAY + self.end.hour * 60 + self.end.minute
        return begin, end if end > begin else end + _DAY


def rounded_location(location: Location) -> Location:
    """Return the location on a grid of about one kilometre: the exact point is never stored."""
    if location.latitude is None or location.longitude is None:
        return Location(location.place)
    return Location(location.place, round(location.latitude, 2), round(location.longitude, 2))


def require_within_city(locations: Sequence[Location], latitude: float, longitude: float) -> None:
    """Refuse a point that is not in or around the city at these coordinates."""
    for index, item in enumerate(locations):
        if item.latitude is None or item.longitude is None:
            continue
        if distance_km(item.latitude, item.longitude, latitude, longitude) > MAX_DISTANCE_KM:
            raise Invalid(
                "location-far-away",
                _(
                    "This point is more than %(distance)s km from the city.",
                    distance=MAX_DISTANCE_KM,
                ),
                field=f"locations.{index}",
            )


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the great-circle distance (haversine)."""
    south, north = radians(lat1), radians(lat2)
    across = sqrt(cos(south) * cos(north)) * sin(radians(lon2 - lon1) / 2)
    return 2 * _EARTH_KM * asin(min(1.0, hypot(sin((north - south) / 2), across)))


def require_consistent_rates(rates: Sequence[Rate], services: Sequence[str]) -> None:
    """Refuse a rate for a service that is not offered, and two prices for the same thing."""
    seen = set()
    for index, rate in enumerate(rates):
        if rate.service not in services:
            raise Invalid(
                "rate-without-service",
                _(
                    "Add %(service)s to the services, or remove this rate.",
                    service=_(SERVICES.get(rate.service, rate.service)),
                ),
                field=f"rates.{index}.service",
            )
        key = (rate.service, rate.duration_minutes, rate.venue, rate.price.currency)
        if key in seen:
            raise Invalid(
                "rate-twice",
                _("There is a price for this service, duration, venue and currency already."),
                field=f"rates.{index}",
            )
        seen.add(key)


def require_disjoint_hours(rules: Sequence[WeeklyRule], path: str = "availability") -> None:
    """Refuse hours that overlap anywhere in the week; the end of the week joins its beginning."""
    spans = sorted((*rule.minutes(), index) for index, rule in enumerate(rules))
    if not spans:
        return
    first_begin, first_end, first_index = spans[0]
    around = (first_begin + _WEEK, first_end + _WEEK, first_index)
    for before, (begin, _end, index) in pairwise([*spans, around]):
        if begin < before[1]:
            raise Invalid(
                "hours-overlap",
                _("These hours overlap others: combine them into one entry."),
                field=f"{path}.{index}",
            )
