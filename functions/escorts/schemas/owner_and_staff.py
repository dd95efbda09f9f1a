"""What the JSON API says to owners and staff alone."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from escorts.domain.profiles import Profile
from escorts.domain.publication import Status
from escorts.domain.verification import Verification, VerificationStatus
from escorts.schemas.public_profiles import ProfileFields, profile_fields
from escorts.service.moderation import Case, Waiting
from escorts.service.my_profile import Overview
from kit.http import Response


class VerificationView(Response):
    """A request for verification and what became of it."""

    id: UUID
    status: VerificationStatus
    submitted_at: datetime
    document_checked_at: datetime | None
    liveness_checked_at: datetime | None
    decided_at: datetime | None
    expires_at: datetime | None
    reason: str | None

    @classmethod
    def of(cls, verification: Verification) -> Self:
        """Show a request."""
        return cls.model_validate(verification)


class TodoView(Response):
    """One thing between the profile and the public; `waiting`: it is our turn."""

    code: str
    text: str
    waiting: bool


class OwnView(ProfileFields):
    """A profile in full, for its owner."""

    age: int | None
    date_of_birth: date | None
    status: Status
    hidden: bool
    suspension_reason: str | None
    public: bool
    todo: list[TodoView]
    verification: VerificationView | None
    consent_version: int | None
    consent_required: int | None
    consent_text: str
    version: int
    created_at: datetime

    @classmethod
    def of(cls, overview: Overview) -> Self:
        """Show a profile to its owner."""
        profile = overview.profile
        latest = overview.verification
        return cls(
            **profile_fields(profile),
            **_standing(profile),
            date_of_birth=overview.birth_date,
            public=overview.public,
            todo=[TodoView.model_validate(item) for item in overview.todo],
            verification=VerificationView.of(latest) if latest else None,
            consent_required=overview.consent_version,
            consent_text=overview.consent_text,
        )


class StaffView(ProfileFields):
    """A profile for staff; the birth date is not in it (see the verification)."""

    user_id: UUID
    age: int | None
    status: Status
    hidden: bool
    suspension_reason: str | None
    consent_version: int | None
    version: int
    created_at: datetime

    @classmethod
    def of(cls, profile: Profile) -> Self:
        """Show a profile to staff."""
        return cls(**profile_fields(profile), **_standing(profile), user_id=profile.user_id)


class QueueItem(Response):
    """Who waits to be verified."""

    profile_id: UUID
    name: str
    city_name: str
    country: str
    verification: VerificationView

    @classmethod
    def of(cls, waiting: Waiting) -> Self:
        """Show an entry of the queue."""
        return cls(
            profile_id=waiting.verification.profile_id,
            name=waiting.name,
            city_name=waiting.city_name,
            country=waiting.country,
            verification=VerificationView.of(waiting.verification),
        )


class HistoryView(Response):
    """Every request for verification, newest first; the birth date is there for staff to compare."""

    profile_id: UUID
    date_of_birth: date | None
    items: list[VerificationView]

    @classmethod
    def of(cls, case: Case) -> Self:
        """Show a case to staff."""
        items = [VerificationView.of(item) for item in case.history]
        return cls(profile_id=case.profile.id, date_of_birth=case.birth_date, items=items)


def _standing(profile: Profile) -> dict[str, Any]:
    return {
        "age": profile.age,
        "status": profile.standing.status,
        "hidden": profile.standing.hidden,
        "suspension_reason": profile.suspension_reason,
        "consent_version": profile.consent.version if profile.consent else None,
        "version": profile.version,
        "created_at": profile.created_at,
    }
