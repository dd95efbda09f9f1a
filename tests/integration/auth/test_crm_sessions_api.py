"""API of CRM sessions: tokens, session list, and no information about slugs."""

import base64
import json
from typing import Any

import pytest

from auth.dependencies import password_hasher
from kit import clock
from kit.db import Database
from kit.ids import new_id
from tests.factories.auth import AUTH, USERS, AuthWorld, User, wrong_code
from tests.fixtures.functions import Answer
from tests.integration.auth.test_login_api import CountingHasher
from tests.integration.auth.test_provider_login_pages import add_profile
from tests.integration.auth.test_second_factor_api import current_code, enrol_second_factor

SESSION = "/api/v1/crm/mira-valen/session"
UNKNOWN_SESSION = "/api/v1/crm/unknown-slug/session"


def create_session(user: User, address: str = SESSION, **more: Any) -> Answer:
    """Create a CRM session; store the tokens on success."""
    answer = user.web.post(address, json={"password": user.password, **more})
    if answer.status == 201:
        user.web.token = answer.json["accessToken"]
        user.refresh_token = answer.json["refreshToken"]
    return answer


def refresh(user: User) -> Answer:
    answer = user.web.post(f"{AUTH}/refresh", json={"refreshToken": user.refresh_token})
    if answer.status == 200:
        user.web.token = answer.json["accessToken"]
        user.refresh_token = answer.json["refreshToken"]
    return answer


@pytest.fixture
def provider(accounts: AuthWorld, database: Database) -> User:
    user = accounts.verified_user("escort")
    add_profile(database, user, "mira-of-old", "mira-valen")
    return user


@pytest.fixture
def fresh_rate_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the clock to the start of all rate limit windows, so that none ends within the test."""
    longest = 30 * 60
    left = longest - clock.now().timestamp() % longest
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(left + 1))


def test_create_crm_session_returns_crm_tokens(provider: User) -> None:
    answer = create_session(provider)

    assert answer.status == 201
    assert answer.json.keys() == {"accessToken", "tokenType", "expiresIn", "refreshToken", "user"}
    assert answer.json["expiresIn"] == 600
    part = answer.json["accessToken"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=="))
    assert (claims["aud"], claims["role"]) == ("crm", "escort")
    assert claims["sub"] == answer.json["user"]["id"]
    assert answer.cookies == []
    (session,) = provider.web.get(SESSION).json["items"]
    assert session["audience"] == "crm"
    assert session["current"] is True
    assert session.keys() >= {"device", "network", "createdAt", "lastSeenAt", "expiresAt"}


def test_create_crm_session_former_slug_is_accepted(provider: User) -> None:
    assert create_session(provider, "/api/v1/crm/mira-of-old/session").status == 201
    assert provider.web.get(SESSION).status == 200


def test_crm_token_and_other_tokens_are_not_interchangeable(provider: User) -> None:
    create_session(provider)
    for path in (f"{USERS}/profile", f"{AUTH}/sessions", f"{AUTH}/totp"):
        answer = provider.web.get(path)
        assert (answer.status, answer.problem["code"]) == (401, "wrong-audience")
    assert provider.web.post(f"{AUTH}/logout").status == 401

    provider.log_in()
    for method, path in (("GET", SESSION), ("DELETE", SESSION)):
        answer = provider.web.request(method, path)
        assert (answer.status, answer.problem["code"]) == (401, "wrong-audience")
    assert provider.log_in(audience="crm").status == 422


def test_crm_sessions_other_slug_is_not_found(
    accounts: AuthWorld, provider: User, database: Database
) -> None:
    other = accounts.verified_user("escort")
    add_profile(database, other, "another-provider")
    create_session(provider)

    for slug in ("another-provider", "unknown-slug"):
        path = f"/api/v1/crm/{slug}/session"
        for method, address in (("GET", path), ("DELETE", path), ("DELETE", f"{path}/{'0' * 32}")):
            answer = provider.web.request(method, address)
            assert (answer.status, answer.problem["code"]) == (404, "not-found")
    assert provider.web.get(SESSION).status == 200


def test_create_crm_session_response_and_work_are_the_same_for_unknown_slug(
    accounts: AuthWorld, provider: User, database: Database
) -> None:
    from auth.handler import app

    waiting = accounts.unverified_user("escort")
    add_profile(database, waiting, "not-yet-confirmed")
    app.dependency_overrides[password_hasher] = lambda: CountingHasher(64, 1)
    CountingHasher.had_hash.clear()
    provider.password = "not the right one"

    slugs = ("mira-valen", "mira-of-old", "not-yet-confirmed", "unknown-slug")
    answers = [create_session(provider, f"/api/v1/crm/{slug}/session") for slug in slugs]

    assert CountingHasher.had_hash == [True, True, True, False]
    problems = [answer.problem | {"instance": ""} for answer in answers]
    assert all(problem == problems[0] for problem in problems)
    assert (problems[0]["status"], problems[0]["code"]) == (401, "credentials-wrong")
    assert problems[0]["field"] == "password"
    assert len({frozenset(answer.headers) for answer in answers}) == 1


def test_crm_sessions_closed_profile_is_not_found(provider: User, database: Database) -> None:
    create_session(provider)
    with database.transaction() as work:
        work.execute("UPDATE escorts.profiles SET closed_at = now()")

    assert provider.web.get(SESSION).status == 404
    provider.web.token = None
    assert create_session(provider).problem["code"] == "credentials-wrong"


def test_create_crm_session_rate_limit_counts_each_slug(
    fresh_rate_limits: None, accounts: AuthWorld, provider: User
) -> None:
    guesser = User(accounts.new_client(), "", "not the right one")

    for address in (SESSION, UNKNOWN_SESSION):
        tries = [create_session(guesser, address).status for _ in range(11)]
        assert tries == [401] * 10 + [429]
        assert int(create_session(guesser, address).headers["retry-after"]) > 0
    # Another slug of the same provider has its own counter, which therefore does not link the two.
    assert create_session(guesser, "/api/v1/crm/mira-of-old/session").status == 401
    # Attempts by the public slug do not lock the provider out of the login by e-mail address.
    form = {"email": provider.email, "password": provider.password}
    assert provider.web.post("/mira-valen/crm/login", form=form).status == 303
    # The provider's known browser has its own counter.
    provider.web.cookies.pop("__Secure-crm")
    assert create_session(provider).status == 201


@pytest.mark.slow
def test_create_crm_session_rate_limit_counts_each_network(
    fresh_rate_limits: None, accounts: AuthWorld
) -> None:
    guesser = User(accounts.new_client(), "", "not the right one")

    tries = [create_session(guesser, f"/api/v1/crm/anna-{n}/session").status for n in range(61)]

    assert tries == [401] * 60 + [429]


def test_create_crm_session_with_second_factor_requires_code(
    provider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.log_in()
    secret, _ = enrol_second_factor(provider, monkeypatch)
    provider.web.token = None

    missing = create_session(provider)

    assert (missing.status, missing.problem["code"]) == (401, "totp-required")
    assert missing.problem["field"] == "totpCode"
    assert (
        create_session(provider, totpCode=wrong_code(base64.b32decode(secret))).problem["code"]
        == "totp-wrong"
    )
    assert create_session(provider, totpCode=current_code(secret)).status == 201


def test_create_crm_session_suspended_account_is_rejected(
    accounts: AuthWorld, provider: User
) -> None:
    admin = accounts.signed_in_admin()
    user_id = create_session(provider).json["user"]["id"]
    status = {"status": "suspended", "reason": "a reason"}
    assert admin.web.put(f"{USERS}/{user_id}/status", json=status).status == 200

    assert provider.web.get(SESSION).status == 401
    assert refresh(provider).status == 401
    provider.web.token = None
    assert create_session(provider).problem["code"] == "account-suspended"


def test_crm_sessions_are_listed_and_revoked(accounts: AuthWorld, provider: User) -> None:
    provider.log_in()
    at_site = provider.web.get(f"{AUTH}/sessions").json["items"][0]["id"]
    phone = User(accounts.new_client(), provider.email)
    create_session(phone)
    create_session(provider)

    listed = provider.web.get(SESSION).json["items"]

    assert [one["current"] for one in listed] == [True, False]
    assert {one["network"] for one in listed} == {provider.web.ip, phone.web.ip}
    phone_session = f"{SESSION}/{listed[1]['id']}"
    assert provider.web.delete(phone_session).status == 204
    assert phone.web.get(SESSION).problem["code"] == "session-ended"
    for gone in (phone_session, f"{SESSION}/{at_site}", f"{SESSION}/{new_id().hex}"):
        answer = provider.web.delete(gone)
        assert (answer.status, answer.problem["code"]) == (404, "session-not-found")
    assert provider.web.delete(f"{SESSION}/user%23x").status == 422
    assert provider.web.delete(SESSION).status == 204
    assert provider.web.get(SESSION).problem["code"] == "session-ended"


def test_revoke_crm_session_of_other_account_is_not_found(
    accounts: AuthWorld, provider: User, database: Database
) -> None:
    create_session(provider)
    (own_session,) = provider.web.get(SESSION).json["items"]
    other = accounts.verified_user("escort")
    add_profile(database, other, "another-provider")
    create_session(other, "/api/v1/crm/another-provider/session")

    assert (
        other.web.delete(f"/api/v1/crm/another-provider/session/{own_session['id']}").status == 404
    )
    assert other.web.delete(f"{SESSION}/{own_session['id']}").status == 404
    assert provider.web.get(SESSION).status == 200


@pytest.mark.slow
def test_refresh_crm_session_keeps_the_8_hour_limit(
    provider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_session(provider)
    (first,) = provider.web.get(SESSION).json["items"]

    for minutes in range(14, 8 * 60, 14):
        monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(60 * minutes))
        assert refresh(provider).status == 200, minutes
    (last,) = provider.web.get(SESSION).json["items"]
    assert last["expiresAt"] == first["expiresAt"]

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(8 * 3600 + 1))
    assert provider.web.get(SESSION).status == 401
    answer = refresh(provider)
    assert (answer.status, answer.problem["code"]) == (401, "session-ended")


def test_refresh_crm_session_after_15_idle_minutes_is_rejected(
    provider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_session(provider)
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(9 * 60))
    assert provider.web.get(SESSION).status == 200
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(23 * 60))
    assert refresh(provider).status == 200
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(39 * 60))

    answer = refresh(provider)

    assert (answer.status, answer.problem["code"]) == (401, "session-ended")


@pytest.mark.parametrize("by", ["token", "refresh"])
def test_crm_token_other_network_ends_session(provider: User, by: str) -> None:
    create_session(provider)
    home, provider.web.ip = provider.web.ip, "192.0.2.77"

    stolen = provider.web.get(SESSION) if by == "token" else refresh(provider)
    provider.web.ip = home

    for answer in (stolen, provider.web.get(SESSION), refresh(provider)):
        assert (answer.status, answer.problem["code"]) == (401, "network-changed")
    provider.web.token = None
    create_session(provider)
    assert len(provider.web.get(SESSION).json["items"]) == 1


def test_crm_token_network_change_allowed_updates_network(provider: User) -> None:
    create_session(provider, networkMayChange=True)
    provider.web.ip = "192.0.2.77"

    assert refresh(provider).status == 200
    provider.web.ip = "2001:db8:1:2::3"
    assert provider.web.get(SESSION).status == 200
    (session,) = provider.web.get(SESSION).json["items"]
    assert session["network"] == "2001:db8:1:2::/64"


def test_site_session_other_network_is_accepted(provider: User) -> None:
    provider.log_in()
    provider.web.ip = "192.0.2.77"

    assert provider.web.get(f"{USERS}/profile").status == 200
    assert refresh(provider).status == 200
