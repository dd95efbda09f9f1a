"""Verification: every pair of status and action, and the rules for checks."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from escorts.domain.verification import (
    MAX_CHECK_AGE,
    RENEWAL_WINDOW,
    Verification,
    VerificationAction,
    VerificationChecks,
    VerificationStatus,
    next_status,
    require_submittable,
)
from kit.errors import Invalid, InvalidState
from kit.ids import new_id

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
V = VerificationStatus
ALLOWED = {
    (V.PENDING, VerificationAction.REVIEW): V.IN_REVIEW,
    (V.PENDING, VerificationAction.VERIFY): V.VERIFIED,
    (V.PENDING, VerificationAction.REJECT): V.REJECTED,
    (V.IN_REVIEW, VerificationAction.REVIEW): V.IN_REVIEW,
    (V.IN_REVIEW, VerificationAction.VERIFY): V.VERIFIED,
    (V.IN_REVIEW, VerificationAction.REJECT): V.REJECTED,
    (V.VERIFIED, VerificationAction.REVOKE): V.REVOKED,
    (V.VERIFIED, VerificationAction.EXPIRE): V.EXPIRED,
}


@pytest.mark.parametrize(("status", "step"), list(product(VerificationStatus, VerificationAction)))
def test_verification_transitions_match_table(
    status: VerificationStatus, step: VerificationAction
) -> None:
    if (status, step) in ALLOWED:
        assert next_status(status, step) is ALLOWED[status, step]
    else:
        with pytest.raises(InvalidState) as refused:
            next_status(status, step)
        assert refused.value.code == f"verification-{status}"


def checks(document: datetime, liveness: datetime, expires: datetime) -> VerificationChecks:
    return VerificationChecks(document, liveness, expires)


def test_current_checks_are_accepted() -> None:
    longest = checks(NOW - DAY, NOW, NOW - DAY + MAX_CHECK_AGE)
    longest.require_current(NOW)
    with pytest.raises(Invalid):
        longest.require_current(NOW + MAX_CHECK_AGE)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (checks(NOW + DAY, NOW, NOW + 30 * DAY), "documentCheckedAt"),
        (checks(NOW, NOW + DAY, NOW + 30 * DAY), "livenessCheckedAt"),
        (checks(NOW - MAX_CHECK_AGE - DAY, NOW, NOW + DAY), "documentCheckedAt"),
        (checks(NOW, NOW - MAX_CHECK_AGE - DAY, NOW + DAY), "livenessCheckedAt"),
        (checks(NOW, NOW, NOW), "expiresAt"),
        (checks(NOW, NOW, NOW + MAX_CHECK_AGE + DAY), "expiresAt"),
        (checks(NOW - 10 * DAY, NOW, NOW - 9 * DAY + MAX_CHECK_AGE), "expiresAt"),
    ],
)
def test_invalid_checks_name_field(given: VerificationChecks, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        given.require_current(NOW)
    assert refused.value.field == field


def verification(status: VerificationStatus, expires_at: datetime | None = None) -> Verification:
    return Verification(new_id(), UUID(int=1), status, NOW - DAY, expires_at=expires_at)


def test_expired_verification_is_not_current_without_job() -> None:
    ends = verification(V.VERIFIED, NOW)
    assert ends.is_current(NOW - timedelta(microseconds=1))
    assert not ends.is_current(NOW)


@pytest.mark.parametrize("status", [V.PENDING, V.IN_REVIEW])
def test_second_request_while_open_is_refused(status: VerificationStatus) -> None:
    with pytest.raises(InvalidState, match="pending"):
        require_submittable([verification(status)], NOW)


@pytest.mark.parametrize("status", [V.REJECTED, V.EXPIRED, V.REVOKED])
def test_request_after_refusal_is_accepted(status: VerificationStatus) -> None:
    former = verification(status)
    require_submittable([former], NOW)
    # A former request does not hide the open one.
    with pytest.raises(InvalidState):
        require_submittable([verification(V.PENDING), former], NOW)


def test_renewal_is_possible_only_near_the_end() -> None:
    with pytest.raises(InvalidState, match="renew it from"):
        require_submittable([verification(V.VERIFIED, NOW + RENEWAL_WINDOW + DAY)], NOW)
    require_submittable([verification(V.VERIFIED, NOW + RENEWAL_WINDOW)], NOW)
