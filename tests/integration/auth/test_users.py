"""Accounts: one's own, other people's, and what staff decide."""

from typing import Any

import pytest

from kit.db import Database
from tests.factories.auth import AUTH, USERS, Town, User

PROFILE = {
    "displayName": "Otti",
    "firstName": "Ottilie",
    "lastName": "Grünwald",
    "phone": "+41 79 123 45 67",
    "dateOfBirth": "1990-02-28",
    "avatarUrl": "/media/avatars/1.avif",
}


def events(database: Database, kind: str) -> list[dict[str, Any]]:
    """Return the data of the events of one kind, the oldest first."""
    with database.transaction() as work:
        rows = work.execute(
            "SELECT envelope FROM outbox.messages WHERE type = %s ORDER BY id", (kind,)
        )
        return [row["envelope"]["data"] for row in rows]


def suspend(admin: User, user: User, status: str = "suspended") -> int:
    """Let staff decide about somebody; return the answer's status."""
    body = {"status": status, "reason": "Three reports, looked at twice."}
    return admin.web.put(f"{USERS}/{user.id}/status", json=body).status


def test_a_profile_is_read_and_changed(town: Town) -> None:
    user = town.signed_in()

    saved = user.web.put(f"{USERS}/profile", json=PROFILE)

    assert saved.status == 200, saved.text
    assert saved.json == user.web.get(f"{USERS}/profile").json
    assert saved.json | PROFILE | {"phone": "+41791234567"} == saved.json
    assert saved.json["email"] == user.email
    assert saved.json["emailVerified"] is True


def test_what_is_absent_stays_and_null_clears(town: Town) -> None:
    user = town.signed_in()
    user.web.put(f"{USERS}/profile", json=PROFILE)

    saved = user.web.put(f"{USERS}/profile", json={"phone": None, "displayName": "Tilly"}).json

    assert (saved["phone"], saved["displayName"]) == (None, "Tilly")
    assert saved["firstName"] == "Ottilie"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"dateOfBirth": "2020-01-01"}, "dateOfBirth"),
        ({"dateOfBirth": "28.2.1990"}, "dateOfBirth"),
        ({"phone": "12"}, "phone"),
        ({"avatarUrl": "https://elsewhere.test/x.png"}, "avatarUrl"),
        ({"avatarUrl": "/media/../login"}, "avatarUrl"),
        ({"displayName": "x" * 61}, "displayName"),
        ({"displayName": "a\u0000b"}, "displayName"),
        ({"role": "admin"}, "role"),
        ({"status": "active"}, "status"),
        ({"email": "other@example.com"}, "email"),
    ],
)
def test_a_profile_that_is_refused(town: Town, change: dict[str, Any], field: str) -> None:
    problem = town.signed_in().web.put(f"{USERS}/profile", json=change).problem

    assert (problem["status"], problem["field"]) == (422, field)


def test_other_peoples_accounts_are_not_there(town: Town) -> None:
    user, other = town.signed_in("escort"), town.signed_in("client", firstName="Ottilie")
    absent = user.web.get(f"{USERS}/01975b2e-0000-7000-8000-000000000000")

    for answer in (
        user.web.get(f"{USERS}/{other.id}"),
        user.web.put(f"{USERS}/{other.id}", json={"displayName": "mine"}),
    ):
        assert answer.problem | {"instance": ""} == absent.problem | {"instance": ""}
        assert answer.status == 404
    assert user.web.get(f"{USERS}/{user.id}").status == 200
    assert user.web.put(f"{USERS}/{user.id}", json={"displayName": "me"}).status == 200
    assert other.web.get(f"{USERS}/profile").json["displayName"] is None


def test_staff_read_and_change_accounts(town: Town) -> None:
    admin, user = town.admin(), town.signed_in(firstName="Ottilie")

    assert admin.web.get(f"{USERS}/{user.id}").json["firstName"] == "Ottilie"
    answer = admin.web.put(f"{USERS}/{user.id}", json={"displayName": None})
    assert answer.status == 200


@pytest.mark.parametrize("role", ["client", "escort", "agency"])
def test_nobody_else_decides_about_accounts(town: Town, role: str) -> None:
    user, other = town.signed_in(role), town.signed_in()

    assert suspend(user, other) == 401  # not a session of the staff's room
    assert other.web.get(f"{USERS}/profile").status == 200


def test_suspended_and_restored(town: Town, database: Database) -> None:
    admin, user = town.admin(), town.signed_in()

    assert suspend(admin, user) == 200

    assert user.web.get(f"{USERS}/profile").status == 401
    assert user.log_in().problem["code"] == "account-suspended"
    refresh = user.web.post(f"{AUTH}/refresh", json={"refreshToken": user.refresh_token})
    assert refresh.status == 401
    assert suspend(admin, user, "active") == 200
    assert user.log_in().status == 200
    assert town.mailbox.last(user.email).subject == "A change to your account"
    assert events(database, "UserSuspended") == [{"userId": user.id, "status": "suspended"}]
    assert events(database, "UserRestored") == [{"userId": user.id}]
    with database.transaction() as work:
        rows = work.execute(
            "SELECT actor_id::text, from_status, to_status FROM auth.status_changes ORDER BY id"
        ).fetchall()
    assert [tuple(row.values()) for row in rows] == [
        (admin.id, "active", "suspended"),
        (admin.id, "suspended", "active"),
    ]


def test_a_decision_that_leads_nowhere(town: Town) -> None:
    admin, user = town.admin(), town.signed_in()

    body = {"status": "active", "reason": "There is no reason."}
    answer = admin.web.put(f"{USERS}/{user.id}/status", json=body)

    assert (answer.status, answer.problem["code"]) == (409, "status-transition")


def test_staff_do_not_decide_about_themselves_and_one_is_left(town: Town) -> None:
    admin, colleague = town.admin(), town.admin()

    assert suspend(admin, admin) == 403
    assert suspend(admin, colleague) == 200
    body = {"password": admin.password}
    answer = admin.web.post(f"{USERS}/profile/close", json=body)
    assert (answer.status, answer.problem["code"]) == (409, "last-administrator")


def test_closing_forgets_the_person(town: Town, database: Database) -> None:
    user = town.signed_in()
    user.web.put(f"{USERS}/profile", json=PROFILE)
    wrong = user.web.post(f"{USERS}/profile/close", json={"password": "not the right one"})
    assert (wrong.status, wrong.problem["field"]) == (401, "password")

    answer = user.web.post(f"{USERS}/profile/close", json={"password": user.password})

    assert answer.status == 204
    assert user.web.get(f"{USERS}/profile").status == 401
    assert user.log_in().problem["code"] == "credentials-wrong"
    assert events(database, "AccountClosed") == [{"userId": user.id}]
    with database.transaction() as work:
        row = work.execute("SELECT * FROM auth.users WHERE id = %s", (user.id,)).fetchone()
        assert row is not None
        assert row["status"] == "closed"
        personal = (
            "email",
            "password_hash",
            "display_name",
            "avatar_url",
            "encrypted_personal_data",
        )
        assert {row[name] for name in personal} == {None}
        for table in ("preferences", "tokens", "totp", "devices", "mails"):
            left = work.execute(f"SELECT FROM auth.{table} WHERE user_id = %s", (user.id,))
            assert left.rowcount == 0


def test_a_closed_accounts_address_is_free_again(town: Town) -> None:
    user = town.signed_in()
    user.web.post(f"{USERS}/profile/close", json={"password": user.password})

    body = {"email": user.email, "password": user.password, "role": "client"}
    user.web.post(f"{AUTH}/register", json=body)

    assert town.mailbox.last(user.email).subject == "Confirm your e-mail address"
    assert len(town.mailbox.letters(user.email)) == 2


def test_preferences(town: Town) -> None:
    user = town.signed_in()
    assert user.web.get(f"{USERS}/preferences").json == {
        "language": "en",
        "timeZone": "UTC",
        "theme": "system",
        "newDeviceMail": True,
        "newsMail": False,
    }
    chosen = {
        "language": "de-CH",
        "timeZone": "Europe/Zurich",
        "theme": "dark",
        "newDeviceMail": False,
        "newsMail": True,
    }

    assert user.web.put(f"{USERS}/preferences", json=chosen).json == chosen
    assert user.web.put(f"{USERS}/preferences", json=chosen).status == 200
    assert user.web.get(f"{USERS}/preferences").json == chosen
    body = {"email": user.email, "password": user.password}
    town.client().post(f"{AUTH}/login", json=body, headers={"user-agent": "another"})
    assert len(town.mailbox.letters(user.email)) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [({"timeZone": "Mars/Base"}, "timeZone"), ({"language": "xx-yy"}, "language")],
)
def test_preferences_that_nobody_has(town: Town, change: dict[str, str], field: str) -> None:
    user = town.signed_in()
    body = user.web.get(f"{USERS}/preferences").json | change

    assert user.web.put(f"{USERS}/preferences", json=body).problem["field"] == field


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{USERS}/profile"),
        ("PUT", f"{USERS}/profile"),
        ("POST", f"{USERS}/profile/close"),
        ("GET", f"{USERS}/preferences"),
        ("GET", f"{USERS}/01975b2e-0000-7000-8000-000000000000"),
        ("PUT", f"{USERS}/01975b2e-0000-7000-8000-000000000000/status"),
        ("POST", f"{AUTH}/logout"),
        ("POST", f"{AUTH}/change-password"),
        ("GET", f"{AUTH}/sessions"),
        ("DELETE", f"{AUTH}/sessions"),
        ("POST", f"{AUTH}/totp"),
    ],
)
def test_without_a_session(town: Town, method: str, path: str) -> None:
    answer = town.client().request(method, path, json={} if method != "GET" else None)

    assert answer.problem["status"] in {401, 422}
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
