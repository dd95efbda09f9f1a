"""A profile whose owner is long gone is not shown for ever: it is hidden, after a warning."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

HIDE_AFTER = timedelta(days=90)
WARNING_PERIOD = timedelta(days=7)
"""Between the warning and the hiding, however late the warning came."""
WARN_AFTER = HIDE_AFTER - WARNING_PERIOD


class InactivityStep(StrEnum):
    """What is due."""

    WARN = "warn"
    HIDE = "hide"


@dataclass(frozen=True, slots=True)
class Inactivity:
    """A shown profile, when its owner was last here, and when we warned her since then."""

    profile_id: UUID
    user_id: UUID
    last_active_at: datetime
    warned_at: datetime | None

    def next_step(self, now: datetime) -> InactivityStep | None:
        """Return what is due, if anything."""
        if self.warned_at is None:
            return InactivityStep.WARN if self.last_active_at <= now - WARN_AFTER else None
        return InactivityStep.HIDE if self.hides_at(self.warned_at) <= now else None

    def hides_at(self, warned_at: datetime) -> datetime:
        """Return when it is hidden if its owner does not come back."""
        return max(self.last_active_at + HIDE_AFTER, warned_at + WARNING_PERIOD)
