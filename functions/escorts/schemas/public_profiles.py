"""Public response models; they contain nothing that identifies the provider's account."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from escorts.domain.offer import Rate, Venue, WeeklyRule
from escorts.domain.profiles import Content, Profile, PublicProfile
from escorts.service.public_profiles import CityCount
from kit.http import API, Response


class RateView(Response):
    """Price of a service; `amountMinor` is in the currency's smallest unit."""

    service: str
    duration_minutes: int
    amount_minor: int
    currency: str
    venue: Venue

    @classmethod
    def from_domain(cls, rate: Rate) -> Self:
        """Return the view of a rate."""
        return cls(
            service=rate.service,
            duration_minutes=rate.duration_minutes,
            amount_minor=rate.price.minor_units,
            currency=rate.price.currency,
            venue=rate.venue,
        )


class LocationView(Response):
    """Area of the city and, if given, its approximate coordinates."""

    place: str
    latitude: float | None
    longitude: float | None


class AvailabilityView(Response):
    """Local hours of a weekday (Monday is 1); an end before the start is on the next day."""

    weekday: int
    start: str
    end: str

    @classmethod
    def from_domain(cls, rule: WeeklyRule) -> Self:
        """Return the view of a weekly rule."""
        return cls(
            weekday=rule.weekday,
            start=rule.start.isoformat("minutes"),
            end=rule.end.isoformat("minutes"),
        )


class ProfileCard(Response):
    """Public profile in a list."""

    id: UUID
    slug: str
    name: str
    age: int
    city: str
    city_name: str
    languages: list[str]
    services: list[str]
    price_from: RateView | None
    verified: bool
    avatar_url: str

    @classmethod
    def from_domain(cls, profile: PublicProfile) -> Self:
        """Return the card of a public profile."""
        content = profile.content
        cheapest = min(content.rates, key=lambda rate: rate.price.minor_units, default=None)
        return cls(
            id=profile.id,
            slug=profile.slug,
            name=content.name,
            age=profile.age,
            city=content.city,
            city_name=profile.city_name,
            languages=list(content.languages),
            services=list(content.services),
            price_from=RateView.from_domain(cheapest) if cheapest else None,
            verified=True,
            avatar_url=avatar_url(profile.id),
        )


class ProfileFields(Response):
    """Profile fields that are public."""

    id: UUID
    slug: str
    name: str
    city: str
    city_name: str
    country: str
    time_zone: str
    bio: str
    height_cm: int | None
    weight_kg: int | None
    measurements: str | None
    hair_color: str | None
    eye_color: str | None
    ethnicity: str | None
    languages: list[str]
    services: list[str]
    rates: list[RateView]
    locations: list[LocationView]
    availability: list[AvailabilityView]
    avatar_url: str
    updated_at: datetime


class PublicProfileView(ProfileFields):
    """Public profile."""

    age: int
    verified: bool
    verified_at: datetime

    @classmethod
    def from_domain(cls, profile: PublicProfile) -> Self:
        """Return the view of a public profile."""
        return cls(
            **profile_fields(profile),
            age=profile.age,
            verified=True,
            verified_at=profile.verified_at,
        )


class CityView(Response):
    """City with the number of its public profiles."""

    slug: str
    name: str
    country: str
    time_zone: str
    currency: str
    profiles: int

    @classmethod
    def from_domain(cls, count: CityCount) -> Self:
        """Return the view of a city."""
        city = count.city
        return cls(
            slug=city.slug,
            name=city.name,
            country=city.country,
            time_zone=city.zone,
            currency=city.currency,
            profiles=count.profiles,
        )


class CitiesView(Response):
    """Cities of the directory."""

    items: list[CityView]


def avatar_url(profile_id: UUID) -> str:
    """Return the path of a profile's avatar."""
    return f"{API}/escorts/{profile_id}/avatar.svg"


def profile_fields(profile: Profile | PublicProfile) -> dict[str, Any]:
    """Return the values of `ProfileFields`."""
    content: Content = profile.content
    return {
        "id": profile.id,
        "slug": profile.slug,
        "name": content.name,
        "city": content.city,
        "city_name": profile.city_name,
        "country": profile.country,
        "time_zone": profile.zone,
        "bio": content.bio,
        **asdict(content.attributes),
        "languages": list(content.languages),
        "services": list(content.services),
        "rates": [RateView.from_domain(item) for item in content.rates],
        "locations": [LocationView.model_validate(item) for item in content.locations],
        "availability": [AvailabilityView.from_domain(item) for item in content.availability],
        "avatar_url": avatar_url(profile.id),
        "updated_at": profile.updated_at,
    }
