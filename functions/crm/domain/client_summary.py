"""Summary of a client: totals shown beside the profile."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Revenue:
    """Revenue of completed visits in one currency."""

    currency: str
    visits: int
    received_minor: int
    expenses_minor: int
    net_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSummary:
    """Summary of a client, computed on request."""

    revenue: list[Revenue]
    last_visit_at: datetime | None
    next_visit_at: datetime | None
    open_tasks: int
    overdue_tasks: int
    screening_valid: bool
    screening_valid_until: datetime | None
    """None if no screening is valid, or one is valid without an end."""
