"""What stands on a client's card beside the entry itself."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Revenue:
    """What completed visits brought, in one currency."""

    currency: str
    visits: int
    received_minor: int
    expenses_minor: int
    net_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSummary:
    """Counted at the moment when it is asked for."""

    revenue: list[Revenue]
    last_visit_at: datetime | None
    next_visit_at: datetime | None
    open_tasks: int
    overdue_tasks: int
    screening_valid: bool
    screening_valid_until: datetime | None
    """None where no check is valid, or one is for good."""
