"""Verification: every pair of status and step, and what counts as checked."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from escorts.domain.verification import (
    LONGEST,
    RENEWABLE,
    Checks,
    Step,
    Verification,
    VerificationStatus,
    after,
    require_submittable,
)
from kit.errors import Invalid, InvalidState
from kit.ids import new_id

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
V = VerificationStatus
ALLOWED = {
    (V.PENDING, Step.REVIEW): V.IN_REVIEW,
    (V.PENDING, Step.VERIFY): V.VERIFIED,
    (V.PENDING, Step.REJECT): V.REJECTED,
    (V.IN_REVIEW, Step.REVIEW): V.IN_REVIEW,
    (V.IN_REVIEW, Step.VERIFY): V.VERIFIED,
    (V.IN_REVIEW, Step.REJECT): V.REJECTED,
    (V.VERIFIED, Step.REVOKE): V.REVOKED,
    (V.VERIFIED, Step.EXPIRE): V.EXPIRED,
}


@pytest.mark.parametrize(("status", "step"), list(product(VerificationStatus, Step)))
def test_every_pair(status: VerificationStatus, step: Step) -> None:
    if (status, step) in ALLOWED:
        assert after(status, step) is ALLOWED[status, step]
    else:
        with pytest.raises(InvalidState) as refused:
            after(status, step)
        assert refused.value.code == f"verification-{status}"


def checks(document: datetime, liveness: datetime, expires: datetime) -> Checks:
    return Checks(document, liveness, expires)


def test_current_checks_pass() -> None:
    checks(NOW - DAY, NOW, NOW - DAY + LONGEST).require_current(NOW)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (checks(NOW + DAY, NOW, NOW + 30 * DAY), "documentCheckedAt"),
        (checks(NOW, NOW + DAY, NOW + 30 * DAY), "livenessCheckedAt"),
        (checks(NOW - LONGEST - DAY, NOW, NOW + DAY), "documentCheckedAt"),
        (checks(NOW, NOW - LONGEST - DAY, NOW + DAY), "livenessCheckedAt"),
        (checks(NOW, NOW, NOW), "expiresAt"),
        (checks(NOW, NOW, NOW + LONGEST + DAY), "expiresAt"),
        (checks(NOW - 10 * DAY, NOW, NOW - 9 * DAY + LONGEST), "expiresAt"),
    ],
)
def test_checks_that_do_not_count(given: Checks, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        given.require_current(NOW)
    assert refused.value.field == field


def verification(status: VerificationStatus, expires_at: datetime | None = None) -> Verification:
    return Verification(new_id(), UUID(int=1), status, NOW - DAY, expires_at=expires_at)


def test_expiry_counts_without_any_job() -> None:
    ends = verification(V.VERIFIED, NOW)
    assert ends.is_current(NOW - timedelta(microseconds=1))
    assert not ends.is_current(NOW)


@pytest.mark.parametrize("status", [V.PENDING, V.IN_REVIEW])
def test_one_request_waits_at_a_time(status: VerificationStatus) -> None:
    with pytest.raises(InvalidState, match="waiting"):
        require_submittable([verification(status)], NOW)


@pytest.mark.parametrize("status", [V.REJECTED, V.EXPIRED, V.REVOKED])
def test_after_a_refusal_one_may_ask_again(status: VerificationStatus) -> None:
    require_submittable([verification(status)], NOW)


def test_renewal_opens_before_the_end() -> None:
    with pytest.raises(InvalidState, match="renew it from"):
        require_submittable([verification(V.VERIFIED, NOW + RENEWABLE + DAY)], NOW)
    require_submittable([verification(V.VERIFIED, NOW + RENEWABLE)], NOW)
