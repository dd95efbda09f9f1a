"""Decisions of staff about profiles. Every decision is appended to the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from escorts.domain.profiles import Profile
from escorts.domain.publication import PublicationAction
from escorts.domain.verification import (
    OPEN_STATUSES,
    Verification,
    VerificationAction,
    VerificationChecks,
    VerificationStatus,
    next_status,
)
from escorts.publisher import ProfileEvents
from escorts.repository import Profiles, Verifications
from escorts.repository.birth_date_encryption import BirthDateEncryption
from escorts.service.public_profiles import parse_id, profile_not_found
from kit.clock import Clock
from kit.errors import Forbidden, Invalid, InvalidState
from kit.i18n import gettext as _
from kit.pagination import decode_cursor, encode_cursor


class VerificationDecision(StrEnum):
    """Decision of staff about a request for verification."""

    IN_REVIEW = "in_review"
    VERIFIED = "verified"
    REJECTED = "rejected"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class PendingVerification:
    """Entry of the verification queue."""

    verification: Verification
    name: str
    city_name: str
    country: str


@dataclass(frozen=True, slots=True)
class VerificationCase:
    """Profile with everything that a staff member needs to decide."""

    profile: Profile
    birth_date: date | None
    history: list[Verification]


@dataclass(frozen=True, slots=True)
class Moderation:
    """Service for staff decisions, on one transaction."""

    profiles: Profiles
    verifications: Verifications
    events: ProfileEvents
    birth_dates: BirthDateEncryption
    now: Clock

    def list_pending(
        self, cursor: str | None, limit: int
    ) -> tuple[list[PendingVerification], str | None]:
        """Return requests without a decision, the longest waiting first."""
        last = parse_id(str(decode_cursor(cursor, {"after": str})["after"])) if cursor else None
        rows = self.verifications.list_pending(last, limit + 1)
        items = [_pending_verification(verification, row) for verification, row in rows[:limit]]
        more = len(rows) > limit
        return items, encode_cursor({"after": str(items[-1].verification.id)}) if more else None

    def get_profile(self, id_or_slug: str) -> Profile:
        """Return a profile in any state."""
        profile_id = parse_id(id_or_slug)
        found = self.profiles.by_id(profile_id) if profile_id else self.profiles.by_slug(id_or_slug)
        if found is None:
            raise profile_not_found()
        return found

    def get_case(self, staff: UUID, profile_id: UUID) -> VerificationCase:
        """Return a profile with its birth date, to compare with a document; log the access."""
        profile = self.get_profile(str(profile_id))
        sealed = profile.birth_date_sealed
        self.verifications.record_action(staff, "birth-date.read", profile_id, self.now())
        return VerificationCase(
            profile,
            self.birth_dates.open(profile_id, sealed) if sealed else None,
            self.verifications.list_for_profile(profile_id),
        )

    def decide(
        self,
        staff: UUID,
        profile_id: UUID,
        decision: VerificationDecision,
        *,
        checks: VerificationChecks | None = None,
        reason: str | None = None,
    ) -> Verification:
        """Decide about the pending request; only `revoked` applies to a verified one."""
        profile = self._get_for_decision(staff, profile_id)
        history = self.verifications.list_for_profile(profile_id)
        verified = _find_by_status(history, frozenset({VerificationStatus.VERIFIED}))
        match decision:
            case VerificationDecision.IN_REVIEW:
                decided = self._take_into_review(_require_pending(history))
            case VerificationDecision.VERIFIED:
                decided = self._verify(staff, _require_pending(history), checks, verified)
            case VerificationDecision.REJECTED:
                decided = self._refuse(
                    staff, _require_pending(history), VerificationAction.REJECT, reason
                )
                if verified is not None:
                    # The latest check of the person counts, also while renewing.
                    self._refuse(staff, verified, VerificationAction.REVOKE, reason)
            case VerificationDecision.REVOKED:
                if verified is None:
                    raise InvalidState(
                        "not-verified", _("Nothing to revoke: the provider is not verified.")
                    )
                decided = self._refuse(staff, verified, VerificationAction.REVOKE, reason)
        self.verifications.record_action(
            staff,
            f"verification.{decision}",
            profile.id,
            self.now(),
            verification_id=decided.id,
            reason=reason,
            details=_as_details(decided) if decision is VerificationDecision.VERIFIED else None,
        )
        return decided

    def suspend(self, staff: UUID, profile_id: UUID, reason: str) -> Profile:
        """Suspend the profile: it leaves the directory at once."""
        return self._apply_action(staff, profile_id, PublicationAction.SUSPEND, reason)

    def restore(self, staff: UUID, profile_id: UUID, reason: str) -> Profile:
        """Lift the suspension: the profile returns to the state in which its owner left it."""
        return self._apply_action(staff, profile_id, PublicationAction.RESTORE, reason)

    def _apply_action(
        self, staff: UUID, profile_id: UUID, action: PublicationAction, reason: str
    ) -> Profile:
        profile = self._get_for_decision(staff, profile_id)
        standing = profile.publication.apply(action)
        shown = reason if action is PublicationAction.SUSPEND else None
        self.profiles.save_publication(profile_id, standing, profile.consent, shown, self.now())
        self.verifications.record_action(
            staff, f"profile.{action}", profile_id, self.now(), reason=reason
        )
        self.events.emit_publication_action(profile_id, action)
        return self.get_profile(str(profile_id))

    def _get_for_decision(self, staff: UUID, profile_id: UUID) -> Profile:
        profile = self.profiles.get_for_update(profile_id)
        if profile is None:
            raise profile_not_found()
        if profile.user_id == staff:
            raise Forbidden(
                "own-profile", _("Another staff member has to decide about your own profile.")
            )
        return profile

    def _take_into_review(self, request: Verification) -> Verification:
        reviewed = replace(request, status=next_status(request.status, VerificationAction.REVIEW))
        self.verifications.save(reviewed)
        return reviewed

    def _verify(
        self,
        staff: UUID,
        request: Verification,
        checks: VerificationChecks | None,
        earlier: Verification | None,
    ) -> Verification:
        if checks is None:
            raise Invalid(
                "checks-missing",
                _("Enter when the document and the liveness were checked."),
                field="documentCheckedAt",
            )
        now = self.now()
        checks.require_current(now)
        if earlier is not None:
            ended = replace(earlier, status=next_status(earlier.status, VerificationAction.EXPIRE))
            self.verifications.save(ended, ended_at=now)
        verified = replace(
            request,
            status=next_status(request.status, VerificationAction.VERIFY),
            document_checked_at=checks.document_checked_at,
            liveness_checked_at=checks.liveness_checked_at,
            decided_at=now,
            decided_by=staff,
            expires_at=checks.expires_at,
            reason=None,
        )
        self.verifications.save(verified)
        self.events.emit_verification_decided(verified, "verified")
        return verified

    def _refuse(
        self,
        staff: UUID,
        verification: Verification,
        action: VerificationAction,
        reason: str | None,
    ) -> Verification:
        if not reason:
            raise Invalid(
                "reason-missing",
                _("Enter a reason: the provider reads it and can correct it."),
                field="reason",
            )
        now = self.now()
        refused = replace(
            verification,
            status=next_status(verification.status, action),
            decided_at=now,
            decided_by=staff,
            reason=reason,
        )
        self.verifications.save(refused, ended_at=now)
        self.events.emit_verification_decided(
            refused, "rejected" if action is VerificationAction.REJECT else "revoked"
        )
        return refused


def _find_by_status(
    history: list[Verification], statuses: frozenset[VerificationStatus]
) -> Verification | None:
    return next((item for item in history if item.status in statuses), None)


def _require_pending(history: list[Verification]) -> Verification:
    found = _find_by_status(history, OPEN_STATUSES)
    if found is None:
        raise InvalidState("nothing-waiting", _("This provider has not requested verification."))
    return found


def _pending_verification(
    verification: Verification, row: Mapping[str, Any]
) -> PendingVerification:
    return PendingVerification(verification, row["name"], row["city_name"], row["country"])


def _as_details(decided: Verification) -> dict[str, object]:
    moments = {
        "documentCheckedAt": decided.document_checked_at,
        "livenessCheckedAt": decided.liveness_checked_at,
        "expiresAt": decided.expires_at,
    }
    return {name: moment.isoformat() for name, moment in moments.items() if moment is not None}
