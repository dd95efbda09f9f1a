"""Labels of statuses, and formatting of dates and amounts."""

from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm.domain.enums import (
    ClientScreeningStatus,
    ClientSource,
    CommunicationPreference,
    CommunicationType,
    Direction,
    PaymentMethod,
    PaymentState,
    RateType,
    ReferenceStatus,
    ScreeningResult,
    ScreeningType,
    VisitStatus,
    VisitType,
)
from crm.domain.finance import Month
from kit.money import Money

type Badge = tuple[str, str]
"""Text and tone of a badge."""

CLIENT_SCREENING: dict[ClientScreeningStatus, Badge] = {
    ClientScreeningStatus.PENDING: ("Not screened", "neutral"),
    ClientScreeningStatus.APPROVED: ("Approved", "success"),
    ClientScreeningStatus.REJECTED: ("Rejected", "danger"),
    ClientScreeningStatus.PENDING_REFERENCES: ("Waiting for references", "warning"),
}
PREFERENCE = {
    CommunicationPreference.CONTACT_OK: "Contact allowed",
    CommunicationPreference.NO_CONTACT: "No contact",
    CommunicationPreference.AREA_NOTIFICATIONS_ONLY: "Area news only",
}
SOURCE = {
    ClientSource.MANUAL: "Added manually",
    ClientSource.BOOKING: "Booking",
    ClientSource.IMPORT: "Import",
}
VISIT_TYPE = {
    VisitType.INCALL: "Incall",
    VisitType.OUTCALL: "Outcall",
    VisitType.OVERNIGHT: "Overnight",
    VisitType.TRAVEL: "Travel",
}
VISIT: dict[VisitStatus, Badge] = {
    VisitStatus.PLANNED: ("Planned", "accent"),
    VisitStatus.COMPLETED: ("Completed", "success"),
    VisitStatus.NO_SHOW: ("No-show", "danger"),
    VisitStatus.CANCELLED: ("Cancelled", "neutral"),
}
RATE_TYPE = {
    RateType.FIXED: "Fixed price",
    RateType.HOURLY: "Per hour",
    RateType.OVERNIGHT: "Overnight rate",
    RateType.TRAVEL: "Travel rate",
}
METHOD = {
    PaymentMethod.CASH: "Cash",
    PaymentMethod.CARD: "Card",
    PaymentMethod.CRYPTO: "Crypto",
    PaymentMethod.OTHER: "Other",
}
PAYMENT: dict[PaymentState, Badge] = {
    PaymentState.PENDING: ("Not paid", "warning"),
    PaymentState.PARTIAL: ("Partly paid", "warning"),
    PaymentState.PAID: ("Paid", "success"),
    PaymentState.CANCELLED: ("Nothing due", "neutral"),
}
CHANNEL = {
    CommunicationType.EMAIL: "E-mail",
    CommunicationType.SMS: "SMS",
    CommunicationType.CALL: "Call",
    CommunicationType.TEXT_APP: "Message",
}
DIRECTION = {Direction.INBOUND: "from them", Direction.OUTBOUND: "from you"}
SCREENING_TYPE = {
    ScreeningType.REFERENCES: "References",
    ScreeningType.JOB_VALIDATION: "Employment",
    ScreeningType.REFERENCE_SITES: "Reference sites",
    ScreeningType.OTHER: "Other",
}
SCREENING_RESULT: dict[ScreeningResult, Badge] = {
    ScreeningResult.PENDING: ("Pending", "warning"),
    ScreeningResult.VERIFIED: ("Verified", "success"),
    ScreeningResult.FAILED: ("Failed", "danger"),
    ScreeningResult.EXPIRED: ("Expired", "neutral"),
}
REFERENCE: dict[ReferenceStatus, Badge] = {
    ReferenceStatus.PENDING: ("No answer yet", "warning"),
    ReferenceStatus.POSITIVE: ("Positive", "success"),
    ReferenceStatus.NEGATIVE: ("Negative", "danger"),
    ReferenceStatus.NEUTRAL: ("Neutral", "neutral"),
}


def options[E: StrEnum](labels: dict[E, str] | dict[E, Badge]) -> list[tuple[str, str]]:
    """Return the options of a select field."""
    return [
        (key.value, label if isinstance(label, str) else label[0]) for key, label in labels.items()
    ]


def parse_enum[E: StrEnum](kind: type[E], text: str | None) -> E | None:
    """Return the enum member of an address's value, or None."""
    return next((one for one in kind if one.value == text), None)


def format_datetime(at: datetime, time_zone: str) -> str:
    """Return date and time in a time zone."""
    wall = at.astimezone(ZoneInfo(time_zone))
    return f"{wall:%a} {wall.day} {wall:%b %Y}, {wall:%H:%M}"


def format_date(at: datetime, time_zone: str) -> str:
    """Return the date in a time zone."""
    wall = at.astimezone(ZoneInfo(time_zone))
    return f"{wall.day} {wall:%b %Y}"


def format_month(month: Month) -> str:
    """Return the name of a month and its year."""
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}"


def format_amount_input(minor: int | None, currency: str) -> str:
    """Return an amount for an input field: 250, or 250.50."""
    return (
        "" if minor is None else f"{Money(minor, currency).in_whole_units():f}".removesuffix(".00")
    )


def format_money(minor: int | None, currency: str) -> str:
    """Return a formatted amount; an empty text for None."""
    return "" if minor is None else str(Money(minor, currency))
