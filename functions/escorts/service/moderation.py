"""What staff decide about profiles. Every decision is written to the log for good."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from escorts.domain.profiles import Profile
from escorts.domain.publication import Action
from escorts.domain.verification import (
    OPEN,
    Checks,
    Step,
    Verification,
    VerificationStatus,
    after,
)
from escorts.publisher import Publisher
from escorts.repository import Profiles, Verifications
from escorts.repository.birth_date_encryption import BirthDates
from escorts.service.public_profiles import parse_id, profile_not_found
from kit.clock import Clock
from kit.errors import Forbidden, Invalid, InvalidState
from kit.pagination import decode_cursor, encode_cursor


class Decision(StrEnum):
    """What staff say about a request for verification."""

    IN_REVIEW = "in_review"
    VERIFIED = "verified"
    REJECTED = "rejected"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One entry of the queue."""

    verification: Verification
    name: str
    city_name: str
    country: str


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a member of staff needs to decide."""

    profile: Profile
    birth_date: date | None
    history: list[Verification]


@dataclass(frozen=True, slots=True)
class Moderation:
    """The use cases of staff, on one transaction."""

    profiles: Profiles
    verifications: Verifications
    publisher: Publisher
    birth_dates: BirthDates
    now: Clock

    def queue(self, cursor: str | None, limit: int) -> tuple[list[Waiting], str | None]:
        """Return who waits for a decision, longest first."""
        last = parse_id(str(decode_cursor(cursor, {"after": str})["after"])) if cursor else None
        rows = self.verifications.queue(last, limit + 1)
        items = [_waiting(verification, row) for verification, row in rows[:limit]]
        more = len(rows) > limit
        return items, encode_cursor({"after": str(items[-1].verification.id)}) if more else None

    def profile(self, id_or_slug: str) -> Profile:
        """Return a profile, whatever its state."""
        profile_id = parse_id(id_or_slug)
        found = self.profiles.by_id(profile_id) if profile_id else self.profiles.by_slug(id_or_slug)
        if found is None:
            raise profile_not_found()
        return found

    def case(self, staff: UUID, profile_id: UUID) -> Case:
        """Return a profile with its birth date, to hold against a document: that is logged."""
        profile = self.profile(str(profile_id))
        sealed = profile.birth_date_sealed
        self.verifications.record(staff, "birth-date.read", profile_id, self.now())
        return Case(
            profile,
            self.birth_dates.open(profile_id, sealed) if sealed else None,
            self.verifications.history(profile_id),
        )

    def decide(
        self,
        staff: UUID,
        profile_id: UUID,
        decision: Decision,
        *,
        checks: Checks | None = None,
        reason: str | None = None,
    ) -> Verification:
        """Decide about the request that waits; only `revoked` is about a verified one."""
        profile = self._for_decision(staff, profile_id)
        history = self.verifications.history(profile_id)
        verified = _first(history, frozenset({VerificationStatus.VERIFIED}))
        match decision:
            case Decision.IN_REVIEW:
                decided = self._review(_waiting_one(history))
            case Decision.VERIFIED:
                decided = self._verify(staff, _waiting_one(history), checks, verified)
            case Decision.REJECTED:
                decided = self._refuse(staff, _waiting_one(history), Step.REJECT, reason)
                if verified is not None:
                    # The latest look at the person counts, also while renewing.
                    self._refuse(staff, verified, Step.REVOKE, reason)
            case Decision.REVOKED:
                if verified is None:
                    raise InvalidState("not-verified", "Nothing to revoke: it is not verified.")
                decided = self._refuse(staff, verified, Step.REVOKE, reason)
        self.verifications.record(
            staff,
            f"verification.{decision}",
            profile.id,
            self.now(),
            verification_id=decided.id,
            reason=reason,
            details=_as_details(decided) if decision is Decision.VERIFIED else None,
        )
        return decided

    def suspend(self, staff: UUID, profile_id: UUID, reason: str) -> Profile:
        """Take the profile out of the directory, at once."""
        return self._move(staff, profile_id, Action.SUSPEND, reason)

    def restore(self, staff: UUID, profile_id: UUID, reason: str) -> Profile:
        """Lift the suspension: the profile stands where its owner left it."""
        return self._move(staff, profile_id, Action.RESTORE, reason)

    def _move(self, staff: UUID, profile_id: UUID, action: Action, reason: str) -> Profile:
        profile = self._for_decision(staff, profile_id)
        standing = profile.standing.after(action)
        shown = reason if action is Action.SUSPEND else None
        self.profiles.save_standing(profile_id, standing, profile.consent, shown, self.now())
        self.verifications.record(staff, f"profile.{action}", profile_id, self.now(), reason=reason)
        self.publisher.moved(profile_id, action)
        return self.profile(str(profile_id))

    def _for_decision(self, staff: UUID, profile_id: UUID) -> Profile:
        profile = self.profiles.for_change(profile_id)
        if profile is None:
            raise profile_not_found()
        if profile.user_id == staff:
            raise Forbidden("own-profile", "Somebody else has to decide about your own profile.")
        return profile

    def _review(self, request: Verification) -> Verification:
        reviewed = replace(request, status=after(request.status, Step.REVIEW))
        self.verifications.save(reviewed)
        return reviewed

    def _verify(
        self,
        staff: UUID,
        request: Verification,
        checks: Checks | None,
        earlier: Verification | None,
    ) -> Verification:
        if checks is None:
            raise Invalid(
                "checks-missing",
                "Say when the document and the liveness were checked.",
                field="documentCheckedAt",
            )
        now = self.now()
        checks.require_current(now)
        if earlier is not None:
            ended = replace(earlier, status=after(earlier.status, Step.EXPIRE))
            self.verifications.save(ended, ended_at=now)
        verified = replace(
            request,
            status=after(request.status, Step.VERIFY),
            document_checked_at=checks.document_checked_at,
            liveness_checked_at=checks.liveness_checked_at,
            decided_at=now,
            decided_by=staff,
            expires_at=checks.expires_at,
            reason=None,
        )
        self.verifications.save(verified)
        self.publisher.verification_decided(verified, "verified")
        return verified

    def _refuse(
        self, staff: UUID, verification: Verification, step: Step, reason: str | None
    ) -> Verification:
        if not reason:
            raise Invalid(
                "reason-missing", "Say why: the provider reads it and can mend it.", field="reason"
            )
        now = self.now()
        refused = replace(
            verification,
            status=after(verification.status, step),
            decided_at=now,
            decided_by=staff,
            reason=reason,
        )
        self.verifications.save(refused, ended_at=now)
        self.publisher.verification_decided(
            refused, "rejected" if step is Step.REJECT else "revoked"
        )
        return refused


def _first(
    history: list[Verification], statuses: frozenset[VerificationStatus]
) -> Verification | None:
    return next((item for item in history if item.status in statuses), None)


def _waiting_one(history: list[Verification]) -> Verification:
    found = _first(history, OPEN)
    if found is None:
        raise InvalidState("nothing-waiting", "This provider has not asked to be verified.")
    return found


def _waiting(verification: Verification, row: Mapping[str, Any]) -> Waiting:
    return Waiting(verification, row["name"], row["city_name"], row["country"])


def _as_details(decided: Verification) -> dict[str, object]:
    moments = {
        "documentCheckedAt": decided.document_checked_at,
        "livenessCheckedAt": decided.liveness_checked_at,
        "expiresAt": decided.expires_at,
    }
    return {name: moment.isoformat() for name, moment in moments.items() if moment is not None}
