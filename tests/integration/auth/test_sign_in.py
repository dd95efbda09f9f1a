"""Signing in, staying signed in, signing out."""

import json
from base64 import urlsafe_b64decode

import jwt
import pytest

from auth.dependencies import password_hasher
from auth.domain.hashing import PasswordHasher
from kit.db import Database
from tests.factories.auth import AUTH, FIREFOX, USERS, Town


class CountingHasher(PasswordHasher):
    """Counts verifications: the work that an answer's time shows."""

    checked: list[bool] = []

    def verify(self, password: str, phc: str | None) -> bool:
        self.checked.append(phc is not None)
        return super().verify(password, phc)


def test_an_unknown_address_gets_the_same_answer_for_the_same_work(town: Town) -> None:
    from auth.handler import app

    member, waiting, stranger = town.member(), town.registered(), town.stranger()
    app.dependency_overrides[password_hasher] = lambda: CountingHasher(64, 1)
    CountingHasher.checked.clear()
    member.password = waiting.password = "not the right one"

    answers = [person.log_in() for person in (member, waiting, stranger)]

    assert CountingHasher.checked == [True, True, False]
    problems = [answer.problem | {"instance": ""} for answer in answers]
    assert problems[0] == problems[1] == problems[2]
    assert problems[0]["status"] == 401
    assert problems[0]["code"] == "credentials-wrong"
    assert len({frozenset(answer.headers) for answer in answers}) == 1


def test_the_address_may_be_spelt_in_any_case(town: Town) -> None:
    user = town.member()
    user.email = f"  {user.email.upper()} "

    assert user.log_in().status == 200


def test_an_access_token_says_who_and_nothing_else(town: Town) -> None:
    user = town.signed_in("escort")
    assert user.web.token

    keys = town.client().get("/.well-known/jwks.json")
    key = jwt.PyJWKSet.from_dict(keys.json).keys[0]
    claims = jwt.decode(
        user.web.token, key, algorithms=["RS256"], audience="site", issuer="https://hellomahi.test"
    )

    assert claims.keys() == {"iss", "sub", "role", "sid", "jti", "aud", "iat", "exp"}
    assert (claims["sub"], claims["role"], claims["aud"]) == (user.id, "escort", "site")
    assert claims["exp"] - claims["iat"] == 600
    discovery = town.client().get("/.well-known/openid-configuration").json
    assert discovery["jwks_uri"] == "https://hellomahi.test/.well-known/jwks.json"


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_forged_token_is_refused(town: Town, algorithm: str) -> None:
    user = town.signed_in()
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


def test_refreshing_rotates(town: Town) -> None:
    user = town.signed_in()

    first = user.web.post(f"{AUTH}/refresh", json={"refreshToken": user.refresh_token})
    second = user.web.post(f"{AUTH}/refresh", json={"refreshToken": first.json["refreshToken"]})

    tokens = {user.refresh_token, first.json["refreshToken"], second.json["refreshToken"]}
    assert len(tokens) == 3
    assert user.web.get(f"{USERS}/profile", token=second.json["accessToken"]).status == 200


def test_showing_a_spent_token_ends_the_family(town: Town) -> None:
    user = town.signed_in()
    fresh = user.web.post(f"{AUTH}/refresh", json={"refreshToken": user.refresh_token}).json

    stolen = user.web.post(f"{AUTH}/refresh", json={"refreshToken": user.refresh_token})

    assert (stolen.status, stolen.problem["code"]) == (401, "session-ended")
    answer = user.web.post(f"{AUTH}/refresh", json={"refreshToken": fresh["refreshToken"]})
    assert answer.status == 401
    assert user.web.get(f"{USERS}/profile", token=fresh["accessToken"]).status == 401


@pytest.mark.parametrize("token", ["x" * 43, "0" * 32 + "." + "x" * 43, "." * 30])
def test_a_made_up_refresh_token(town: Town, token: str) -> None:
    answer = town.client().post(f"{AUTH}/refresh", json={"refreshToken": token})

    assert (answer.status, answer.problem["code"]) == (401, "session-ended")


def test_an_access_token_lives_ten_minutes(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user = town.signed_in()

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", "601")

    assert user.web.get(f"{USERS}/profile").problem["code"] == "token-expired"
    answer = user.web.post(f"{AUTH}/refresh", json={"refreshToken": user.refresh_token})
    assert user.web.get(f"{USERS}/profile", token=answer.json["accessToken"]).status == 200


def test_signing_out_ends_the_session_at_once(town: Town) -> None:
    user = town.signed_in()

    assert user.web.post(f"{AUTH}/logout").status == 204

    assert user.web.get(f"{USERS}/profile").problem["code"] == "session-ended"
    answer = user.web.post(f"{AUTH}/refresh", json={"refreshToken": user.refresh_token})
    assert answer.status == 401


@pytest.mark.slow
def test_guessing_is_slowed_down_for_known_and_unknown_alike(town: Town) -> None:
    member, stranger = town.member(), town.stranger()
    counts = []
    for person in (member, stranger):
        person.password = "not the right one"
        answers = [person.log_in() for _ in range(11)]
        counts.append([answer.status for answer in answers])
        assert 0 < int(answers[-1].headers["retry-after"]) <= 900
        assert answers[-1].problem["code"] == "too-many-tries"

    assert counts[0] == counts[1] == [401] * 10 + [429]
    # Another network does not help, another account is not concerned.
    member.web = town.client()
    assert member.log_in().status == 429
    assert town.member().log_in().status == 200


@pytest.mark.slow
def test_one_network_cannot_try_many_accounts(town: Town) -> None:
    web = town.client()
    statuses = []
    for _ in range(61):
        stranger = town.stranger()
        stranger.web = web
        statuses.append(stranger.log_in().status)

    assert statuses == [401] * 60 + [429]


@pytest.mark.slow
def test_strangers_cannot_shut_the_owner_out_of_a_known_device(town: Town) -> None:
    owner = town.member()
    form = {"email": owner.email, "password": owner.password}
    assert owner.web.post("/login", form=form).status == 303
    assert "__Host-device" in owner.web.cookies
    guesser = town.stranger()
    guesser.email = owner.email
    for _ in range(11):
        guesser.log_in()

    assert guesser.log_in().status == 429
    assert owner.web.post("/login", form=form).status == 303


def test_a_new_device_is_told_to_the_owner(town: Town) -> None:
    user = town.signed_in()
    subjects = [letter.subject for letter in town.mailbox.letters(user.email)]
    assert subjects == ["Confirm your e-mail address"]

    body = {"email": user.email, "password": user.password}
    for _ in range(2):
        town.client().post(f"{AUTH}/login", json=body, headers={"user-agent": FIREFOX})

    letters = town.mailbox.letters(user.email)
    assert len(letters) == 2
    assert "Firefox on Linux" in letters[-1].text


def test_a_hash_of_old_parameters_is_made_again(town: Town, database: Database) -> None:
    from auth.handler import app

    user = town.member()
    app.dependency_overrides[password_hasher] = lambda: PasswordHasher(128, 1)

    assert user.log_in().status == 200

    with database.transaction() as work:
        row = work.execute("SELECT password_hash FROM auth.users").fetchone()
    assert row is not None
    assert row["password_hash"].startswith("$argon2id$v=19$m=128,t=1,p=1$")
    assert user.log_in().status == 200


def test_staff_sign_in_is_for_staff(town: Town) -> None:
    member, stranger = town.member(), town.stranger()

    refused = [person.log_in(audience="admin") for person in (member, stranger)]

    problems = [answer.problem | {"instance": ""} for answer in refused]
    assert problems[0] == problems[1]
    assert problems[0]["code"] == "credentials-wrong"


def test_rooms_are_apart(town: Town) -> None:
    admin = town.admin()
    other = town.member()
    status = {"status": "suspended", "reason": "a reason"}
    other.log_in()

    assert admin.web.put(f"{USERS}/{other.id}/status", json=status).status == 200

    # The same person without the staff's session.
    admin.log_in(audience="site")
    answer = admin.web.put(f"{USERS}/{other.id}/status", json=status)
    assert (answer.status, answer.problem["code"]) == (401, "wrong-audience")
    assert admin.web.get(f"{USERS}/{other.id}").status == 404


def test_the_staff_room_opens_to_listed_networks_alone(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = town.admin()

    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", "192.0.2.0/24")

    assert admin.web.get(f"{USERS}/profile").problem["code"] == "network-not-allowed"
    assert admin.log_in(audience="admin").problem["code"] == "credentials-wrong"
    assert admin.log_in(audience="site").status == 200
    admin.web.ip = "192.0.2.9"
    assert admin.log_in(audience="admin").status == 200


def test_a_person_sees_and_ends_their_own_sessions_alone(town: Town) -> None:
    user, other = town.signed_in(), town.signed_in()
    first = user.web.token
    user.log_in()
    listed = user.web.get(f"{AUTH}/sessions").json["items"]
    assert [session["current"] for session in listed] == [True, False]
    assert {session["network"] for session in listed} == {user.web.ip}

    theirs = other.web.get(f"{AUTH}/sessions").json["items"][0]["id"]
    assert user.web.delete(f"{AUTH}/sessions/{theirs}").status == 404
    assert other.web.get(f"{USERS}/profile").status == 200

    assert user.web.delete(f"{AUTH}/sessions/{listed[1]['id']}").status == 204
    assert user.web.get(f"{USERS}/profile", token=first).status == 401
    assert user.web.get(f"{USERS}/profile").status == 200


def test_ending_all_sessions(town: Town) -> None:
    user = town.signed_in()
    first = user.web.token
    user.log_in()

    assert user.web.delete(f"{AUTH}/sessions?keepCurrent=true").status == 204
    assert user.web.get(f"{USERS}/profile", token=first).status == 401
    assert user.web.get(f"{USERS}/profile").status == 200

    assert user.web.delete(f"{AUTH}/sessions").status == 204
    assert user.web.get(f"{USERS}/profile").status == 401
