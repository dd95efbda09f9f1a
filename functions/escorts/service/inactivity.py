"""Jobs for inactive profiles and expired availability entries."""

from dataclasses import dataclass
from datetime import timedelta

from escorts.domain.inactivity import InactivityStep
from escorts.publisher import ProfileEvents
from escorts.repository.inactivity import InactivityRepository
from kit.clock import Clock

BATCH = 500
RETENTION = timedelta(days=8)
"""Time for which expired entries stay: as long as a page may still show their week."""


@dataclass(frozen=True, slots=True)
class InactivityJob:
    """Job that warns inactive owners, then hides their profiles."""

    repository: InactivityRepository
    events: ProfileEvents
    now: Clock

    def run(self) -> int:
        """Process one batch; return its size."""
        now = self.now()
        due = self.repository.claim_due(now, BATCH)
        warned = [item for item in due if item.next_step(now) is InactivityStep.WARN]
        hidden = [item for item in due if item.next_step(now) is InactivityStep.HIDE]
        self.repository.record_warnings([item.profile_id for item in warned], now)
        self.repository.hide_profiles([item.profile_id for item in hidden], now)
        for item in warned:
            self.events.emit_inactivity_warned(item.profile_id, item.user_id, item.hides_at(now))
        for item in hidden:
            self.events.emit_auto_hidden(item.profile_id, item.user_id)
        return len(due)


@dataclass(frozen=True, slots=True)
class ExpiredDatesJob:
    """Job that deletes expired tours, exceptions and "available now", which tell where a provider was."""

    repository: InactivityRepository
    now: Clock

    def run(self) -> int:
        """Delete expired entries; return the number of profiles affected."""
        return self.repository.delete_expired_dates(self.now() - RETENTION)
