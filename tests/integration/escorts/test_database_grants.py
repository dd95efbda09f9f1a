"""Database privileges of each function's role, independent of its code."""

from collections.abc import Callable

import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege

from escorts.repository import public_directory
from kit.db import Database
from tests.factories.escorts import DirectoryWorld, Person


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE escorts.audit_log SET reason = 'another'",
        "DELETE FROM escorts.audit_log",
        "TRUNCATE escorts.audit_log",
    ],
)
def test_audit_log_is_append_only(
    directory: DirectoryWorld,
    staff: Person,
    database: Database,
    database_as: Callable[[str], Database],
    statement: str,
) -> None:
    directory.published(staff)
    for who in (database_as("escorts_dashboard"), database):
        with pytest.raises(InsufficientPrivilege), who.transaction() as work:
            work.execute(statement)
    with database.transaction() as work:
        rows = work.execute("SELECT reason FROM escorts.audit_log").fetchall()
    assert rows == [{"reason": None}]


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("escorts_dashboard", "DELETE FROM escorts.profiles"),
        ("escorts_dashboard", "UPDATE escorts.profiles SET user_id = gen_random_uuid()"),
        ("escorts_dashboard", "UPDATE escorts.profiles SET over18 = true"),
        ("escorts_dashboard", "DELETE FROM escorts.verifications"),
        ("escorts_dashboard", "DELETE FROM escorts.slugs"),
        ("escorts_dashboard", "UPDATE escorts.jurisdictions SET allowed = true"),
        ("escorts_dashboard", "INSERT INTO escorts.consents VALUES (9, 'x', now())"),
        ("escorts_dashboard", "SELECT * FROM auth.users"),
        ("escorts_dashboard", "SELECT * FROM escorts.audit_log"),
        ("escorts_dashboard", "SELECT actor, reason FROM escorts.audit_log"),
        ("escorts_dashboard", "UPDATE escorts.profiles SET closed_at = now()"),
        ("escorts_dashboard", "UPDATE escorts.text_reviews SET term = 'x'"),
        ("escorts_dashboard", "DELETE FROM escorts.text_reviews"),
        ("escorts_dashboard", "SELECT * FROM escorts.favourites"),
        ("escorts_dashboard", "SELECT * FROM escorts.saved_searches"),
        ("escorts_web", "SELECT name FROM escorts.profiles"),
        ("escorts_web", "SELECT birth_date_sealed FROM escorts.profiles"),
        ("escorts_web", "SELECT * FROM escorts.profile_records"),
        ("escorts_web", "SELECT * FROM escorts.availability_records"),
        ("escorts_web", "SELECT * FROM escorts.verifications"),
        ("escorts_web", "SELECT * FROM escorts.text_reviews"),
        ("escorts_web", "SELECT * FROM escorts.view_counts"),
        ("escorts_web", "SELECT * FROM escorts.activity"),
        ("escorts_web", "UPDATE escorts.profiles SET bio = ''"),
        ("escorts_web", "UPDATE escorts.jurisdictions SET allowed = true"),
        ("escorts_web", "INSERT INTO outbox.messages (type) VALUES ('x')"),
        ("escorts_web", "SELECT escorts.refresh_search(gen_random_uuid())"),
        ("escorts_web", "SELECT escorts.close_profile(gen_random_uuid(), now())"),
        ("escorts_web", "SELECT * FROM auth.users"),
        ("escorts_consumer", "SELECT * FROM escorts.audit_log"),
        ("escorts_consumer", "DELETE FROM escorts.profiles"),
        ("escorts_scheduled", "SELECT name FROM escorts.profiles"),
        ("escorts_scheduled", "UPDATE escorts.profiles SET status = 'active'"),
        ("escorts_scheduled", "UPDATE escorts.verifications SET expires_at = now()"),
        ("auth_web", "SELECT * FROM escorts.profiles"),
    ],
)
def test_roles_lack_other_privileges(
    database_as: Callable[[str], Database], role: str, statement: str
) -> None:
    with pytest.raises(InsufficientPrivilege), database_as(role).transaction() as work:
        work.execute(statement)


@pytest.mark.parametrize(
    "around",
    ["profiles", "profile_records", "verifications", "rates", "slugs", "audit_log", "consents"],
)
@pytest.mark.parametrize("role", ["escorts_web", "escorts_dashboard"])
def test_public_role_cannot_read_tables(
    database_as: Callable[[str], Database], role: str, around: str
) -> None:
    with (
        pytest.raises(InsufficientPrivilege),
        database_as(role).transaction() as work,
        public_directory(work),
    ):
        work.execute(f"SELECT * FROM escorts.{around}")


def test_public_role_ends_with_block(database_as: Callable[[str], Database]) -> None:
    with database_as("escorts_web").transaction() as work:
        with public_directory(work) as directory:
            assert directory.profile_counts() == {}
        work.execute("SELECT FROM escorts.favourites")


def test_database_refuses_minors_and_unverified_profiles(
    directory: DirectoryWorld, staff: Person, database: Database
) -> None:
    directory.published(staff)
    for statement in (
        "UPDATE escorts.profiles SET age = 17",
        "UPDATE escorts.profiles SET over18 = false",
        "UPDATE escorts.profiles SET birth_date_sealed = NULL",
        "UPDATE escorts.profiles SET consent_version = NULL, consent_at = NULL",
        "UPDATE escorts.verifications SET document_checked_at = NULL",
        "UPDATE escorts.verifications SET liveness_checked_at = NULL",
        "UPDATE escorts.verifications SET decided_by = NULL",
        "UPDATE escorts.verifications SET expires_at = now() + interval '2 years'",
    ):
        with pytest.raises(CheckViolation), database.transaction() as work:
            work.execute(statement)
