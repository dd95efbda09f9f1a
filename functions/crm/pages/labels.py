"""Labels of statuses, and formatting of dates and amounts."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum

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
from kit import formats
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.money import Money

type Badge = tuple[str, str]
"""Text and tone of a badge."""


class Labels[K](Mapping[K, str]):
    """Labels of values; a label is translated when it is looked up."""

    def __init__(self, texts: Mapping[K, str]) -> None:
        self._texts = texts

    def __getitem__(self, key: K) -> str:
        return _(self._texts[key])

    def __iter__(self) -> Iterator[K]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


class Badges[K](Mapping[K, Badge]):
    """Badges of values; a badge's text is translated when it is looked up."""

    def __init__(self, badges: Mapping[K, Badge]) -> None:
        self._badges = badges

    def __getitem__(self, key: K) -> Badge:
        text, tone = self._badges[key]
        return _(text), tone

    def __iter__(self) -> Iterator[K]:
        return iter(self._badges)

    def __len__(self) -> int:
        return len(self._badges)


CLIENT_SCREENING = Badges(
    {
        ClientScreeningStatus.PENDING: (N_("Not screened"), "neutral"),
        ClientScreeningStatus.APPROVED: (N_("Approved"), "success"),
        ClientScreeningStatus.REJECTED: (N_("Rejected"), "danger"),
        ClientScreeningStatus.PENDING_REFERENCES: (N_("Waiting for references"), "warning"),
    }
)
PREFERENCE = Labels(
    {
        CommunicationPreference.CONTACT_OK: N_("Contact allowed"),
        CommunicationPreference.NO_CONTACT: N_("No contact"),
        CommunicationPreference.AREA_NOTIFICATIONS_ONLY: N_("Area news only"),
    }
)
SOURCE = Labels(
    {
        ClientSource.MANUAL: N_("Added manually"),
        ClientSource.BOOKING: N_("Booking"),
        ClientSource.IMPORT: N_("Import"),
    }
)
VISIT_TYPE = Labels(
    {
        VisitType.INCALL: N_("Incall"),
        VisitType.OUTCALL: N_("Outcall"),
        VisitType.OVERNIGHT: N_("Overnight"),
        VisitType.TRAVEL: N_("Travel"),
    }
)
VISIT = Badges(
    {
        VisitStatus.PLANNED: (N_("Planned"), "accent"),
        VisitStatus.COMPLETED: (N_("Completed"), "success"),
        VisitStatus.NO_SHOW: (N_("No-show"), "danger"),
        VisitStatus.CANCELLED: (N_("Cancelled"), "neutral"),
    }
)
RATE_TYPE = Labels(
    {
        RateType.FIXED: N_("Fixed price"),
        RateType.HOURLY: N_("Per hour"),
        RateType.OVERNIGHT: N_("Overnight rate"),
        RateType.TRAVEL: N_("Travel rate"),
    }
)
METHOD = Labels(
    {
        PaymentMethod.CASH: N_("Cash"),
        PaymentMethod.CARD: N_("Card"),
        PaymentMethod.CRYPTO: N_("Crypto"),
        PaymentMethod.OTHER: N_("Other"),
    }
)
PAID_BY = Labels(
    {
        PaymentMethod.CASH: N_("Paid, cash"),
        PaymentMethod.CARD: N_("Paid, card"),
    }
)
PAYMENT = Badges(
    {
        PaymentState.PENDING: (N_("Not paid"), "warning"),
        PaymentState.PARTIAL: (N_("Partly paid"), "warning"),
        PaymentState.PAID: (N_("Paid"), "success"),
        PaymentState.CANCELLED: (N_("Nothing due"), "neutral"),
    }
)
CHANNEL = Labels(
    {
        CommunicationType.EMAIL: N_("E-mail"),
        CommunicationType.SMS: N_("SMS"),
        CommunicationType.CALL: N_("Call"),
        CommunicationType.TEXT_APP: N_("Message"),
    }
)
DIRECTION = Labels({Direction.INBOUND: N_("From the client"), Direction.OUTBOUND: N_("From you")})
COMMUNICATION = Labels(
    {
        (CommunicationType.EMAIL, Direction.INBOUND): N_("E-mail from the client"),
        (CommunicationType.EMAIL, Direction.OUTBOUND): N_("E-mail from you"),
        (CommunicationType.SMS, Direction.INBOUND): N_("SMS from the client"),
        (CommunicationType.SMS, Direction.OUTBOUND): N_("SMS from you"),
        (CommunicationType.CALL, Direction.INBOUND): N_("Call from the client"),
        (CommunicationType.CALL, Direction.OUTBOUND): N_("Call from you"),
        (CommunicationType.TEXT_APP, Direction.INBOUND): N_("Message from the client"),
        (CommunicationType.TEXT_APP, Direction.OUTBOUND): N_("Message from you"),
    }
)
SCREENING_TYPE = Labels(
    {
        ScreeningType.REFERENCES: N_("References"),
        ScreeningType.JOB_VALIDATION: N_("Employment"),
        ScreeningType.REFERENCE_SITES: N_("Reference sites"),
        ScreeningType.OTHER: N_("Other"),
    }
)
SCREENING_RESULT = Badges(
    {
        ScreeningResult.PENDING: (N_("Pending"), "warning"),
        ScreeningResult.VERIFIED: (N_("Verified"), "success"),
        ScreeningResult.FAILED: (N_("Failed"), "danger"),
        ScreeningResult.EXPIRED: (N_("Expired"), "neutral"),
    }
)
REFERENCE = Badges(
    {
        ReferenceStatus.PENDING: (N_("No answer yet"), "warning"),
        ReferenceStatus.POSITIVE: (N_("Positive"), "success"),
        ReferenceStatus.NEGATIVE: (N_("Negative"), "danger"),
        ReferenceStatus.NEUTRAL: (N_("Neutral"), "neutral"),
    }
)


def options[E: StrEnum](labels: Mapping[E, str] | Mapping[E, Badge]) -> list[tuple[str, str]]:
    """Return the options of a select field."""
    return [
        (key.value, label if isinstance(label, str) else label[0]) for key, label in labels.items()
    ]


def parse_enum[E: StrEnum](kind: type[E], text: str | None) -> E | None:
    """Return the enum member of an address's value, or None."""
    return next((one for one in kind if one.value == text), None)


def format_datetime(at: datetime, time_zone: str) -> str:
    """Return weekday, date and time in a time zone."""
    return formats.format_datetime(at, time_zone, "short-weekday")


def format_date(at: datetime, time_zone: str) -> str:
    """Return the date in a time zone."""
    return formats.format_date(formats.local_moment(at, time_zone).date(), "short")


def format_month(month: Month) -> str:
    """Return the name of a month and its year."""
    return formats.format_date(date.fromisoformat(f"{month}-01"), "month")


def format_amount_input(minor: int | None, currency: str) -> str:
    """Return an amount for an input field: 250, or 250.50."""
    return (
        "" if minor is None else f"{Money(minor, currency).in_whole_units():f}".removesuffix(".00")
    )


def format_money(minor: int | None, currency: str) -> str:
    """Return a formatted amount; an empty text for None."""
    return "" if minor is None else formats.format_money(Money(minor, currency))
