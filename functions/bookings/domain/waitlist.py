"""Waitlist entries for a period that is taken."""

from dataclasses import dataclass
from uuid import UUID

from kit.intervals import Interval


@dataclass(frozen=True, slots=True)
class WaitlistEntry:
    """A client waiting for some time within a period."""

    id: UUID
    profile_id: UUID
    client_id: UUID
    requested_period: Interval
