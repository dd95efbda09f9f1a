"""Who waits for a time that is taken."""

from dataclasses import dataclass
from uuid import UUID

from bookings.domain.spans import Span


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who would come between these moments."""

    id: UUID
    escort_id: UUID
    client_id: UUID
    wanted: Span
