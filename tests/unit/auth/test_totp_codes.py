"""TOTP codes, checked against the vectors of RFC 6238, and recovery codes."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from auth.domain import totp

SECRET = b"12345678901234567890"
# RFC 6238, appendix B, SHA-1; its codes have eight digits, ours the last six of them.
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_code_at_rfc_6238_vectors_match(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)

    assert totp.code_at(SECRET, totp.step_at(moment)) == code[-6:]


@pytest.mark.parametrize(
    ("drift", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_find_accepted_step_allows_one_step_of_clock_drift(drift: int, accepted: bool) -> None:
    moment = datetime(2031, 5, 24, 18, tzinfo=UTC)
    step = totp.step_at(moment) + drift

    found = totp.find_accepted_step(SECRET, totp.code_at(SECRET, step), moment, last_step=0)

    assert found == (step if accepted else None)


def test_find_accepted_step_used_step_is_rejected() -> None:
    moment = datetime(2031, 5, 24, 18, tzinfo=UTC)
    step = totp.step_at(moment)
    code = totp.code_at(SECRET, step)

    assert totp.find_accepted_step(SECRET, code, moment, last_step=step) is None
    assert (
        totp.find_accepted_step(SECRET, code, moment + timedelta(seconds=1), last_step=step) is None
    )


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "١٢٣٤٥٦", "1234567"])
def test_looks_like_totp_other_text_is_rejected(code: str) -> None:
    assert not totp.looks_like_totp(code)
    assert totp.find_accepted_step(SECRET, code, datetime(2031, 5, 24, tzinfo=UTC), 0) is None


def test_provisioning_uri_names_account_issuer_secret_and_algorithm() -> None:
    uri = urlsplit(totp.provisioning_uri(SECRET, "mira+x@example.com"))

    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert uri.path == "/HelloMahi:mira%2Bx%40example.com"
    assert parse_qs(uri.query) == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["HelloMahi"],
        "digits": ["6"],
        "algorithm": ["SHA1"],
        "period": ["30"],
    }


def test_new_recovery_codes_are_distinct_and_long() -> None:
    codes = totp.new_recovery_codes()

    assert len(set(codes)) == totp.RECOVERY_CODE_COUNT
    assert all(len(code) == 19 and code.count("-") == 3 for code in codes)


def test_hash_recovery_code_ignores_case_spaces_and_dashes() -> None:
    code = totp.new_recovery_codes()[0]

    hashed = totp.hash_recovery_code(code)

    assert totp.hash_recovery_code(code.upper().replace("-", " ")) == hashed
    assert totp.hash_recovery_code(code.replace("-", "")) == hashed
