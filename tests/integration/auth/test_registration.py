"""Opening an account and confirming its address."""

from io import StringIO

import pytest

from kit.db import Database
from tests.factories.auth import AUTH, PASSWORD, USERS, Town


def test_register_verify_sign_in(town: Town) -> None:
    user = town.registered("escort")

    assert user.log_in().problem["code"] == "email-not-verified"
    token = town.mailbox.last(user.email).token
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
def test_what_is_refused(town: Town, change: dict[str, object], field: str) -> None:
    stranger = town.stranger()
    body = {"email": stranger.email, "password": PASSWORD, "role": "client"} | change

    problem = stranger.web.post(f"{AUTH}/register", json=body).problem

    assert problem["status"] == 422
    assert problem["field"] == field


def test_a_taken_address_gets_the_same_answer_and_its_owner_a_mail(
    town: Town, database: Database
) -> None:
    owner = town.member()
    stranger = town.stranger()

    free, taken = (
        stranger.web.post(
            f"{AUTH}/register",
            json={"email": address, "password": PASSWORD, "role": "agency"},
        )
        for address in (stranger.email, owner.email.upper())
    )

    assert (free.status, free.json) == (taken.status, taken.json)
    assert free.headers.keys() == taken.headers.keys()
    assert town.mailbox.last(owner.email).subject == "You already have an account"
    with database.transaction() as work:
        rows = work.execute(
            "SELECT role FROM auth.users WHERE email_normalized = %s", (owner.email.lower(),)
        )
        assert [row["role"] for row in rows] == ["client"]


def test_whoever_was_first_with_an_address_cannot_keep_it_from_its_owner(town: Town) -> None:
    thief = town.registered(firstName="Eve")
    owner = town.stranger()
    owner.email, owner.password = thief.email, "another good password"

    owner.web.post(
        f"{AUTH}/register",
        json={"email": owner.email, "password": owner.password, "role": "client"},
    )

    # The mail lets its reader in by a new password, which shuts the first one out.
    assert len(town.mailbox.letters(owner.email)) == 2
    owner.web.post(f"{AUTH}/forgot-password", json={"email": owner.email})
    token = town.mailbox.last(owner.email).token
    owner.web.post(f"{AUTH}/reset-password", json={"token": token, "newPassword": owner.password})
    assert thief.log_in().problem["code"] == "credentials-wrong"
    assert owner.log_in().status == 200


def test_a_link_works_once(town: Town) -> None:
    user = town.registered()
    body = {"token": town.mailbox.last(user.email).token}

    assert user.web.post(f"{AUTH}/verify-email", json=body).status == 200

    again = user.web.post(f"{AUTH}/verify-email", json=body)
    assert (again.status, again.problem["code"]) == (409, "link-invalid")


def test_a_link_expires(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user = town.registered()
    token = town.mailbox.last(user.email).token

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(49 * 3600))

    answer = user.web.post(f"{AUTH}/verify-email", json={"token": token})
    assert answer.problem["code"] == "link-invalid"


def test_a_link_for_one_thing_is_not_good_for_another(town: Town) -> None:
    user = town.registered()
    token = town.mailbox.last(user.email).token

    answer = user.web.post(
        f"{AUTH}/reset-password", json={"token": token, "newPassword": "another good password"}
    )

    assert answer.problem["code"] == "link-invalid"


def test_asking_for_the_link_again_says_nothing_about_an_address(town: Town) -> None:
    waiting, member, stranger = town.registered(), town.member(), town.stranger()

    answers = [
        person.web.post(f"{AUTH}/resend-verification", json={"email": person.email})
        for person in (waiting, member, stranger)
    ]

    assert len({(answer.status, answer.text) for answer in answers}) == 1
    assert len(town.mailbox.letters(waiting.email)) == 2
    assert len(town.mailbox.letters(member.email)) == 1
    assert town.mailbox.letters(stranger.email) == []


def test_what_a_person_tells_us_is_kept_sealed(town: Town, database: Database) -> None:
    user = town.signed_in("client", firstName="Ottilie", lastName="Grünwald", phone="+41791234567")
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


def test_a_sealed_document_opens_for_its_own_account_alone(
    town: Town, database: Database, log: StringIO
) -> None:
    one, other = town.signed_in(firstName="Ottilie"), town.signed_in()
    with database.transaction() as work:
        work.execute(
            """
            UPDATE auth.users SET encrypted_personal_data = (SELECT encrypted_personal_data FROM auth.users WHERE id = %s)
            WHERE id = %s
            """,
            (one.id, other.id),
        )

    answer = other.web.get(f"{USERS}/profile")

    assert answer.status == 500
    assert "Ottilie" not in answer.text
    assert answer.problem["code"] == "internal-error"
    # A failure is logged by its kind and place, without the document or whose it is.
    assert "UnreadableDocument" in log.getvalue()
    for private in ("Ottilie", one.email, other.email, other.refresh_token, other.web.token or ""):
        assert private not in log.getvalue()
