"""What a session is: who is signed in where, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kit.auth.cookies import Audience


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lives untouched, and at most."""

    idle: timedelta
    absolute: timedelta


LIFETIMES = {
    Audience.SITE: Lifetime(idle=timedelta(days=14), absolute=timedelta(days=30)),
    Audience.ADMIN: Lifetime(idle=timedelta(minutes=30), absolute=timedelta(hours=8)),
    Audience.CRM: Lifetime(idle=timedelta(minutes=15), absolute=timedelta(hours=8)),
}


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in device. `device` and `network` are what the person may recognise it by."""

    id: str
    user_id: UUID
    role: str
    audience: Audience
    device: str
    network: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime

    def is_live(self, moment: datetime) -> bool:
        """Tell whether neither the idle nor the absolute limit has passed."""
        idle = LIFETIMES[self.audience].idle
        return moment < self.expires_at and moment < self.last_seen_at + idle
