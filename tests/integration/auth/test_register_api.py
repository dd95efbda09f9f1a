"""API to register an account and confirm its address."""

from io import StringIO

import pytest

from kit.db import Database
from tests.factories.auth import AUTH, PASSWORD, USERS, AuthWorld


def test_registration_verified_account_can_log_in(accounts: AuthWorld) -> None:
    user = accounts.unverified_user("escort")

    assert user.log_in().problem["code"] == "email-not-verified"
    token = accounts.mailbox.last_mail(user.email).token
    assert user.web.post(f"{AUTH}/verify-email", json={"token": token}).status == 200

    answer = user.log_in()
    assert answer.status == 200
    assert answer.json["tokenType"] == "Bearer"
    assert answer.json["expiresIn"] == 600
    assert answer.json["user"] == {
        "id": user.id,
        "role": "escort",
        "status": "active",
        "displayName": None,
    }
    assert "passwordHash" not in answer.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a\u0000b@example.com"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "Password123!"}, "password"),
        ({"role": "admin"}, "role"),
        ({"role": "owner"}, "role"),
        ({"phone": "079 123 45 67"}, "phone"),
        ({"firstName": "x" * 101}, "firstName"),
        ({"isAdmin": True}, "isAdmin"),
    ],
)
def test_register_invalid_field_is_rejected(
    accounts: AuthWorld, change: dict[str, object], field: str
) -> None:
    stranger = accounts.unregistered_user()
    body = {"email": stranger.email, "password": PASSWORD, "role": "client"} | change

    problem = stranger.web.post(f"{AUTH}/register", json=body).problem

    assert problem["status"] == 422
    assert problem["field"] == field


def test_register_taken_address_gets_same_response_and_mails_owner(
    accounts: AuthWorld, database: Database
) -> None:
    owner = accounts.verified_user()
    stranger = accounts.unregistered_user()

    free, taken = (
        stranger.web.post(
            f"{AUTH}/register",
            json={"email": address, "password": PASSWORD, "role": "agency"},
        )
        for address in (stranger.email, owner.email.upper())
    )

    assert (free.status, free.json) == (taken.status, taken.json)
    assert free.headers.keys() == taken.headers.keys()
    assert accounts.mailbox.last_mail(owner.email).subject == "You already have an account"
    with database.transaction() as work:
        rows = work.execute(
            "SELECT role FROM auth.users WHERE email_normalized = %s", (owner.email.lower(),)
        )
        assert [row["role"] for row in rows] == ["client"]


def test_register_stranger_first_owner_regains_address(accounts: AuthWorld) -> None:
    thief = accounts.unverified_user(firstName="Eve")
    owner = accounts.unregistered_user()
    owner.email, owner.password = thief.email, "another good password"

    owner.web.post(
        f"{AUTH}/register",
        json={"email": owner.email, "password": owner.password, "role": "client"},
    )

    # The owner resets the password by mail, which invalidates the stranger's.
    assert len(accounts.mailbox.mails_to(owner.email)) == 2
    owner.web.post(f"{AUTH}/forgot-password", json={"email": owner.email})
    token = accounts.mailbox.last_mail(owner.email).token
    owner.web.post(f"{AUTH}/reset-password", json={"token": token, "newPassword": owner.password})
    assert thief.log_in().problem["code"] == "credentials-wrong"
    assert owner.log_in().status == 200


def test_verification_link_works_once(accounts: AuthWorld) -> None:
    user = accounts.unverified_user()
    body = {"token": accounts.mailbox.last_mail(user.email).token}

    assert user.web.post(f"{AUTH}/verify-email", json=body).status == 200

    again = user.web.post(f"{AUTH}/verify-email", json=body)
    assert (again.status, again.problem["code"]) == (409, "link-invalid")


def test_verification_link_expires(accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    user = accounts.unverified_user()
    token = accounts.mailbox.last_mail(user.email).token

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(49 * 3600))

    answer = user.web.post(f"{AUTH}/verify-email", json={"token": token})
    assert answer.problem["code"] == "link-invalid"


def test_verification_token_is_not_valid_for_reset(accounts: AuthWorld) -> None:
    user = accounts.unverified_user()
    token = accounts.mailbox.last_mail(user.email).token

    answer = user.web.post(
        f"{AUTH}/reset-password", json={"token": token, "newPassword": "another good password"}
    )

    assert answer.problem["code"] == "link-invalid"


def test_resend_verification_response_is_the_same_for_unknown_address(accounts: AuthWorld) -> None:
    waiting, member, stranger = (
        accounts.unverified_user(),
        accounts.verified_user(),
        accounts.unregistered_user(),
    )

    answers = [
        person.web.post(f"{AUTH}/resend-verification", json={"email": person.email})
        for person in (waiting, member, stranger)
    ]

    assert len({(answer.status, answer.text) for answer in answers}) == 1
    assert len(accounts.mailbox.mails_to(waiting.email)) == 2
    assert len(accounts.mailbox.mails_to(member.email)) == 1
    assert accounts.mailbox.mails_to(stranger.email) == []


def test_personal_data_is_stored_encrypted(accounts: AuthWorld, database: Database) -> None:
    user = accounts.signed_in_user(
        "client", firstName="Ottilie", lastName="Grünwald", phone="+41791234567"
    )
    user.web.get(f"{USERS}/profile")
    private = ["Ottilie", "Grünwald", "Gr\\u00fcnwald", "791234567", user.email, user.password]

    with database.transaction() as work:
        stored = work.execute("SELECT encrypted_personal_data FROM auth.users").fetchall()
        events = work.execute("SELECT envelope::text AS text FROM outbox.messages").fetchall()
        mails = work.execute("SELECT m::text AS text FROM auth.mails AS m").fetchall()

    assert all(b"Ottilie" not in row["encrypted_personal_data"] for row in stored)
    assert events
    assert mails
    for text in (row["text"].lower() for row in events + mails):
        assert not [secret for secret in private if secret.lower() in text]


def test_personal_data_of_another_account_does_not_decrypt(
    accounts: AuthWorld, database: Database, log: StringIO
) -> None:
    one, other = accounts.signed_in_user(firstName="Ottilie"), accounts.signed_in_user()
    with database.transaction() as work:
        work.execute(
            """
            UPDATE auth.users AS u SET encrypted_personal_data = source.encrypted_personal_data
            FROM auth.users AS source WHERE source.id = %s AND u.id = %s
            """,
            (one.id, other.id),
        )

    answer = other.web.get(f"{USERS}/profile")

    assert answer.status == 500
    assert "Ottilie" not in answer.text
    assert answer.problem["code"] == "internal-error"
    # A failure is logged with its type and location, without the document or its account.
    assert "UnreadableDocument" in log.getvalue()
    for private in ("Ottilie", one.email, other.email, other.refresh_token, other.web.token or ""):
        assert private not in log.getvalue()
