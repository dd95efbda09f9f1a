"""Verification of a provider: document, liveness and a decision by staff, each valid for a limited time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from kit import formats
from kit.errors import Invalid, InvalidState
from kit.i18n import N_
from kit.i18n import gettext as _

MAX_CHECK_AGE = timedelta(days=365)
"""Age at which a check expires; the database enforces the same (CHECK and the visibility view)."""
RENEWAL_WINDOW = timedelta(days=60)
"""Time before the end of a verification from which on it may be renewed."""


class VerificationStatus(StrEnum):
    """Status of a request for verification."""

    PENDING = "pending"
    IN_REVIEW = "in_review"
    VERIFIED = "verified"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REVOKED = "revoked"


class VerificationAction(StrEnum):
    """Action of staff (the first four) or of time on a verification."""

    REVIEW = "review"
    VERIFY = "verify"
    REJECT = "reject"
    REVOKE = "revoke"
    EXPIRE = "expire"


_TRANSITIONS: dict[tuple[VerificationStatus, VerificationAction], VerificationStatus] = {
    (VerificationStatus.PENDING, VerificationAction.REVIEW): VerificationStatus.IN_REVIEW,
    (VerificationStatus.PENDING, VerificationAction.VERIFY): VerificationStatus.VERIFIED,
    (VerificationStatus.PENDING, VerificationAction.REJECT): VerificationStatus.REJECTED,
    (VerificationStatus.IN_REVIEW, VerificationAction.REVIEW): VerificationStatus.IN_REVIEW,
    (VerificationStatus.IN_REVIEW, VerificationAction.VERIFY): VerificationStatus.VERIFIED,
    (VerificationStatus.IN_REVIEW, VerificationAction.REJECT): VerificationStatus.REJECTED,
    (VerificationStatus.VERIFIED, VerificationAction.REVOKE): VerificationStatus.REVOKED,
    (VerificationStatus.VERIFIED, VerificationAction.EXPIRE): VerificationStatus.EXPIRED,
}

OPEN_STATUSES = frozenset({VerificationStatus.PENDING, VerificationStatus.IN_REVIEW})
"""Statuses that wait for a decision."""


def next_status(status: VerificationStatus, action: VerificationAction) -> VerificationStatus:
    """Return the status after `action`, or refuse the action."""
    try:
        return _TRANSITIONS[status, action]
    except KeyError:
        raise InvalidState(
            f"verification-{status}",
            _(_REFUSALS[action], status=_(_STATUS_LABELS[status])),
        ) from None


_STATUS_LABELS = {
    VerificationStatus.PENDING: N_("waiting for review"),
    VerificationStatus.IN_REVIEW: N_("in review"),
    VerificationStatus.VERIFIED: N_("decided already"),
    VerificationStatus.REJECTED: N_("rejected"),
    VerificationStatus.EXPIRED: N_("expired"),
    VerificationStatus.REVOKED: N_("revoked"),
}
_REFUSALS = {
    VerificationAction.REVIEW: N_(
        "This verification is %(status)s: only a pending one can be reviewed."
    ),
    VerificationAction.VERIFY: N_(
        "This verification is %(status)s: only a pending one can be decided."
    ),
    VerificationAction.REJECT: N_(
        "This verification is %(status)s: only a pending one can be decided."
    ),
    VerificationAction.REVOKE: N_(
        "This verification is %(status)s: only a verified one can be revoked."
    ),
    VerificationAction.EXPIRE: N_(
        "This verification is %(status)s: only a verified one can expire."
    ),
}


@dataclass(frozen=True, slots=True)
class VerificationChecks:
    """Dates of the checks by a staff member, and the end of their validity."""

    document_checked_at: datetime
    liveness_checked_at: datetime
    expires_at: datetime

    def require_current(self, now: datetime) -> None:
        """Refuse checks in the future, expired checks, and a validity that outlives the checks."""
        for field, moment in (
            ("documentCheckedAt", self.document_checked_at),
            ("livenessCheckedAt", self.liveness_checked_at),
        ):
            if moment > now:
                raise Invalid("check-in-future", _("This check has not happened yet."), field=field)
            if moment < now - MAX_CHECK_AGE:
                raise Invalid("check-too-old", _("This check is too old: repeat it."), field=field)
        earliest = min(self.document_checked_at, self.liveness_checked_at)
        if not now < self.expires_at <= earliest + MAX_CHECK_AGE:
            raise Invalid(
                "validity-out-of-bounds",
                _("Choose an end of validity after now and within 365 days of the older check."),
                field="expiresAt",
            )


@dataclass(frozen=True, slots=True)
class Verification:
    """Request for verification with its decision."""

    id: UUID
    profile_id: UUID
    status: VerificationStatus
    submitted_at: datetime
    document_checked_at: datetime | None = None
    liveness_checked_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    expires_at: datetime | None = None
    reason: str | None = None

    def is_current(self, now: datetime) -> bool:
        """Tell whether the verification is valid now, by the rule of the visibility view.

        The answer does not wait for the expiry job.
        """
        return (
            self.status is VerificationStatus.VERIFIED
            and self.expires_at is not None
            and now < self.expires_at
        )

    def is_renewable(self, now: datetime) -> bool:
        """Tell whether the verification is valid and the next one may be requested already."""
        return (
            self.is_current(now)
            and self.expires_at is not None
            and now >= self.expires_at - RENEWAL_WINDOW
        )


def require_submittable(history: list[Verification], now: datetime) -> None:
    """Refuse a second request while one is pending or valid for long."""
    if any(item.status in OPEN_STATUSES for item in history):
        raise InvalidState(
            "verification-waiting", _("Your verification is pending: nothing to do now.")
        )
    for item in history:
        if item.is_current(now) and item.expires_at is not None:
            renewable = item.expires_at - RENEWAL_WINDOW
            if now < renewable:
                raise InvalidState(
                    "verification-current",
                    _(
                        "You are verified: renew it from %(date)s on.",
                        date=formats.format_date(renewable.date()),
                    ),
                )
