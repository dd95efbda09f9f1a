"""Responses of the JSON API for owners and staff only."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from escorts.domain.profiles import Profile
from escorts.domain.publication import PublicationStatus
from escorts.domain.verification import Verification, VerificationStatus
from escorts.schemas.public_profiles import ProfileFields, profile_fields
from escorts.service.moderation import PendingVerification, VerificationCase
from escorts.service.my_profile import ProfileOverview
from kit.http import Response


class VerificationView(Response):
    """Request for verification with its decision."""

    id: UUID
    status: VerificationStatus
    submitted_at: datetime
    document_checked_at: datetime | None
    liveness_checked_at: datetime | None
    decided_at: datetime | None
    expires_at: datetime | None
    reason: str | None

    @classmethod
    def from_domain(cls, verification: Verification) -> Self:
        """Build the response from a verification."""
        return cls.model_validate(verification)


class ChecklistItemView(Response):
    """Step that is left until the profile is public; `waiting`: staff have to act."""

    code: str
    text: str
    waiting: bool


class OwnView(ProfileFields):
    """Profile with all fields, for its owner."""

    age: int | None
    date_of_birth: date | None
    status: PublicationStatus
    hidden: bool
    suspension_reason: str | None
    public: bool
    todo: list[ChecklistItemView]
    verification: VerificationView | None
    consent_version: int | None
    consent_required: int | None
    consent_text: str
    version: int
    created_at: datetime

    @classmethod
    def from_domain(cls, overview: ProfileOverview) -> Self:
        """Build the response from a profile overview."""
        profile = overview.profile
        latest = overview.verification
        return cls(
            **profile_fields(profile),
            **_publication_fields(profile),
            date_of_birth=overview.birth_date,
            public=overview.public,
            todo=[ChecklistItemView.model_validate(item) for item in overview.checklist],
            verification=VerificationView.from_domain(latest) if latest else None,
            consent_required=overview.consent_version,
            consent_text=overview.consent_text,
        )


class StaffView(ProfileFields):
    """Profile for staff; without the birth date (see the verification)."""

    user_id: UUID
    age: int | None
    status: PublicationStatus
    hidden: bool
    suspension_reason: str | None
    consent_version: int | None
    version: int
    created_at: datetime

    @classmethod
    def from_domain(cls, profile: Profile) -> Self:
        """Build the response from a profile."""
        return cls(
            **profile_fields(profile), **_publication_fields(profile), user_id=profile.user_id
        )


class PendingVerificationView(Response):
    """Entry of the verification queue."""

    profile_id: UUID
    name: str
    city_name: str
    country: str
    verification: VerificationView

    @classmethod
    def from_domain(cls, waiting: PendingVerification) -> Self:
        """Build the response from a pending verification."""
        return cls(
            profile_id=waiting.verification.profile_id,
            name=waiting.name,
            city_name=waiting.city_name,
            country=waiting.country,
            verification=VerificationView.from_domain(waiting.verification),
        )


class VerificationHistoryView(Response):
    """Requests for verification, newest first; with the birth date for staff, to compare with a document."""

    profile_id: UUID
    date_of_birth: date | None
    items: list[VerificationView]

    @classmethod
    def from_domain(cls, case: VerificationCase) -> Self:
        """Build the response from a verification case."""
        items = [VerificationView.from_domain(item) for item in case.history]
        return cls(profile_id=case.profile.id, date_of_birth=case.birth_date, items=items)


def _publication_fields(profile: Profile) -> dict[str, Any]:
    return {
        "age": profile.age,
        "status": profile.publication.status,
        "hidden": profile.publication.hidden,
        "suspension_reason": profile.suspension_reason,
        "consent_version": profile.consent.version if profile.consent else None,
        "version": profile.version,
        "created_at": profile.created_at,
    }
