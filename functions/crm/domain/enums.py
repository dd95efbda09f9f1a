"""The words that are kept in clear, so that they can be counted: `crm`'s types in PostgreSQL."""

from enum import StrEnum


class ClientScreeningStatus(StrEnum):
    """How far a provider trusts a client."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    PENDING_REFERENCES = "pending_references"


class ScreeningType(StrEnum):
    """How somebody was checked."""

    REFERENCES = "references"
    JOB_VALIDATION = "job_validation"
    REFERENCE_SITES = "reference_sites"
    OTHER = "other"


class ScreeningResult(StrEnum):
    """What a check came to."""

    PENDING = "pending"
    VERIFIED = "verified"
    FAILED = "failed"
    EXPIRED = "expired"


class ReferenceStatus(StrEnum):
    """What somebody who was asked about a client said."""

    PENDING = "pending"
    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"


class CommunicationPreference(StrEnum):
    """How a client wants to be written to. Areas are consented to one by one, in area notifications."""

    CONTACT_OK = "contact_ok"
    NO_CONTACT = "no_contact"
    AREA_NOTIFICATIONS_ONLY = "area_notifications_only"


class ClientSource(StrEnum):
    """Where an entry came from."""

    MANUAL = "manual"
    BOOKING = "booking"
    IMPORT = "import"


class VisitType(StrEnum):
    """Where a visit took place."""

    INCALL = "incall"
    OUTCALL = "outcall"
    OVERNIGHT = "overnight"
    TRAVEL = "travel"


class VisitStatus(StrEnum):
    """Where a visit stands; money counts once it is completed."""

    PLANNED = "planned"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


class RateType(StrEnum):
    """What a rate is for."""

    HOURLY = "hourly"
    FIXED = "fixed"
    OVERNIGHT = "overnight"
    TRAVEL = "travel"


class PaymentMethod(StrEnum):
    """How somebody paid."""

    CASH = "cash"
    CARD = "card"
    CRYPTO = "crypto"
    OTHER = "other"


class PaymentState(StrEnum):
    """Whether the money came; nothing is paid until somebody says so."""

    PENDING = "pending"
    PARTIAL = "partial"
    PAID = "paid"
    CANCELLED = "cancelled"


class CommunicationType(StrEnum):
    """By which way something was said."""

    EMAIL = "email"
    SMS = "sms"
    CALL = "call"
    TEXT_APP = "text_app"


class Direction(StrEnum):
    """Who said it."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class NotificationChannel(StrEnum):
    """By which way a client wants to hear of an area."""

    EMAIL = "email"
    SMS = "sms"
    BOTH = "both"
