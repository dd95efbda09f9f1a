"""Sessions: the account, audience, device, network and lifetime of a login."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from kit.auth.cookies import Audience


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Idle and absolute lifetime of a session; its use is recorded at most every `touch_after`."""

    idle: timedelta
    absolute: timedelta
    touch_after: timedelta = timedelta(minutes=5)


LIFETIMES = {
    Audience.SITE: Lifetime(idle=timedelta(days=14), absolute=timedelta(days=30)),
    Audience.ADMIN: Lifetime(idle=timedelta(minutes=30), absolute=timedelta(hours=8)),
    Audience.CRM: Lifetime(
        idle=timedelta(minutes=15), absolute=timedelta(hours=8), touch_after=timedelta(minutes=1)
    ),
}


@dataclass(frozen=True, slots=True)
class Session:
    """Session of one signed-in device; its owner may recognise it by `device` and `network`.

    `network_change_allowed`: its owner allowed the network to change. `network_changed_to`: the other network in
    which a use ended the session.
    """

    id: str
    user_id: UUID
    role: str
    audience: Audience
    device: str
    network: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    network_change_allowed: bool = False
    network_changed_to: str = ""

    def is_live(self, moment: datetime) -> bool:
        """Tell whether neither the idle nor the absolute limit has passed, and no network change ended the session."""
        idle = LIFETIMES[self.audience].idle
        in_time = moment < self.expires_at and moment < self.last_seen_at + idle
        return in_time and not self.network_changed_to


def format_timestamp(moment: datetime) -> str:
    """Return a moment as text that sorts by time."""
    return moment.isoformat(timespec="microseconds")


def to_item(session: Session) -> dict[str, Any]:
    """Return the session's DynamoDB item, without its secret."""
    item: dict[str, Any] = {
        "session_id": {"S": session.id},
        "user_id": {"S": str(session.user_id)},
        "role": {"S": session.role},
        "audience": {"S": session.audience.value},
        "device": {"S": session.device},
        "network": {"S": session.network},
        "created_at": {"S": format_timestamp(session.created_at)},
        "last_seen_at": {"S": format_timestamp(session.last_seen_at)},
        "expires_at": {"S": format_timestamp(session.expires_at)},
        "ttl": {"N": str(int(session.expires_at.timestamp()))},
    }
    if session.network_change_allowed:
        item["network_change_allowed"] = {"BOOL": True}
    return item


def from_item(item: dict[str, Any]) -> Session:
    """Return the session of a DynamoDB item."""
    return Session(
        id=item["session_id"]["S"],
        user_id=UUID(item["user_id"]["S"]),
        role=item["role"]["S"],
        audience=Audience(item["audience"]["S"]),
        device=item["device"]["S"],
        network=item["network"]["S"],
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        last_seen_at=datetime.fromisoformat(item["last_seen_at"]["S"]),
        expires_at=datetime.fromisoformat(item["expires_at"]["S"]),
        network_change_allowed="network_change_allowed" in item,
        network_changed_to=item["network_changed_to"]["S"] if "network_changed_to" in item else "",
    )
