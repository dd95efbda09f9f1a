"""Mappers from rows to domain objects, the same for every reader of profiles."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from escorts.domain.offer import Location, Rate, Venue, WeeklyRule
from escorts.domain.profiles import (
    ATTRIBUTE_NAMES,
    Attributes,
    Consent,
    Content,
    Profile,
    PublicProfile,
)
from escorts.domain.publication import PublicationState, PublicationStatus
from escorts.domain.verification import Verification, VerificationStatus
from kit.money import Money

type Row = Mapping[str, Any]


def to_content(row: Row) -> Content:
    """Return the owner's content."""
    return Content(
        name=row["name"],
        city=row["city"],
        bio=row["bio"],
        attributes=Attributes(**{name: row[name] for name in ATTRIBUTE_NAMES}),
        languages=tuple(row["languages"]),
        services=tuple(row["services"]),
        rates=tuple(_rate(item) for item in row["rates"]),
        locations=tuple(Location(**item) for item in row["locations"]),
        availability=tuple(_rule(item) for item in row["availability"]),
    )


def to_public(row: Row) -> PublicProfile:
    """Return the public profile."""
    return PublicProfile(
        content=to_content(row),
        **{
            name: row[name]
            for name in (
                "id", "slug", "city_name", "country", "zone", "age", "verified_at", "updated_at",
                "public_until",
            )
        },
    )  # fmt: skip


def to_profile(row: Row) -> Profile:
    """Return the profile with all fields, for the owner and for staff."""
    suspended_from = row["suspended_from"]
    version = row["consent_version"]
    return Profile(
        content=to_content(row),
        publication=PublicationState(
            PublicationStatus(row["status"]),
            row["hidden"],
            suspended_from and PublicationStatus(suspended_from),
        ),
        consent=Consent(version, row["consent_at"]) if version is not None else None,
        **{
            name: row[name]
            for name in (
                "id", "user_id", "slug", "city_name", "country", "zone", "suspension_reason",
                "age", "birth_date_sealed", "version", "created_at", "updated_at",
            )
        },
    )  # fmt: skip


def to_verification(row: Row) -> Verification:
    """Return one request for verification."""
    return Verification(
        status=VerificationStatus(row["status"]),
        **{
            name: row[name]
            for name in (
                "id", "profile_id", "submitted_at", "document_checked_at", "liveness_checked_at",
                "decided_at", "decided_by", "expires_at", "reason",
            )
        },
    )  # fmt: skip


def _rate(item: Row) -> Rate:
    return Rate(
        service=item["service"],
        duration_minutes=item["durationMinutes"],
        price=Money(item["amount"], item["currency"]),
        venue=Venue(item["venue"]),
    )


def _rule(item: Row) -> WeeklyRule:
    return WeeklyRule(
        item["weekday"], time.fromisoformat(item["start"]), time.fromisoformat(item["end"])
    )
