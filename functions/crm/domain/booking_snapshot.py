"""What a booking on the platform says of itself while it lives, and what its visit is by that.

Sayings arrive in any order. They are put together by the order of a booking's life: it is confirmed, then it ends in
one way. What an earlier one knew and the later one does not say stays known.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from crm.domain.enums import PaymentState, VisitStatus


class BookingState(StrEnum):
    """Where a booking stands, as far as a visit is concerned."""

    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"


_STATUS = {
    BookingState.CONFIRMED: VisitStatus.PLANNED,
    BookingState.COMPLETED: VisitStatus.COMPLETED,
    BookingState.NO_SHOW: VisitStatus.NO_SHOW,
    BookingState.CANCELLED: VisitStatus.CANCELLED,
    BookingState.RESCHEDULED: VisitStatus.CANCELLED,
}
_AMOUNTS = ("amount_minor", "paid_minor", "fee_minor", "refund_minor")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingSnapshot:
    """What was said so far; None where nothing was."""

    state: BookingState
    currency: str | None = None
    amount_minor: int | None = None
    paid_minor: int | None = None
    fee_minor: int | None = None
    """What the client owes for calling it off late, or for not coming."""
    refund_minor: int | None = None

    def merge(self, other: "BookingSnapshot") -> "BookingSnapshot":
        """Return both as one, whichever came first."""
        # What ended once never ends otherwise: of two ends the one that is known stays.
        is_later = self.state is BookingState.CONFIRMED
        early, late = (self, other) if is_later else (other, self)
        known = asdict(early) | {
            key: value for key, value in asdict(late).items() if value is not None
        }
        return BookingSnapshot(**known)

    @property
    def status(self) -> VisitStatus:
        """Where the visit stands."""
        return _STATUS[self.state]

    @property
    def received_minor(self) -> int:
        """What she has of it, as far as the platform knows; cash is hers to write down."""
        if self.state is BookingState.RESCHEDULED:
            return 0  # It went along to the booking that took its place.
        return max((self.paid_minor or 0) - (self.refund_minor or 0), 0)

    @property
    def has_received_amount(self) -> bool:
        """Tell whether that amount is known: an end that was heard alone does not say what had been paid."""
        return self.paid_minor is not None or self.state is BookingState.RESCHEDULED

    @property
    def payment_status(self) -> PaymentState:
        """Whether that is all that was to come."""
        received, over = self.received_minor, self.status in _NOTHING_DUE
        due = (self.fee_minor or 0) if over else self.amount_minor
        if received == 0:
            return PaymentState.CANCELLED if over and not due else PaymentState.PENDING
        return PaymentState.PAID if due is not None and received >= due else PaymentState.PARTIAL

    def payment_columns(self) -> dict[str, Any]:
        """Return the visit's columns that follow from it."""
        return {
            "rate_minor": self.amount_minor,
            "received_minor": self.received_minor,
            "payment_status": self.payment_status,
        } | ({"currency": self.currency} if self.currency else {})

    def to_payload(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @classmethod
    def from_payload(cls, document: Mapping[str, Any]) -> Self:
        """Return what was kept as JSON."""
        return cls(
            state=BookingState(document["state"]),
            currency=document.get("currency"),
            **{name: document.get(name) for name in _AMOUNTS},
        )


_NOTHING_DUE = frozenset({VisitStatus.CANCELLED, VisitStatus.NO_SHOW})


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingUpdate:
    """What one event tells: whose booking, when, and where it stands now."""

    booking_id: UUID
    client_account: UUID
    starts_at: datetime
    ends_at: datetime
    snapshot: BookingSnapshot

    @property
    def duration_minutes(self) -> int:
        """How long it takes."""
        return max(round((self.ends_at - self.starts_at).total_seconds() / 60), 1)

    def to_payload(self) -> dict[str, Any]:
        """Return it as JSON, to be sealed."""
        return {
            "bookingId": str(self.booking_id),
            "clientId": str(self.client_account),
            "startsAt": self.starts_at.isoformat(),
            "endsAt": self.ends_at.isoformat(),
            "said": self.snapshot.to_payload(),
        }

    @classmethod
    def from_payload(cls, document: Mapping[str, Any]) -> Self:
        """Return what was sealed."""
        return cls(
            booking_id=UUID(document["bookingId"]),
            client_account=UUID(document["clientId"]),
            starts_at=datetime.fromisoformat(document["startsAt"]),
            ends_at=datetime.fromisoformat(document["endsAt"]),
            said=BookingSnapshot.from_payload(document["said"]),
        )
