"""A meeting that took place, or will."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from crm.domain.enums import PaymentMethod, PaymentStatus, RateType, VisitStatus, VisitType
from kit.errors import Invalid

LONGEST = 14 * 24 * 60
"""Minutes, as of a booking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is kept of it: dates, amounts and states in clear for forecasts, all else sealed."""

    starts_at: datetime
    zone: str
    duration_minutes: int
    type: VisitType
    status: VisitStatus
    currency: str
    rate_minor: int | None = None
    rate_type: RateType = RateType.FIXED
    payment_method: PaymentMethod | None = None
    payment_status: PaymentStatus = PaymentStatus.PENDING
    received_minor: int = 0
    expenses_minor: int = 0
    would_see_again: bool | None = None
    client_rating: int | None = None
    booking_id: UUID | None = None
    location: str = ""
    notes: str = ""
    preferences: str = ""
    characteristics: str = ""
    """What she wants to remember of how somebody looks: intimate, and therefore sealed alone."""

    def __post_init__(self) -> None:
        """Refuse money that does not add up."""
        if (
            self.payment_status is PaymentStatus.PAID
            and self.rate_minor
            and not self.received_minor
        ):
            raise Invalid(
                "received-missing", "Say how much was received, or that it is not paid.",
                field="receivedMinor",
            )  # fmt: skip

    def clear(self) -> dict[str, Any]:
        """Return what is kept in clear."""
        return {name: getattr(self, name) for name in COLUMNS}

    def document(self) -> dict[str, Any]:
        """Return what is sealed; what is empty is left out."""
        return {name: text for name in _SEALED if (text := getattr(self, name))}

    @classmethod
    def of(cls, clear: Mapping[str, Any], document: Mapping[str, Any]) -> Self:
        """Return what was kept."""
        method = clear["payment_method"]
        return cls(
            **{name: clear[name] for name in COLUMNS if name not in _WORDS},
            type=VisitType(clear["type"]),
            status=VisitStatus(clear["status"]),
            rate_type=RateType(clear["rate_type"]),
            payment_method=PaymentMethod(method) if method else None,
            payment_status=PaymentStatus(clear["payment_status"]),
            **{name: document.get(name, "") for name in _SEALED},
        )


_WORDS = frozenset({"type", "status", "rate_type", "payment_method", "payment_status"})
COLUMNS = (
    "starts_at", "zone", "duration_minutes", "type", "status", "currency", "rate_minor", "rate_type",
    "payment_method", "payment_status", "received_minor", "expenses_minor", "would_see_again",
    "client_rating", "booking_id",
)  # fmt: skip
_SEALED = ("location", "notes", "preferences", "characteristics")
