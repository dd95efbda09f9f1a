"""API of accounts: for their owners, for other callers and for staff."""

from typing import Any

import pytest

from kit.db import Database
from tests.factories.auth import AUTH, USERS, AuthWorld, User

PROFILE = {
    "displayName": "Otti",
    "firstName": "Ottilie",
    "lastName": "Grünwald",
    "phone": "+41 79 123 45 67",
    "dateOfBirth": "1990-02-28",
    "avatarUrl": "/media/avatars/1.avif",
}


def published_events(database: Database, kind: str) -> list[dict[str, Any]]:
    """Return the data of the events of one type, the oldest first."""
    with database.transaction() as work:
        rows = work.execute(
            "SELECT envelope FROM outbox.messages WHERE type = %s ORDER BY id", (kind,)
        )
        return [row["envelope"]["data"] for row in rows]


def change_status(admin: User, user: User, status: str = "suspended") -> int:
    """Change the user's status as staff; return the response's status."""
    body = {"status": status, "reason": "Three reports, looked at twice."}
    return admin.web.put(f"{USERS}/{user.id}/status", json=body).status


def test_update_profile_is_returned_by_read_profile(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()

    saved = user.web.put(f"{USERS}/profile", json=PROFILE)

    assert saved.status == 200, saved.text
    assert saved.json == user.web.get(f"{USERS}/profile").json
    assert saved.json | PROFILE | {"phone": "+41791234567"} == saved.json
    assert saved.json["email"] == user.email
    assert saved.json["emailVerified"] is True


def test_update_profile_absent_keeps_and_null_clears(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()
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
def test_update_profile_invalid_field_is_rejected(
    accounts: AuthWorld, change: dict[str, Any], field: str
) -> None:
    problem = accounts.signed_in_user().web.put(f"{USERS}/profile", json=change).problem

    assert (problem["status"], problem["field"]) == (422, field)


def test_read_user_other_account_is_not_found(accounts: AuthWorld) -> None:
    user, other = (
        accounts.signed_in_user("escort"),
        accounts.signed_in_user("client", firstName="Ottilie"),
    )
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


def test_read_and_update_user_as_staff(accounts: AuthWorld) -> None:
    admin, user = accounts.signed_in_admin(), accounts.signed_in_user(firstName="Ottilie")

    assert admin.web.get(f"{USERS}/{user.id}").json["firstName"] == "Ottilie"
    answer = admin.web.put(f"{USERS}/{user.id}", json={"displayName": None})
    assert answer.status == 200


@pytest.mark.parametrize("role", ["client", "escort", "agency"])
def test_change_status_without_staff_session_is_rejected(accounts: AuthWorld, role: str) -> None:
    user, other = accounts.signed_in_user(role), accounts.signed_in_user()

    assert change_status(user, other) == 401  # not a staff session
    assert other.web.get(f"{USERS}/profile").status == 200


def test_change_status_suspends_and_restores(accounts: AuthWorld, database: Database) -> None:
    admin, user = accounts.signed_in_admin(), accounts.signed_in_user()

    assert change_status(admin, user) == 200

    assert user.web.get(f"{USERS}/profile").status == 401
    assert user.log_in().problem["code"] == "account-suspended"
    refresh = user.web.post(f"{AUTH}/refresh", json={"refreshToken": user.refresh_token})
    assert refresh.status == 401
    assert change_status(admin, user, "active") == 200
    assert user.log_in().status == 200
    assert accounts.mailbox.last_mail(user.email).subject == "A change to your account"
    assert published_events(database, "UserSuspended") == [
        {"userId": user.id, "status": "suspended"}
    ]
    assert published_events(database, "UserRestored") == [{"userId": user.id}]
    with database.transaction() as work:
        rows = work.execute(
            "SELECT actor_id::text, from_status, to_status FROM auth.status_changes ORDER BY id"
        ).fetchall()
    assert [tuple(row.values()) for row in rows] == [
        (admin.id, "active", "suspended"),
        (admin.id, "suspended", "active"),
    ]


def test_change_status_invalid_transition_is_rejected(accounts: AuthWorld) -> None:
    admin, user = accounts.signed_in_admin(), accounts.signed_in_user()

    body = {"status": "active", "reason": "There is no reason."}
    answer = admin.web.put(f"{USERS}/{user.id}/status", json=body)

    assert (answer.status, answer.problem["code"]) == (409, "status-transition")


def test_change_status_own_account_and_last_administrator_are_rejected(accounts: AuthWorld) -> None:
    admin, colleague = accounts.signed_in_admin(), accounts.signed_in_admin()

    assert change_status(admin, admin) == 403
    assert change_status(admin, colleague) == 200
    body = {"password": admin.password}
    answer = admin.web.post(f"{USERS}/profile/close", json=body)
    assert (answer.status, answer.problem["code"]) == (409, "last-administrator")


def test_close_account_deletes_personal_data(accounts: AuthWorld, database: Database) -> None:
    user = accounts.signed_in_user()
    user.web.put(f"{USERS}/profile", json=PROFILE)
    wrong = user.web.post(f"{USERS}/profile/close", json={"password": "not the right one"})
    assert (wrong.status, wrong.problem["field"]) == (401, "password")

    answer = user.web.post(f"{USERS}/profile/close", json={"password": user.password})

    assert answer.status == 204
    assert user.web.get(f"{USERS}/profile").status == 401
    assert user.log_in().problem["code"] == "credentials-wrong"
    assert published_events(database, "AccountClosed") == [{"userId": user.id}]
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


def test_close_account_frees_the_address(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()
    user.web.post(f"{USERS}/profile/close", json={"password": user.password})

    body = {"email": user.email, "password": user.password, "role": "client"}
    user.web.post(f"{AUTH}/register", json=body)

    assert accounts.mailbox.last_mail(user.email).subject == "Confirm your e-mail address"
    assert len(accounts.mailbox.mails_to(user.email)) == 2


def test_update_preferences_are_saved_and_applied(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()
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
    accounts.new_client().post(f"{AUTH}/login", json=body, headers={"user-agent": "another"})
    assert len(accounts.mailbox.mails_to(user.email)) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [({"timeZone": "Mars/Base"}, "timeZone"), ({"language": "xx-yy"}, "language")],
)
def test_update_preferences_unknown_value_is_rejected(
    accounts: AuthWorld, change: dict[str, str], field: str
) -> None:
    user = accounts.signed_in_user()
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
def test_users_and_auth_api_without_session_is_unauthorized(
    accounts: AuthWorld, method: str, path: str
) -> None:
    answer = accounts.new_client().request(method, path, json={} if method != "GET" else None)

    assert answer.problem["status"] in {401, 422}
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
