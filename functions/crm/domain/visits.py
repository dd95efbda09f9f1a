"""Visits: planned and past meetings with clients."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from crm.domain.booking_snapshot import BookingSnapshot
from crm.domain.enums import PaymentMethod, PaymentState, RateType, VisitStatus, VisitType
from kit.errors import Invalid
from kit.i18n import gettext as _

MAX_MINUTES = 14 * 24 * 60
"""Longest visit in minutes, the same as for a booking."""
MAX_AHEAD = timedelta(days=2 * 366)
"""Visits that end later than this are rejected as typing errors."""
_SETTLED = frozenset({PaymentState.PAID, PaymentState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Visit: dates, amounts and statuses are plaintext for forecasts, everything else is encrypted.

    A visit has one currency. An hourly rate is the price of one hour; any other rate is the price of the visit.
    """

    starts_at: datetime
    time_zone: str
    duration_minutes: int
    type: VisitType
    status: VisitStatus
    currency: str
    rate_minor: int | None = None
    rate_type: RateType = RateType.FIXED
    payment_method: PaymentMethod | None = None
    payment_status: PaymentState = PaymentState.PENDING
    received_minor: int = 0
    expenses_minor: int = 0
    would_see_again: bool | None = None
    client_rating: int | None = None
    booking_id: UUID | None = None
    location: str = ""
    notes: str = ""
    preferences: str = ""
    characteristics: str = ""
    """Notes about the client's appearance. They are intimate and therefore encrypted separately."""
    booking_snapshot: BookingSnapshot | None = None
    """Booking data received so far, if the visit came from a booking."""

    def __post_init__(self) -> None:
        """Raise `Invalid` for contradictory amounts."""
        match self.payment_status:
            case PaymentState.PAID if not self.received_minor and self.rate_minor != 0:
                raise Invalid(
                    "received-missing", _("Enter the amount received, or set the payment to not paid."),
                    field="receivedMinor",
                )  # fmt: skip
            case PaymentState.PENDING if self.received_minor:
                raise Invalid(
                    "payment-contradicts",
                    _("An amount was received: set the payment to paid or partly paid."),
                    field="paymentStatus",
                )
            case PaymentState.PARTIAL if not self._is_part:
                raise Invalid(
                    "payment-not-partial",
                    _("A partial payment is more than zero and less than the price."),
                    field="receivedMinor",
                )

    @property
    def ends_at(self) -> datetime:
        """Return the end of the visit."""
        return self.starts_at + timedelta(minutes=self.duration_minutes)

    @property
    def due_minor(self) -> int | None:
        """Return the price of the whole visit."""
        if self.rate_minor is None or self.rate_type is not RateType.HOURLY:
            return self.rate_minor
        return (self.rate_minor * self.duration_minutes + 30) // 60

    @property
    def net_minor(self) -> int:
        """Return the received amount minus expenses. The value is computed and never stored."""
        return self.received_minor - self.expenses_minor

    @property
    def outstanding_minor(self) -> int:
        """Return the amount still to be paid: zero before the visit is completed."""
        if self.status is not VisitStatus.COMPLETED or self.payment_status in _SETTLED:
            return 0
        return max((self.due_minor or 0) - self.received_minor, 0)

    @property
    def _is_part(self) -> bool:
        due = self.due_minor
        return self.received_minor > 0 and (due is None or self.received_minor < due)

    def check_time(self, now: datetime) -> None:
        """Raise `Invalid` for a start that is implausible at this moment."""
        if not _is_zone(self.time_zone):
            raise unknown_time_zone()
        if self.ends_at > now + MAX_AHEAD:
            raise Invalid(
                "visit-too-far", _("Check the date: this is more than two years ahead."),
                field="startsAt",
            )  # fmt: skip
        if self.starts_at > now and self.status in (VisitStatus.COMPLETED, VisitStatus.NO_SHOW):
            raise Invalid(
                "visit-ahead", _("The visit has not begun yet: keep it planned, or cancel it."),
                field="status",
            )  # fmt: skip

    def plaintext_columns(self) -> dict[str, Any]:
        """Return the values of the plaintext columns."""
        return {name: getattr(self, name) for name in PLAINTEXT_COLUMNS}

    def encrypted_payload(self) -> dict[str, Any]:
        """Return the JSON document to encrypt, without empty values."""
        texts = {name: text for name in _ENCRYPTED_FIELDS if (text := getattr(self, name))}
        return texts | (
            {"booking": self.booking_snapshot.to_payload()} if self.booking_snapshot else {}
        )

    @classmethod
    def from_columns(cls, clear: Mapping[str, Any], document: Mapping[str, Any]) -> Self:
        """Return the visit from its columns and decrypted document."""
        method, snapshot = clear["payment_method"], document.get("booking")
        return cls(
            **{name: clear[name] for name in PLAINTEXT_COLUMNS if name not in _ENUM_COLUMNS},
            type=VisitType(clear["type"]),
            status=VisitStatus(clear["status"]),
            rate_type=RateType(clear["rate_type"]),
            payment_method=PaymentMethod(method) if method else None,
            payment_status=PaymentState(clear["payment_status"]),
            **{name: document.get(name, "") for name in _ENCRYPTED_FIELDS},
            booking_snapshot=BookingSnapshot.from_payload(snapshot) if snapshot else None,
        )


def unknown_time_zone() -> Invalid:
    """Return the error for an unknown time zone."""
    return Invalid(
        "time-zone-unknown", _("Enter a time zone such as Europe/Zurich."), field="timeZone"
    )


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


_ENUM_COLUMNS = frozenset({"type", "status", "rate_type", "payment_method", "payment_status"})
PLAINTEXT_COLUMNS = (
    "starts_at", "time_zone", "duration_minutes", "type", "status", "currency", "rate_minor", "rate_type",
    "payment_method", "payment_status", "received_minor", "expenses_minor", "would_see_again",
    "client_rating", "booking_id",
)  # fmt: skip
_ENCRYPTED_FIELDS = ("location", "notes", "preferences", "characteristics")
