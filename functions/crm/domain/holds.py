"""What must not be forgotten for a while, whatever anybody asks for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A legal hold: on one client, or (None) on the whole book. The reason is sealed."""

    id: UUID
    client_id: UUID | None
    reason: str
    placed_at: datetime
    released_at: datetime | None
