"""Policy for inactive profiles: warn the owner, then hide the profile."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

HIDE_AFTER = timedelta(days=90)
WARNING_PERIOD = timedelta(days=7)
"""Shortest time between the warning and the hiding, however late the warning was sent."""
WARN_AFTER = HIDE_AFTER - WARNING_PERIOD


class InactivityStep(StrEnum):
    """Step that is due for an inactive profile."""

    WARN = "warn"
    HIDE = "hide"


@dataclass(frozen=True, slots=True)
class Inactivity:
    """Visible profile with its owner's last activity and the warning since then."""

    profile_id: UUID
    user_id: UUID
    last_active_at: datetime
    warned_at: datetime | None

    def next_step(self, now: datetime) -> InactivityStep | None:
        """Return the step that is due, or None."""
        if self.warned_at is None:
            return InactivityStep.WARN if self.last_active_at <= now - WARN_AFTER else None
        return InactivityStep.HIDE if self.hides_at(self.warned_at) <= now else None

    def hides_at(self, warned_at: datetime) -> datetime:
        """Return when the profile is hidden if its owner does not come back."""
        return max(self.last_active_at + HIDE_AFTER, warned_at + WARNING_PERIOD)
