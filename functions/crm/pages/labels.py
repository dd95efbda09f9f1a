"""How pages say what the book keeps: states, moments, money."""

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
from kit.money import Money

type Badge = tuple[str, str]
"""What it says, and its tone."""

CLIENT_SCREENING: dict[ClientScreeningStatus, Badge] = {
    ClientScreeningStatus.PENDING: ("Not checked yet", "neutral"),
    ClientScreeningStatus.APPROVED: ("Approved", "success"),
    ClientScreeningStatus.REJECTED: ("Rejected", "danger"),
    ClientScreeningStatus.PENDING_REFERENCES: ("Waiting for references", "warning"),
}
PREFERENCE = {
    CommunicationPreference.CONTACT_OK: "May be written to",
    CommunicationPreference.NO_CONTACT: "Does not want to be contacted",
    CommunicationPreference.AREA_NOTIFICATIONS_ONLY: "Only news of areas",
}
SOURCE = {
    ClientSource.MANUAL: "Written by you",
    ClientSource.BOOKING: "From a booking",
    ClientSource.IMPORT: "From an import",
}
VISIT_TYPE = {
    VisitType.INCALL: "At your place",
    VisitType.OUTCALL: "At theirs",
    VisitType.OVERNIGHT: "Overnight",
    VisitType.TRAVEL: "Travel",
}
VISIT: dict[VisitStatus, Badge] = {
    VisitStatus.PLANNED: ("Planned", "accent"),
    VisitStatus.COMPLETED: ("Took place", "success"),
    VisitStatus.NO_SHOW: ("Did not come", "danger"),
    VisitStatus.CANCELLED: ("Cancelled", "neutral"),
}
RATE_TYPE = {
    RateType.FIXED: "For all of it",
    RateType.HOURLY: "Per hour",
    RateType.OVERNIGHT: "For the night",
    RateType.TRAVEL: "For the journey",
}
METHOD = {
    PaymentMethod.CASH: "Cash",
    PaymentMethod.CARD: "Card",
    PaymentMethod.CRYPTO: "Crypto",
    PaymentMethod.OTHER: "Another way",
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
    ScreeningType.JOB_VALIDATION: "Work",
    ScreeningType.REFERENCE_SITES: "Reference sites",
    ScreeningType.OTHER: "Another check",
}
SCREENING_RESULT: dict[ScreeningResult, Badge] = {
    ScreeningResult.PENDING: ("Being checked", "warning"),
    ScreeningResult.VERIFIED: ("Verified", "success"),
    ScreeningResult.FAILED: ("Failed", "danger"),
    ScreeningResult.EXPIRED: ("Expired", "neutral"),
}
REFERENCE: dict[ReferenceStatus, Badge] = {
    ReferenceStatus.PENDING: ("No answer yet", "warning"),
    ReferenceStatus.POSITIVE: ("Good", "success"),
    ReferenceStatus.NEGATIVE: ("Bad", "danger"),
    ReferenceStatus.NEUTRAL: ("Neutral", "neutral"),
}


def options[E: StrEnum](words: dict[E, str] | dict[E, Badge]) -> list[tuple[str, str]]:
    """Return a field's choices."""
    return [(key.value, said if isinstance(said, str) else said[0]) for key, said in words.items()]


def parse_enum[E: StrEnum](kind: type[E], text: str | None) -> E | None:
    """Return what an address asks for, if there is such a thing."""
    return next((one for one in kind if one.value == text), None)


def format_datetime(at: datetime, time_zone: str) -> str:
    """Return a date and time on the clock of `zone`."""
    wall = at.astimezone(ZoneInfo(time_zone))
    return f"{wall:%a} {wall.day} {wall:%b %Y}, {wall:%H:%M}"


def format_date(at: datetime, time_zone: str) -> str:
    """Return a date on the calendar of `zone`."""
    wall = at.astimezone(ZoneInfo(time_zone))
    return f"{wall.day} {wall:%b %Y}"


def month(name: str) -> str:
    """Return "2026-11" as people say it."""
    return f"{date.fromisoformat(f'{name}-01'):%B %Y}"


def format_amount_input(minor: int | None, currency: str) -> str:
    """Return an amount as it is typed: 250, or 250.50."""
    return (
        "" if minor is None else f"{Money(minor, currency).in_whole_units():f}".removesuffix(".00")
    )


def format_money(minor: int | None, currency: str) -> str:
    """Return an amount; nothing for none."""
    return "" if minor is None else str(Money(minor, currency))
