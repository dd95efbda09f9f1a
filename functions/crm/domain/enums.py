"""Plaintext enumerations of the client book, the same as the enum types of schema `crm` in PostgreSQL."""

from enum import StrEnum

from kit.i18n import N_


class ClientScreeningStatus(StrEnum):
    """Screening status of a client."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    PENDING_REFERENCES = "pending_references"


class ScreeningType(StrEnum):
    """Method of a screening."""

    REFERENCES = "references"
    JOB_VALIDATION = "job_validation"
    REFERENCE_SITES = "reference_sites"
    OTHER = "other"


class ScreeningResult(StrEnum):
    """Result of a screening."""

    PENDING = "pending"
    VERIFIED = "verified"
    FAILED = "failed"
    EXPIRED = "expired"


class ReferenceStatus(StrEnum):
    """Answer of a reference."""

    PENDING = "pending"
    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"


class CommunicationPreference(StrEnum):
    """Contact preference of a client. Consent to areas is separate, one area subscription each."""

    CONTACT_OK = "contact_ok"
    NO_CONTACT = "no_contact"
    AREA_NOTIFICATIONS_ONLY = "area_notifications_only"


class ClientSource(StrEnum):
    """Origin of a client record."""

    MANUAL = "manual"
    BOOKING = "booking"
    IMPORT = "import"


class VisitType(StrEnum):
    """Place of a visit."""

    INCALL = "incall"
    OUTCALL = "outcall"
    OVERNIGHT = "overnight"
    TRAVEL = "travel"


class VisitStatus(StrEnum):
    """Status of a visit; amounts count once it is completed."""

    PLANNED = "planned"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


class RateType(StrEnum):
    """Unit that a rate is for."""

    HOURLY = "hourly"
    FIXED = "fixed"
    OVERNIGHT = "overnight"
    TRAVEL = "travel"


class PaymentMethod(StrEnum):
    """Payment method of a visit."""

    CASH = "cash"
    CARD = "card"
    CRYPTO = "crypto"
    OTHER = "other"


class PaymentState(StrEnum):
    """Payment status of a visit; it is pending until the provider changes it."""

    PENDING = "pending"
    PARTIAL = "partial"
    PAID = "paid"
    CANCELLED = "cancelled"


class CommunicationType(StrEnum):
    """Channel of a communication."""

    EMAIL = "email"
    SMS = "sms"
    CALL = "call"
    TEXT_APP = "text_app"


class Direction(StrEnum):
    """Direction of a communication."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class NotificationChannel(StrEnum):
    """Channel by which a client receives area news."""

    EMAIL = "email"
    SMS = "sms"
    BOTH = "both"


STATE_TEXTS = {
    VisitStatus.PLANNED: N_("planned"),
    VisitStatus.COMPLETED: N_("completed"),
    VisitStatus.NO_SHOW: N_("no-show"),
    VisitStatus.CANCELLED: N_("cancelled"),
    CommunicationType.EMAIL: N_("e-mail"),
    CommunicationType.SMS: N_("SMS"),
    CommunicationType.CALL: N_("call"),
    CommunicationType.TEXT_APP: N_("message"),
    Direction.INBOUND: N_("inbound"),
    Direction.OUTBOUND: N_("outbound"),
    ScreeningType.REFERENCES: N_("references"),
    ScreeningType.JOB_VALIDATION: N_("job validation"),
    ScreeningType.REFERENCE_SITES: N_("reference sites"),
    ScreeningType.OTHER: N_("other"),
    ScreeningResult.PENDING: N_("pending"),
    ScreeningResult.VERIFIED: N_("verified"),
    ScreeningResult.FAILED: N_("failed"),
    ScreeningResult.EXPIRED: N_("expired"),
}
"""Words for states and channels in the middle of a text, such as an answer to a data request."""
