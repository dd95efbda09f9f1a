"""Maintenance of profiles: verification expiry, age refresh, account closure."""

from dataclasses import dataclass
from uuid import UUID

from escorts.domain.ages import age_on, date_everywhere
from escorts.publisher import ProfileEvents
from escorts.repository import Verifications
from escorts.repository.birth_date_encryption import BirthDateEncryption
from escorts.repository.maintenance import MaintenanceRepository
from escorts.service.public_profiles import profile_not_found
from kit.clock import Clock
from kit.envelope import UnreadableDocument
from kit.observability import logger

BATCH = 500


@dataclass(frozen=True, slots=True)
class VerificationExpiry:
    """Job that marks verifications as expired. The visibility view does not depend on it."""

    verifications: Verifications
    events: ProfileEvents

    def run(self) -> int:
        """Process one batch; return its size."""
        ended = self.verifications.expire_due(BATCH)
        for profile_id, verification_id in ended:
            self.events.emit_verification_expired(profile_id, verification_id)
        return len(ended)


@dataclass(frozen=True, slots=True)
class AgeRefresh:
    """Job that derives every profile's age anew, once a day."""

    repository: MaintenanceRepository
    birth_dates: BirthDateEncryption
    now: Clock

    def run(self) -> int:
        """Process one batch; return its size."""
        day = date_everywhere(self.now())
        due = self.repository.claim_ages_due(day, BATCH)
        ages: dict[UUID, int] = {}
        for profile_id, sealed in due:
            try:
                ages[profile_id] = age_on(self.birth_dates.open(profile_id, sealed), day)
            except UnreadableDocument:
                # The old age stays, and the next day's run logs the error again.
                logger().error("birth date unreadable", profile_id=str(profile_id))
        if due:
            self.repository.save_ages(ages, [profile_id for profile_id, _ in due], day)
        return len(due)


@dataclass(frozen=True, slots=True)
class AccountClosure:
    """Closure of a profile by its owner, or with its account."""

    repository: MaintenanceRepository
    events: ProfileEvents
    now: Clock

    def on_account_closed(self, user_id: UUID) -> None:
        """Anonymise the user's profile; do nothing without an open one."""
        profile_id = self.repository.lock_open_profile(user_id)
        if profile_id is not None:
            # Before the slugs are deleted: the CDN has to drop them.
            self.events.emit_closed(profile_id)
            self.repository.close_profile(profile_id, self.now())

    def close_own_profile(self, user_id: UUID, profile_id: UUID) -> None:
        """Close the owner's profile; a repetition does nothing, another owner's profile is not found."""
        if self.repository.lock_open_profile(user_id) == profile_id:
            self.on_account_closed(user_id)
        elif not self.repository.has_closed_profile(user_id, profile_id):
            raise profile_not_found()

    def on_account_suspended(self, user_id: UUID) -> None:
        """Delist the suspended user's profile, if there is one."""
        profile_id = self.repository.lock_open_profile(user_id)
        if profile_id is not None:
            self.events.emit_account_suspended(profile_id)
