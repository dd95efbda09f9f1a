"""API of the second factor, and login with it."""

from base64 import b32decode

import pytest

from auth.domain.totp import code_at, step_at
from kit import clock
from kit.db import Database
from tests.factories.auth import AUTH, AuthWorld, User, wrong_code


def current_code(secret: str) -> str:
    """Return the current code of the user's app."""
    return code_at(b32decode(secret), step_at(clock.now()))


def enrol_second_factor(user: User, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[str]]:
    """Turn the second factor on; return the secret and the recovery codes, one time step later."""
    secret = user.web.post(f"{AUTH}/totp", json={"password": user.password}).json["secret"]
    answer = user.web.post(f"{AUTH}/totp/verify", json={"code": current_code(secret)})
    assert answer.status == 200, answer.text
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", "60")
    return secret, answer.json["recoveryCodes"]


def test_second_factor_enrolled_account_needs_code(
    accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.signed_in_user()
    secret, codes = enrol_second_factor(user, monkeypatch)

    assert len(codes) == 10
    assert user.web.get(f"{AUTH}/totp").json == {"enabled": True, "recoveryCodesLeft": 10}
    missing = user.log_in()
    assert (missing.status, missing.problem["code"]) == (401, "totp-required")
    assert missing.problem["field"] == "totpCode"
    assert user.log_in(code=wrong_code(b32decode(secret))).problem["code"] == "totp-wrong"
    assert user.log_in(code=current_code(secret)).status == 200
    assert accounts.mailbox.last_mail(user.email).subject == "Two-step sign-in of your account"


def test_second_factor_code_works_once(
    accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.signed_in_user()
    secret, _ = enrol_second_factor(user, monkeypatch)

    shown = current_code(secret)
    assert user.log_in(code=shown).status == 200
    assert user.log_in(code=shown).problem["code"] == "totp-wrong"


def test_second_factor_recovery_code_works_once(
    accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.signed_in_user()
    _, codes = enrol_second_factor(user, monkeypatch)

    assert user.log_in(code=codes[0].upper()).status == 200
    assert user.log_in(code=codes[0]).problem["code"] == "totp-wrong"
    assert user.web.get(f"{AUTH}/totp").json["recoveryCodesLeft"] == 9


def test_second_factor_wrong_password_hides_code_requirement(
    accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.signed_in_user()
    secret, _ = enrol_second_factor(user, monkeypatch)
    user.password = "not the right one"

    assert user.log_in(code=current_code(secret)).problem["code"] == "credentials-wrong"


def test_second_factor_unconfirmed_enrolment_changes_nothing(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()
    asked = user.web.post(f"{AUTH}/totp", json={"password": user.password})

    assert user.web.get(f"{AUTH}/totp").json["enabled"] is False
    assert user.log_in().status == 200
    never = wrong_code(b32decode(asked.json["secret"]))
    wrong = user.web.post(f"{AUTH}/totp/verify", json={"code": never})
    assert (wrong.status, wrong.problem["code"]) == (401, "totp-wrong")


def test_second_factor_enrolment_requires_password(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()

    answer = user.web.post(f"{AUTH}/totp", json={"password": "not the right one"})

    assert answer.problem["code"] == "password-wrong"


def test_second_factor_second_enrolment_is_rejected(
    accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.signed_in_user()
    enrol_second_factor(user, monkeypatch)

    answer = user.web.post(f"{AUTH}/totp", json={"password": user.password})

    assert (answer.status, answer.problem["code"]) == (409, "totp-on")


def test_second_factor_disable_requires_code(
    accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.signed_in_user()
    secret, _ = enrol_second_factor(user, monkeypatch)

    body = {"password": user.password, "code": wrong_code(b32decode(secret))}
    refused = user.web.post(f"{AUTH}/totp/disable", json=body)
    assert refused.status == 401
    answer = user.web.post(
        f"{AUTH}/totp/disable", json={"password": user.password, "code": current_code(secret)}
    )
    assert answer.status == 204
    assert user.log_in().status == 200
    assert user.web.get(f"{AUTH}/totp").json == {"enabled": False, "recoveryCodesLeft": 0}


def test_second_factor_renewed_recovery_codes_replace_old(
    accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.signed_in_user()
    _, old = enrol_second_factor(user, monkeypatch)

    new = user.web.post(
        f"{AUTH}/totp/recovery-codes", json={"password": user.password, "code": old[0]}
    ).json["recoveryCodes"]

    assert not set(new) & set(old)
    assert user.log_in(code=old[1]).status == 401
    assert user.log_in(code=new[0]).status == 200


def test_second_factor_codes_are_rate_limited(
    accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.signed_in_user()
    secret, _ = enrol_second_factor(user, monkeypatch)
    body = {"password": user.password, "code": wrong_code(b32decode(secret))}

    statuses = [user.web.post(f"{AUTH}/totp/disable", json=body).status for _ in range(11)]

    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_second_factor_secret_is_stored_encrypted(
    accounts: AuthWorld, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.signed_in_user()
    secret, codes = enrol_second_factor(user, monkeypatch)

    with database.transaction() as work:
        row = work.execute("SELECT encrypted_secret FROM auth.totp").fetchone()
        kept = work.execute("SELECT code_hash FROM auth.recovery_codes").fetchall()
    assert row is not None
    assert b32decode(secret) not in row["encrypted_secret"]
    assert all(one["code_hash"] != codes[0].encode() for one in kept)
