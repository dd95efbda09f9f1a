"""Profile of a provider: its content, state, consent and age."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from uuid import UUID

from escorts.domain.offer import Location, Rate, WeeklyRule
from escorts.domain.publication import PublicationState


@dataclass(frozen=True, slots=True)
class Attributes:
    """Physical attributes of a provider. All of them are optional and may be removed again."""

    height_cm: int | None = None
    weight_kg: int | None = None
    measurements: str | None = None
    hair_color: str | None = None
    eye_color: str | None = None
    ethnicity: str | None = None


ATTRIBUTE_NAMES = tuple(item.name for item in fields(Attributes))


@dataclass(frozen=True, slots=True)
class Content:
    """Content that the owner edits as a whole; all of it is meant for the public."""

    name: str
    city: str
    bio: str = ""
    attributes: Attributes = field(default_factory=Attributes)
    languages: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    rates: tuple[Rate, ...] = ()
    locations: tuple[Location, ...] = ()
    availability: tuple[WeeklyRule, ...] = ()


@dataclass(frozen=True, slots=True)
class City:
    """City of the directory."""

    slug: str
    name: str
    country: str
    zone: str
    currency: str
    latitude: float
    longitude: float
    listed: bool
    """Whether the city's jurisdiction allows the directory to list providers."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Agreement of the owner to one version of the statement."""

    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """Profile with all its fields, for its owner and for staff."""

    id: UUID
    user_id: UUID
    slug: str
    content: Content
    city_name: str
    country: str
    zone: str
    publication: PublicationState
    suspension_reason: str | None
    consent: Consent | None
    age: int | None
    birth_date_sealed: bytes | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PublicProfile:
    """Profile as the visibility view returns it: no field leads to the person behind the name."""

    id: UUID
    slug: str
    content: Content
    city_name: str
    country: str
    zone: str
    age: int
    verified_at: datetime
    updated_at: datetime
    public_until: datetime
    """End of the profile's visibility if nothing else happens."""


@dataclass(frozen=True, slots=True)
class NewProfile:
    """Profile that is about to be stored."""

    id: UUID
    user_id: UUID
    slug: str
    content: Content
    age: int
    birth_date_sealed: bytes
    checked_on: date
    at: datetime
