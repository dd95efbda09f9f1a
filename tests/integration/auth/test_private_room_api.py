"""The private room (CRM) by the API: tokens for it, its sessions, and what the address gives away."""

import base64
import json
from typing import Any

import pytest

from auth.dependencies import password_hasher
from kit import clock
from kit.db import Database
from kit.ids import new_id
from tests.factories.auth import AUTH, USERS, Town, User, wrong_code
from tests.fixtures.functions import Answer
from tests.integration.auth.test_own_room import give_profile
from tests.integration.auth.test_second_factor import code, enrolled
from tests.integration.auth.test_sign_in import CountingHasher

ADDRESS = "/api/v1/crm/mira-valen/session"
NOWHERE = "/api/v1/crm/nobody-at/session"


def enter(user: User, address: str = ADDRESS, **more: Any) -> Answer:
    """Sign in; keep the tokens of a success."""
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
def mira(town: Town, database: Database) -> User:
    user = town.member("escort")
    give_profile(database, user, "mira-of-old", "mira-valen")
    return user


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    """The windows of all throttles have just begun, so that none ends within the test."""
    longest = 30 * 60
    left = longest - clock.now().timestamp() % longest
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(left + 1))


def test_the_password_opens_it_to_a_token_of_its_own(mira: User) -> None:
    answer = enter(mira)

    assert answer.status == 201
    assert answer.json.keys() == {"accessToken", "tokenType", "expiresIn", "refreshToken", "user"}
    assert answer.json["expiresIn"] == 600
    part = answer.json["accessToken"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=="))
    assert (claims["aud"], claims["role"]) == ("crm", "escort")
    assert claims["sub"] == answer.json["user"]["id"]
    assert answer.cookies == []
    (session,) = mira.web.get(ADDRESS).json["items"]
    assert session["audience"] == "crm"
    assert session["current"] is True
    assert session.keys() >= {"device", "network", "createdAt", "lastSeenAt", "expiresAt"}


def test_a_former_address_is_hers_too(mira: User) -> None:
    assert enter(mira, "/api/v1/crm/mira-of-old/session").status == 201
    assert mira.web.get(ADDRESS).status == 200


def test_its_token_opens_nothing_else_and_no_other_opens_it(mira: User) -> None:
    enter(mira)
    for path in (f"{USERS}/profile", f"{AUTH}/sessions", f"{AUTH}/totp"):
        answer = mira.web.get(path)
        assert (answer.status, answer.problem["code"]) == (401, "wrong-audience")
    assert mira.web.post(f"{AUTH}/logout").status == 401

    mira.log_in()
    for method, path in (("GET", ADDRESS), ("DELETE", ADDRESS)):
        answer = mira.web.request(method, path)
        assert (answer.status, answer.problem["code"]) == (401, "wrong-audience")
    assert mira.log_in(audience="crm").status == 422


def test_another_address_is_not_hers(town: Town, mira: User, database: Database) -> None:
    other = town.member("escort")
    give_profile(database, other, "somebody-else")
    enter(mira)

    for slug in ("somebody-else", "nobody-at"):
        path = f"/api/v1/crm/{slug}/session"
        for method, address in (("GET", path), ("DELETE", path), ("DELETE", f"{path}/{'0' * 32}")):
            answer = mira.web.request(method, address)
            assert (answer.status, answer.problem["code"]) == (404, "not-found")
    assert mira.web.get(ADDRESS).status == 200


def test_an_unknown_address_gets_the_same_answer_for_the_same_work(
    town: Town, mira: User, database: Database
) -> None:
    from auth.handler import app

    waiting = town.registered("escort")
    give_profile(database, waiting, "not-yet-confirmed")
    app.dependency_overrides[password_hasher] = lambda: CountingHasher(64, 1)
    CountingHasher.checked.clear()
    mira.password = "not the right one"

    slugs = ("mira-valen", "mira-of-old", "not-yet-confirmed", "nobody-at")
    answers = [enter(mira, f"/api/v1/crm/{slug}/session") for slug in slugs]

    assert CountingHasher.checked == [True, True, True, False]
    problems = [answer.problem | {"instance": ""} for answer in answers]
    assert all(problem == problems[0] for problem in problems)
    assert (problems[0]["status"], problems[0]["code"]) == (401, "credentials-wrong")
    assert problems[0]["field"] == "password"
    assert len({frozenset(answer.headers) for answer in answers}) == 1


def test_a_profile_that_is_closed_has_no_room(mira: User, database: Database) -> None:
    enter(mira)
    with database.transaction() as work:
        work.execute("UPDATE escorts.profiles SET closed_at = now()")

    assert mira.web.get(ADDRESS).status == 404
    mira.web.token = None
    assert enter(mira).problem["code"] == "credentials-wrong"


def test_guessing_is_slowed_down_at_every_address_alike(
    early: None, town: Town, mira: User
) -> None:
    guesser = User(town.client(), "", "not the right one")

    for address in (ADDRESS, NOWHERE):
        tries = [enter(guesser, address).status for _ in range(11)]
        assert tries == [401] * 10 + [429]
        assert int(enter(guesser, address).headers["retry-after"]) > 0
    # Another address of the same person is counted apart: the count does not tie them together.
    assert enter(guesser, "/api/v1/crm/mira-of-old/session").status == 401
    # Nor do guesses at what is public shut her out where her e-mail is asked for.
    form = {"email": mira.email, "password": mira.password}
    assert mira.web.post("/mira-valen/crm/login", form=form).status == 303
    # And the browser that she came with has a counter of its own.
    mira.web.cookies.pop("__Secure-crm")
    assert enter(mira).status == 201


@pytest.mark.slow
def test_one_network_cannot_try_many_addresses(early: None, town: Town) -> None:
    guesser = User(town.client(), "", "not the right one")

    tries = [enter(guesser, f"/api/v1/crm/anna-{n}/session").status for n in range(61)]

    assert tries == [401] * 60 + [429]


def test_the_second_factor(mira: User, monkeypatch: pytest.MonkeyPatch) -> None:
    mira.log_in()
    secret, _ = enrolled(mira, monkeypatch)
    mira.web.token = None

    missing = enter(mira)

    assert (missing.status, missing.problem["code"]) == (401, "totp-required")
    assert missing.problem["field"] == "totpCode"
    assert (
        enter(mira, totpCode=wrong_code(base64.b32decode(secret))).problem["code"] == "totp-wrong"
    )
    assert enter(mira, totpCode=code(secret)).status == 201


def test_who_is_shut_out_stays_out(town: Town, mira: User) -> None:
    admin = town.admin()
    user_id = enter(mira).json["user"]["id"]
    status = {"status": "suspended", "reason": "a reason"}
    assert admin.web.put(f"{USERS}/{user_id}/status", json=status).status == 200

    assert mira.web.get(ADDRESS).status == 401
    assert refresh(mira).status == 401
    mira.web.token = None
    assert enter(mira).problem["code"] == "account-suspended"


def test_she_sees_and_ends_the_sessions_of_this_room_alone(town: Town, mira: User) -> None:
    mira.log_in()
    at_site = mira.web.get(f"{AUTH}/sessions").json["items"][0]["id"]
    phone = User(town.client(), mira.email)
    enter(phone)
    enter(mira)

    listed = mira.web.get(ADDRESS).json["items"]

    assert [one["current"] for one in listed] == [True, False]
    assert {one["network"] for one in listed} == {mira.web.ip, phone.web.ip}
    theirs = f"{ADDRESS}/{listed[1]['id']}"
    assert mira.web.delete(theirs).status == 204
    assert phone.web.get(ADDRESS).problem["code"] == "session-ended"
    for gone in (theirs, f"{ADDRESS}/{at_site}", f"{ADDRESS}/{new_id().hex}"):
        answer = mira.web.delete(gone)
        assert (answer.status, answer.problem["code"]) == (404, "session-not-found")
    assert mira.web.delete(f"{ADDRESS}/user%23x").status == 422
    assert mira.web.delete(ADDRESS).status == 204
    assert mira.web.get(ADDRESS).problem["code"] == "session-ended"


def test_nobody_ends_somebody_elses(town: Town, mira: User, database: Database) -> None:
    enter(mira)
    (hers,) = mira.web.get(ADDRESS).json["items"]
    other = town.member("escort")
    give_profile(database, other, "somebody-else")
    enter(other, "/api/v1/crm/somebody-else/session")

    assert other.web.delete(f"/api/v1/crm/somebody-else/session/{hers['id']}").status == 404
    assert other.web.delete(f"{ADDRESS}/{hers['id']}").status == 404
    assert mira.web.get(ADDRESS).status == 200


@pytest.mark.slow
def test_refreshing_does_not_lengthen_its_eight_hours(
    mira: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(mira)
    (first,) = mira.web.get(ADDRESS).json["items"]

    for minutes in range(14, 8 * 60, 14):
        monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(60 * minutes))
        assert refresh(mira).status == 200, minutes
    (last,) = mira.web.get(ADDRESS).json["items"]
    assert last["expiresAt"] == first["expiresAt"]

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(8 * 3600 + 1))
    assert mira.web.get(ADDRESS).status == 401
    answer = refresh(mira)
    assert (answer.status, answer.problem["code"]) == (401, "session-ended")


def test_a_quarter_of_an_hour_without_use(mira: User, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(mira)
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(9 * 60))
    assert mira.web.get(ADDRESS).status == 200
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(23 * 60))
    assert refresh(mira).status == 200
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(39 * 60))

    answer = refresh(mira)

    assert (answer.status, answer.problem["code"]) == (401, "session-ended")


@pytest.mark.parametrize("by", ["token", "refresh"])
def test_another_network_ends_it(mira: User, by: str) -> None:
    enter(mira)
    home, mira.web.ip = mira.web.ip, "192.0.2.77"

    stolen = mira.web.get(ADDRESS) if by == "token" else refresh(mira)
    mira.web.ip = home

    for answer in (stolen, mira.web.get(ADDRESS), refresh(mira)):
        assert (answer.status, answer.problem["code"]) == (401, "network-changed")
    mira.web.token = None
    enter(mira)
    assert len(mira.web.get(ADDRESS).json["items"]) == 1


def test_a_session_that_may_roam_is_followed(mira: User) -> None:
    enter(mira, networkMayChange=True)
    mira.web.ip = "192.0.2.77"

    assert refresh(mira).status == 200
    mira.web.ip = "2001:db8:1:2::3"
    assert mira.web.get(ADDRESS).status == 200
    (session,) = mira.web.get(ADDRESS).json["items"]
    assert session["network"] == "2001:db8:1:2::/64"


def test_other_rooms_are_not_bound_to_a_network(mira: User) -> None:
    mira.log_in()
    mira.web.ip = "192.0.2.77"

    assert mira.web.get(f"{USERS}/profile").status == 200
    assert refresh(mira).status == 200
