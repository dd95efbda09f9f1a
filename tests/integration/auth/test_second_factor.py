"""Two-step sign-in."""

from base64 import b32decode

import pytest

from auth.domain.totp import code_at, step_at
from kit import clock
from kit.db import Database
from tests.factories.auth import AUTH, Town, User, wrong_code


def code(secret: str) -> str:
    """Return what the person's app shows now."""
    return code_at(b32decode(secret), step_at(clock.now()))


def enrolled(user: User, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[str]]:
    """Turn two-step sign-in on; return the secret and the recovery codes, a step later."""
    secret = user.web.post(f"{AUTH}/totp", json={"password": user.password}).json["secret"]
    answer = user.web.post(f"{AUTH}/totp/verify", json={"code": code(secret)})
    assert answer.status == 200, answer.text
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", "60")
    return secret, answer.json["recoveryCodes"]


def test_enrol_and_sign_in(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user = town.signed_in()
    secret, codes = enrolled(user, monkeypatch)

    assert len(codes) == 10
    assert user.web.get(f"{AUTH}/totp").json == {"enabled": True, "recoveryCodesLeft": 10}
    missing = user.log_in()
    assert (missing.status, missing.problem["code"]) == (401, "totp-required")
    assert missing.problem["field"] == "totpCode"
    assert user.log_in(code=wrong_code(b32decode(secret))).problem["code"] == "totp-wrong"
    assert user.log_in(code=code(secret)).status == 200
    assert town.mailbox.last(user.email).subject == "Two-step sign-in of your account"


def test_a_code_is_not_good_twice(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user = town.signed_in()
    secret, _ = enrolled(user, monkeypatch)

    shown = code(secret)
    assert user.log_in(code=shown).status == 200
    assert user.log_in(code=shown).problem["code"] == "totp-wrong"


def test_a_recovery_code_works_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user = town.signed_in()
    _, codes = enrolled(user, monkeypatch)

    assert user.log_in(code=codes[0].upper()).status == 200
    assert user.log_in(code=codes[0]).problem["code"] == "totp-wrong"
    assert user.web.get(f"{AUTH}/totp").json["recoveryCodesLeft"] == 9


def test_a_wrong_password_does_not_tell_that_a_code_is_needed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = town.signed_in()
    secret, _ = enrolled(user, monkeypatch)
    user.password = "not the right one"

    assert user.log_in(code=code(secret)).problem["code"] == "credentials-wrong"


def test_an_enrolment_that_was_not_confirmed_changes_nothing(town: Town) -> None:
    user = town.signed_in()
    asked = user.web.post(f"{AUTH}/totp", json={"password": user.password})

    assert user.web.get(f"{AUTH}/totp").json["enabled"] is False
    assert user.log_in().status == 200
    never = wrong_code(b32decode(asked.json["secret"]))
    wrong = user.web.post(f"{AUTH}/totp/verify", json={"code": never})
    assert (wrong.status, wrong.problem["code"]) == (401, "totp-wrong")


def test_enrolling_needs_the_password(town: Town) -> None:
    user = town.signed_in()

    answer = user.web.post(f"{AUTH}/totp", json={"password": "not the right one"})

    assert answer.problem["code"] == "password-wrong"


def test_enrolling_twice(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user = town.signed_in()
    enrolled(user, monkeypatch)

    answer = user.web.post(f"{AUTH}/totp", json={"password": user.password})

    assert (answer.status, answer.problem["code"]) == (409, "totp-on")


def test_turning_it_off(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user = town.signed_in()
    secret, _ = enrolled(user, monkeypatch)

    body = {"password": user.password, "code": wrong_code(b32decode(secret))}
    refused = user.web.post(f"{AUTH}/totp/disable", json=body)
    assert refused.status == 401
    answer = user.web.post(
        f"{AUTH}/totp/disable", json={"password": user.password, "code": code(secret)}
    )
    assert answer.status == 204
    assert user.log_in().status == 200
    assert user.web.get(f"{AUTH}/totp").json == {"enabled": False, "recoveryCodesLeft": 0}


def test_new_recovery_codes_replace_the_old(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user = town.signed_in()
    _, old = enrolled(user, monkeypatch)

    new = user.web.post(
        f"{AUTH}/totp/recovery-codes", json={"password": user.password, "code": old[0]}
    ).json["recoveryCodes"]

    assert not set(new) & set(old)
    assert user.log_in(code=old[1]).status == 401
    assert user.log_in(code=new[0]).status == 200


def test_codes_are_throttled(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user = town.signed_in()
    secret, _ = enrolled(user, monkeypatch)
    body = {"password": user.password, "code": wrong_code(b32decode(secret))}

    statuses = [user.web.post(f"{AUTH}/totp/disable", json=body).status for _ in range(11)]

    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_the_secret_is_kept_sealed(
    town: Town, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = town.signed_in()
    secret, codes = enrolled(user, monkeypatch)

    with database.transaction() as work:
        row = work.execute("SELECT encrypted_secret FROM auth.totp").fetchone()
        kept = work.execute("SELECT code_hash FROM auth.recovery_codes").fetchall()
    assert row is not None
    assert b32decode(secret) not in row["encrypted_secret"]
    assert all(one["code_hash"] != codes[0].encode() for one in kept)
