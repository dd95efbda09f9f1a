"""What time and other features bring: ends of verifications, birthdays, closed accounts."""

from dataclasses import dataclass
from uuid import UUID

from escorts.domain.ages import age_on, today
from escorts.publisher import Publisher
from escorts.repository import Verifications
from escorts.repository.birth_date_encryption import BirthDates
from escorts.repository.maintenance import Upkeep
from escorts.service.public_profiles import profile_not_found
from kit.clock import Clock
from kit.envelope import UnreadableDocument
from kit.observability import logger

BATCH = 500


@dataclass(frozen=True, slots=True)
class Expiry:
    """Notes which verifications have run out. The gate did not wait for it."""

    verifications: Verifications
    publisher: Publisher

    def run(self) -> int:
        """Note one batch; return how many."""
        ended = self.verifications.expire_due(BATCH)
        for profile_id, verification_id in ended:
            self.publisher.verification_expired(profile_id, verification_id)
        return len(ended)


@dataclass(frozen=True, slots=True)
class Birthdays:
    """Derives ages anew, every profile once a day."""

    upkeep: Upkeep
    birth_dates: BirthDates
    now: Clock

    def run(self) -> int:
        """Look at one batch; return how many."""
        day = today(self.now())
        due = self.upkeep.ages_due(day, BATCH)
        ages: dict[UUID, int] = {}
        for profile_id, sealed in due:
            try:
                ages[profile_id] = age_on(self.birth_dates.open(profile_id, sealed), day)
            except UnreadableDocument:
                # The old age stays, and tomorrow's run says so again.
                logger().error("birth date unreadable", profile_id=str(profile_id))
        if due:
            self.upkeep.set_ages(ages, [profile_id for profile_id, _ in due], day)
        return len(due)


@dataclass(frozen=True, slots=True)
class Closing:
    """Takes a profile away: its owner closed it, or her account."""

    upkeep: Upkeep
    publisher: Publisher
    now: Clock

    def close(self, user_id: UUID) -> None:
        """Anonymise the user's profile; nothing happens where there is none, or none any more."""
        profile_id = self.upkeep.open_profile_of(user_id)
        if profile_id is not None:
            # While it still has its addresses: the edge has to forget them.
            self.publisher.closed(profile_id)
            self.upkeep.close(profile_id, self.now())

    def close_own(self, user_id: UUID, profile_id: UUID) -> None:
        """Do the same as its owner asks; repeating it is harmless, anybody else's is not there."""
        if self.upkeep.open_profile_of(user_id) == profile_id:
            self.close(user_id)
        elif not self.upkeep.has_closed(user_id, profile_id):
            raise profile_not_found()

    def shut_out(self, user_id: UUID) -> None:
        """Say that the suspended user's profile is not public, if there is one."""
        profile_id = self.upkeep.open_profile_of(user_id)
        if profile_id is not None:
            self.publisher.shut_out(profile_id)
