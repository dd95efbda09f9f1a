"""API to log in, refresh tokens and log out; sessions and access tokens."""

import json
from base64 import urlsafe_b64decode

import jwt
import pytest

from auth.dependencies import password_hasher
from auth.domain.hashing import PasswordHasher
from kit.db import Database
from tests.factories.auth import AUTH, FIREFOX, USERS, AuthWorld


class CountingHasher(PasswordHasher):
    """Hasher that records verifications, the work that determines a response's time."""

    had_hash: list[bool] = []

    def verify(self, password: str, phc: str | None) -> bool:
        self.had_hash.append(phc is not None)
        return super().verify(password, phc)


def test_login_response_and_work_are_the_same_for_unknown_address(accounts: AuthWorld) -> None:
    from auth.handler import app

    member, waiting, stranger = (
        accounts.verified_user(),
        accounts.unverified_user(),
        accounts.unregistered_user(),
    )
    app.dependency_overrides[password_hasher] = lambda: CountingHasher(64, 1)
    CountingHasher.had_hash.clear()
    member.password = waiting.password = "not the right one"

    answers = [person.log_in() for person in (member, waiting, stranger)]

    assert CountingHasher.had_hash == [True, True, False]
    problems = [answer.problem | {"instance": ""} for answer in answers]
    assert problems[0] == problems[1] == problems[2]
    assert problems[0]["status"] == 401
    assert problems[0]["code"] == "credentials-wrong"
    assert len({frozenset(answer.headers) for answer in answers}) == 1


def test_login_address_ignores_case(accounts: AuthWorld) -> None:
    user = accounts.verified_user()
    user.email = f"  {user.email.upper()} "

    assert user.log_in().status == 200


def test_access_token_has_only_the_documented_claims(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user("escort")
    assert user.web.token

    keys = accounts.new_client().get("/.well-known/jwks.json")
    key = jwt.PyJWKSet.from_dict(keys.json).keys[0]
    claims = jwt.decode(
        user.web.token, key, algorithms=["RS256"], audience="site", issuer="https://hellomahi.test"
    )

    assert claims.keys() == {"iss", "sub", "role", "sid", "jti", "aud", "iat", "exp"}
    assert (claims["sub"], claims["role"], claims["aud"]) == (user.id, "escort", "site")
    assert claims["exp"] - claims["iat"] == 600
    discovery = accounts.new_client().get("/.well-known/openid-configuration").json
    assert discovery["jwks_uri"] == "https://hellomahi.test/.well-known/jwks.json"


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_access_token_forged_is_rejected(accounts: AuthWorld, algorithm: str) -> None:
    user = accounts.signed_in_user()
    assert user.web.token
    claims = json.loads(urlsafe_b64decode(user.web.token.split(".")[1] + "=="))
    head = jwt.get_unverified_header(user.web.token)
    user.web.token = jwt.encode(
        claims | {"role": "admin"},
        "" if algorithm == "none" else "x" * 32,
        algorithm=algorithm,
        headers=head | {"alg": algorithm},
    )

    answer = user.web.get(f"{USERS}/profile")

    assert (answer.status, answer.problem["code"]) == (401, "token-refused")


def test_refresh_rotates_the_token(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()

    first = user.web.post(f"{AUTH}/refresh", json={"refreshToken": user.refresh_token})
    second = user.web.post(f"{AUTH}/refresh", json={"refreshToken": first.json["refreshToken"]})

    tokens = {user.refresh_token, first.json["refreshToken"], second.json["refreshToken"]}
    assert len(tokens) == 3
    assert user.web.get(f"{USERS}/profile", token=second.json["accessToken"]).status == 200


def test_refresh_reused_token_ends_the_session(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()
    fresh = user.web.post(f"{AUTH}/refresh", json={"refreshToken": user.refresh_token}).json

    stolen = user.web.post(f"{AUTH}/refresh", json={"refreshToken": user.refresh_token})

    assert (stolen.status, stolen.problem["code"]) == (401, "session-ended")
    answer = user.web.post(f"{AUTH}/refresh", json={"refreshToken": fresh["refreshToken"]})
    assert answer.status == 401
    assert user.web.get(f"{USERS}/profile", token=fresh["accessToken"]).status == 401


@pytest.mark.parametrize("token", ["x" * 43, "0" * 32 + "." + "x" * 43, "." * 30])
def test_refresh_unknown_token_is_rejected(accounts: AuthWorld, token: str) -> None:
    answer = accounts.new_client().post(f"{AUTH}/refresh", json={"refreshToken": token})

    assert (answer.status, answer.problem["code"]) == (401, "session-ended")


def test_access_token_expires_after_10_minutes(
    accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.signed_in_user()

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", "601")

    assert user.web.get(f"{USERS}/profile").problem["code"] == "token-expired"
    answer = user.web.post(f"{AUTH}/refresh", json={"refreshToken": user.refresh_token})
    assert user.web.get(f"{USERS}/profile", token=answer.json["accessToken"]).status == 200


def test_logout_ends_the_session_at_once(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()

    assert user.web.post(f"{AUTH}/logout").status == 204

    assert user.web.get(f"{USERS}/profile").problem["code"] == "session-ended"
    answer = user.web.post(f"{AUTH}/refresh", json={"refreshToken": user.refresh_token})
    assert answer.status == 401


@pytest.mark.slow
def test_login_rate_limit_is_the_same_for_unknown_address(accounts: AuthWorld) -> None:
    member, stranger = accounts.verified_user(), accounts.unregistered_user()
    counts = []
    for person in (member, stranger):
        person.password = "not the right one"
        answers = [person.log_in() for _ in range(11)]
        counts.append([answer.status for answer in answers])
        assert 0 < int(answers[-1].headers["retry-after"]) <= 900
        assert answers[-1].problem["code"] == "too-many-tries"

    assert counts[0] == counts[1] == [401] * 10 + [429]
    # Another network does not reset the limit, and another account is not affected.
    member.web = accounts.new_client()
    assert member.log_in().status == 429
    assert accounts.verified_user().log_in().status == 200


@pytest.mark.slow
def test_login_rate_limit_counts_each_network(accounts: AuthWorld) -> None:
    web = accounts.new_client()
    statuses = []
    for _ in range(61):
        stranger = accounts.unregistered_user()
        stranger.web = web
        statuses.append(stranger.log_in().status)

    assert statuses == [401] * 60 + [429]


@pytest.mark.slow
def test_login_rate_limit_spares_the_owners_known_device(accounts: AuthWorld) -> None:
    owner = accounts.verified_user()
    form = {"email": owner.email, "password": owner.password}
    assert owner.web.post("/login", form=form).status == 303
    assert "__Host-device" in owner.web.cookies
    guesser = accounts.unregistered_user()
    guesser.email = owner.email
    for _ in range(11):
        guesser.log_in()

    assert guesser.log_in().status == 429
    assert owner.web.post("/login", form=form).status == 303


def test_login_new_device_sends_mail(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()
    subjects = [mail.subject for mail in accounts.mailbox.mails_to(user.email)]
    assert subjects == ["Confirm your e-mail address"]

    body = {"email": user.email, "password": user.password}
    for _ in range(2):
        accounts.new_client().post(f"{AUTH}/login", json=body, headers={"user-agent": FIREFOX})

    mails = accounts.mailbox.mails_to(user.email)
    assert len(mails) == 2
    assert "Firefox on Linux" in mails[-1].text


def test_login_outdated_hash_is_replaced(accounts: AuthWorld, database: Database) -> None:
    from auth.handler import app

    user = accounts.verified_user()
    app.dependency_overrides[password_hasher] = lambda: PasswordHasher(128, 1)

    assert user.log_in().status == 200

    with database.transaction() as work:
        row = work.execute("SELECT password_hash FROM auth.users").fetchone()
    assert row is not None
    assert row["password_hash"].startswith("$argon2id$v=19$m=128,t=1,p=1$")
    assert user.log_in().status == 200


def test_login_to_admin_audience_is_staff_only(accounts: AuthWorld) -> None:
    member, stranger = accounts.verified_user(), accounts.unregistered_user()

    refused = [person.log_in(audience="admin") for person in (member, stranger)]

    problems = [answer.problem | {"instance": ""} for answer in refused]
    assert problems[0] == problems[1]
    assert problems[0]["code"] == "credentials-wrong"


def test_site_session_has_no_staff_permissions(accounts: AuthWorld) -> None:
    admin = accounts.signed_in_admin()
    other = accounts.verified_user()
    status = {"status": "suspended", "reason": "a reason"}
    other.log_in()

    assert admin.web.put(f"{USERS}/{other.id}/status", json=status).status == 200

    # The same account without a staff session.
    admin.log_in(audience="site")
    answer = admin.web.put(f"{USERS}/{other.id}/status", json=status)
    assert (answer.status, answer.problem["code"]) == (401, "wrong-audience")
    assert admin.web.get(f"{USERS}/{other.id}").status == 404


def test_staff_session_requires_listed_network(
    accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = accounts.signed_in_admin()

    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", "192.0.2.0/24")

    assert admin.web.get(f"{USERS}/profile").problem["code"] == "network-not-allowed"
    assert admin.log_in(audience="admin").problem["code"] == "credentials-wrong"
    assert admin.log_in(audience="site").status == 200
    admin.web.ip = "192.0.2.9"
    assert admin.log_in(audience="admin").status == 200


def test_sessions_are_listed_and_revoked_by_their_owner_only(accounts: AuthWorld) -> None:
    user, other = accounts.signed_in_user(), accounts.signed_in_user()
    first = user.web.token
    user.log_in()
    listed = user.web.get(f"{AUTH}/sessions").json["items"]
    assert [session["current"] for session in listed] == [True, False]
    assert {session["network"] for session in listed} == {user.web.ip}

    other_session = other.web.get(f"{AUTH}/sessions").json["items"][0]["id"]
    assert user.web.delete(f"{AUTH}/sessions/{other_session}").status == 404
    assert other.web.get(f"{USERS}/profile").status == 200

    assert user.web.delete(f"{AUTH}/sessions/{listed[1]['id']}").status == 204
    assert user.web.get(f"{USERS}/profile", token=first).status == 401
    assert user.web.get(f"{USERS}/profile").status == 200


def test_revoke_sessions_ends_all_or_all_others(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()
    first = user.web.token
    user.log_in()

    assert user.web.delete(f"{AUTH}/sessions?keepCurrent=true").status == 204
    assert user.web.get(f"{USERS}/profile", token=first).status == 401
    assert user.web.get(f"{USERS}/profile").status == 200

    assert user.web.delete(f"{AUTH}/sessions").status == 204
    assert user.web.get(f"{USERS}/profile").status == 401
