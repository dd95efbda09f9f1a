"""Mailer, clean-up job and admin command, each with its own database role."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from kit.db import Database
from tests.factories.auth import AUTH, AuthWorld, sqs_event
from tests.fixtures.functions import FunctionClient

MONTH = "interval '31 days'"


def select_column(database: Database, query: str) -> list[Any]:
    """Return the only column of a query."""
    with database.transaction() as work:
        return [next(iter(row.values())) for row in work.execute(query)]


def test_mailer_duplicate_event_sends_one_mail(accounts: AuthWorld, database: Database) -> None:
    user = accounts.unverified_user()
    (envelope,) = select_column(
        database, "SELECT envelope FROM outbox.messages WHERE type = 'MailQueued'"
    )

    accounts.mailbox.mailer.invoke(sqs_event(envelope, envelope))
    accounts.mailbox.mailer.invoke(
        sqs_event(envelope | {"id": "01975b2e-0000-7000-8000-000000000001"})
    )

    assert len(accounts.mailbox.mails_to(user.email)) == 1


def test_mailer_failed_mail_is_retried(
    accounts: AuthWorld, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.unverified_user()
    (envelope,) = select_column(
        database, "SELECT envelope FROM outbox.messages WHERE type = 'MailQueued'"
    )
    event = sqs_event(envelope)
    with monkeypatch.context() as away:
        away.setenv("MAIL_FROM", "nobody")
        answer = accounts.mailbox.mailer.invoke(event)
    failures = [{"itemIdentifier": event["Records"][0]["messageId"]}]
    if answer["batchItemFailures"] != failures:
        pytest.skip("the emulator accepts any sender")
    assert select_column(database, "SELECT count(*) FROM auth.tokens") == [0]

    assert accounts.mailbox.mailer.invoke(event) == {"batchItemFailures": []}

    assert len(accounts.mailbox.mails_to(user.email)) == 1


def test_mailer_stores_only_the_hash_of_a_token(accounts: AuthWorld, database: Database) -> None:
    user = accounts.unverified_user()
    token = accounts.mailbox.last_mail(user.email).token

    with database.transaction() as work:
        tables = work.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'auth'"
        ).fetchall()
        for row in tables:
            text = work.execute(
                f"SELECT coalesce(string_agg(t::text, ''), '') AS text FROM auth.{row['table_name']} AS t"
            ).fetchone()
            assert text is not None
            assert token not in text["text"]


def test_cleanup_deletes_expired_rows(
    accounts: AuthWorld, database: Database, functions: Callable[..., FunctionClient]
) -> None:
    waiting, member = accounts.unverified_user(), accounts.signed_in_user()
    young = accounts.unverified_user()
    accounts.mailbox.deliver()
    with database.transaction() as work:
        work.execute(
            f"""
            UPDATE auth.users SET created_at = created_at - {MONTH} WHERE email <> %s
            """,
            (young.email,),
        )
        work.execute(f"UPDATE auth.mails SET created_at = created_at - {MONTH}")
        work.execute(f"UPDATE auth.tokens SET expires_at = expires_at - {MONTH}")
        work.execute("UPDATE auth.devices SET last_seen_at = last_seen_at - interval '2 years'")

    outcome = functions("AuthScheduled").invoke({"job": "cleanup"})

    assert outcome == {"accounts": 1, "tokens": 1, "mails": 2, "devices": 1}
    left = set(select_column(database, "SELECT email FROM auth.users"))
    assert left == {member.email, young.email}
    assert waiting.log_in().problem["code"] == "credentials-wrong"
    again = functions("AuthScheduled").invoke({"job": "cleanup"})
    assert set(again.values()) == {0}


def test_scheduled_unknown_job_raises(functions: Callable[..., FunctionClient]) -> None:
    with pytest.raises(ValueError, match="unknown job"):
        functions("AuthScheduled").invoke({"job": "something"})


def test_admin_command_creates_one_administrator(
    accounts: AuthWorld, database: Database, functions: Callable[..., FunctionClient]
) -> None:
    command = functions("AuthAdminCommand")
    user = accounts.unregistered_user()
    order = {"command": "create-admin", "email": user.email}

    first, second = command.invoke(order), command.invoke(order)

    assert (first["created"], second["created"]) == (True, False)
    assert first["user_id"] == second["user_id"]
    old, new = (made["link"].rpartition("/")[2] for made in (first, second))
    body = {"newPassword": user.password}
    assert user.web.post(f"{AUTH}/reset-password", json=body | {"token": old}).status == 409
    assert user.web.post(f"{AUTH}/reset-password", json=body | {"token": new}).status == 200
    assert user.log_in(audience="admin").status == 200
    assert command.invoke(order)["link"] is None
    assert select_column(database, "SELECT count(*) FROM auth.users WHERE role = 'admin'") == [1]


def test_admin_command_account_of_another_role_is_rejected(
    accounts: AuthWorld, functions: Callable[..., FunctionClient]
) -> None:
    member = accounts.verified_user()

    with pytest.raises(Exception, match="another role"):
        functions("AuthAdminCommand").invoke({"command": "create-admin", "email": member.email})


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("auth_mailer", "SELECT password_hash FROM auth.users"),
        ("auth_mailer", "SELECT encrypted_personal_data FROM auth.users"),
        ("auth_mailer", "UPDATE auth.users SET status = 'active'"),
        ("auth_scheduled", "SELECT email FROM auth.users"),
        ("auth_web", "DELETE FROM auth.users"),
        ("auth_web", "UPDATE auth.status_changes SET reason = 'x'"),
        ("auth_web", "DELETE FROM auth.status_changes"),
        ("escorts_web", "SELECT email FROM auth.users"),
        ("escorts_web", "SELECT FROM auth.devices"),
    ],
)
def test_auth_database_role_without_grant_is_refused(
    database_as: Callable[[str], Database], role: str, statement: str
) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        database_as(role).transaction() as work,
    ):
        work.execute(statement)


def test_accounts_view_shows_status_without_personal_data(
    accounts: AuthWorld, database_as: Callable[[str], Database]
) -> None:
    user = accounts.signed_in_user("escort")

    with database_as("escorts_web").transaction() as work:
        rows = work.execute("SELECT user_id::text, * FROM auth.accounts_v1").fetchall()

    assert len(rows) == 1
    assert rows[0].keys() == {"user_id", "status", "role", "email_verified"}
    assert (rows[0]["status"], rows[0]["role"]) == ("active", "escort")
    assert str(rows[0]["user_id"]) == user.id


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO auth.users (id, email, role) VALUES (gen_random_uuid(), 'A@x.org', 'client')",
        "UPDATE auth.users SET status = 'active'",
        "UPDATE auth.users SET status = 'closed', closed_at = now()",
        "UPDATE auth.users SET email = NULL",
        "UPDATE auth.users SET password_hash = 'plain'",
    ],
)
def test_users_table_constraints_reject_invalid_rows(database: Database, statement: str) -> None:
    with database.transaction() as work:
        work.execute(
            "INSERT INTO auth.users (id, email, role) VALUES (gen_random_uuid(), 'a@X.org', 'client')"
        )

    with pytest.raises(psycopg.errors.IntegrityError), database.transaction() as work:
        work.execute(statement)
