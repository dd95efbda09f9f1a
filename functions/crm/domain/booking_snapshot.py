"""Booking snapshot: a booking's state and amounts as its events reported them, and the visit columns derived from it.

Events arrive in any order. Snapshots are merged in the order of a booking's life: it is confirmed, then it ends in
one way. A value of an earlier event that the later one lacks is retained.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from crm.domain.enums import PaymentState, VisitStatus


class BookingState(StrEnum):
    """State of a booking, as far as the visit is concerned."""

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
    """State and amounts reported so far; None if no event reported them."""

    state: BookingState
    currency: str | None = None
    amount_minor: int | None = None
    paid_minor: int | None = None
    fee_minor: int | None = None
    """What the client owes for a late cancellation or a no-show."""
    refund_minor: int | None = None

    def merge(self, other: "BookingSnapshot") -> "BookingSnapshot":
        """Return both snapshots merged, in whichever order they arrived."""
        # An end is final: of two ends the known one stays.
        is_later = self.state is BookingState.CONFIRMED
        early, late = (self, other) if is_later else (other, self)
        known = asdict(early) | {
            key: value for key, value in asdict(late).items() if value is not None
        }
        return BookingSnapshot(**known)

    @property
    def status(self) -> VisitStatus:
        """Return the status of the visit."""
        return _STATUS[self.state]

    @property
    def received_minor(self) -> int:
        """Return the amount that the provider received by the platform; cash is recorded by the provider."""
        if self.state is BookingState.RESCHEDULED:
            return 0  # The payment moved to the booking that replaced this one.
        return max((self.paid_minor or 0) - (self.refund_minor or 0), 0)

    @property
    def has_received_amount(self) -> bool:
        """Tell whether the received amount is known: a final event alone does not report what had been paid."""
        return self.paid_minor is not None or self.state is BookingState.RESCHEDULED

    @property
    def payment_status(self) -> PaymentState:
        """Return whether the amount due was paid."""
        received, over = self.received_minor, self.status in _NOTHING_DUE
        due = (self.fee_minor or 0) if over else self.amount_minor
        if received == 0:
            return PaymentState.CANCELLED if over and not due else PaymentState.PENDING
        return PaymentState.PAID if due is not None and received >= due else PaymentState.PARTIAL

    def payment_columns(self) -> dict[str, Any]:
        """Return the payment columns of the visit."""
        return {
            "rate_minor": self.amount_minor,
            "received_minor": self.received_minor,
            "payment_status": self.payment_status,
        } | ({"currency": self.currency} if self.currency else {})

    def to_payload(self) -> dict[str, Any]:
        """Return the snapshot as JSON."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @classmethod
    def from_payload(cls, document: Mapping[str, Any]) -> Self:
        """Return the snapshot of a JSON document."""
        return cls(
            state=BookingState(document["state"]),
            currency=document.get("currency"),
            **{name: document.get(name) for name in _AMOUNTS},
        )


_NOTHING_DUE = frozenset({VisitStatus.CANCELLED, VisitStatus.NO_SHOW})


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingUpdate:
    """Booking event for the CRM: booking, client, times and snapshot."""

    booking_id: UUID
    client_account: UUID
    starts_at: datetime
    ends_at: datetime
    snapshot: BookingSnapshot

    @property
    def duration_minutes(self) -> int:
        """Return the duration in minutes."""
        return max(round((self.ends_at - self.starts_at).total_seconds() / 60), 1)

    def to_payload(self) -> dict[str, Any]:
        """Return the update as JSON, to be encrypted."""
        return {
            "bookingId": str(self.booking_id),
            "clientId": str(self.client_account),
            "startsAt": self.starts_at.isoformat(),
            "endsAt": self.ends_at.isoformat(),
            "snapshot": self.snapshot.to_payload(),
        }

    @classmethod
    def from_payload(cls, document: Mapping[str, Any]) -> Self:
        """Return the update of a decrypted document."""
        return cls(
            booking_id=UUID(document["bookingId"]),
            client_account=UUID(document["clientId"]),
            starts_at=datetime.fromisoformat(document["startsAt"]),
            ends_at=datetime.fromisoformat(document["endsAt"]),
            snapshot=BookingSnapshot.from_payload(document["snapshot"]),
        )
