"""A profile: what its owner wrote, and what is known about it."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from uuid import UUID

from escorts.domain.offer import Location, Rate, WeeklyRule
from escorts.domain.publication import PublicationState


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a provider may say about her looks. All optional, all hers to give or take back."""

    height_cm: int | None = None
    weight_kg: int | None = None
    measurements: str | None = None
    hair_color: str | None = None
    eye_color: str | None = None
    ethnicity: str | None = None


ATTRIBUTE_NAMES = tuple(item.name for item in fields(Attributes))


@dataclass(frozen=True, slots=True)
class Content:
    """What the owner edits, as a whole; everything in it is meant for the public."""

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
    """A city of the directory."""

    slug: str
    name: str
    country: str
    zone: str
    currency: str
    latitude: float
    longitude: float
    listed: bool
    """Whether its jurisdiction allows the directory to list anybody there."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Which version of the statement the owner agreed to, and when."""

    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything about a profile, for its owner and for staff."""

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
    """What the gate lets through: nothing in it leads to the person behind the name."""

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
    """When the gate closes by itself, if nothing else happens."""


@dataclass(frozen=True, slots=True)
class NewProfile:
    """A profile about to be stored."""

    id: UUID
    user_id: UUID
    slug: str
    content: Content
    age: int
    birth_date_sealed: bytes
    checked_on: date
    at: datetime
