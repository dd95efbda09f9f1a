"""Row-level security: without the provider's id no rows are visible, not even to the owner of the tables."""

from collections.abc import Callable

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from kit.db import Database, UnitOfWork
from kit.ids import new_id
from tests.factories.crm import CrmUser
from tests.factories.crm_events import BookingFixture, deliver_events
from tests.fixtures.functions import FunctionClient

type Functions = Callable[..., FunctionClient]
type AsRole = Callable[[str], Database]


@pytest.fixture
def tables(provider: CrmUser, functions: Functions, database: Database) -> list[str]:
    """Return every table and view of the schema, after filling those that the tests check."""
    leo = provider.create_client(tags=["calm"])
    visit = {
        "clientId": leo["id"],
        "startsAt": "2026-03-01T20:00:00Z",
        "time_zone": "Europe/Berlin",
        "durationMinutes": 60,
        "type": "incall",
        "status": "completed",
        "currency": "EUR",
    }
    assert provider.post("/visits", visit).status == 201
    deliver_events(
        functions("CrmConsumer"), BookingFixture(provider_id=provider.user_id).confirmed()
    )
    with database.transaction() as work:
        rows = work.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace"
            " AND relkind IN ('r', 'v') ORDER BY relname"
        ).fetchall()
    return [row["relname"] for row in rows]


def count(work: UnitOfWork, table: str) -> int:
    """Return the number of rows that a role sees."""
    query = SQL("SELECT count(*) AS number FROM {}").format(Identifier("crm", table))
    row = work.execute(query).fetchone()
    assert row is not None
    number: int = row["number"]
    return number


def test_web_role_without_provider_id_sees_no_rows(
    tables: list[str], provider: CrmUser, database_as: AsRole
) -> None:
    with database_as("crm_web").transaction() as work:
        assert {table: count(work, table) for table in tables} == dict.fromkeys(tables, 0)
        work.set_local("app.provider_id", str(new_id()))
        assert {table: count(work, table) for table in tables} == dict.fromkeys(tables, 0)
        work.set_local("app.provider_id", str(provider.user_id))
        seen = {table for table in tables if count(work, table)}
    assert seen >= {
        "workspaces",
        "clients",
        "client_search_tokens",
        "visits",
        "inbox",
        "client_revenue",
    }


def test_table_owner_without_provider_id_sees_no_rows(
    tables: list[str], database: Database
) -> None:
    """Roles belong to the whole cluster: the test role is created in a transaction that is rolled back."""
    owner = Identifier(f"plain_owner_{new_id().hex}")
    work = database.begin()
    try:
        work.execute(SQL("CREATE ROLE {} NOLOGIN NOBYPASSRLS").format(owner))
        work.execute(SQL("GRANT ALL ON SCHEMA crm TO {}").format(owner))
        for table in tables:
            name = Identifier("crm", table)
            work.execute(SQL("ALTER TABLE {} OWNER TO {}").format(name, owner))
        work.execute(SQL("SET LOCAL ROLE {}").format(owner))
        assert {table: count(work, table) for table in tables} == dict.fromkeys(tables, 0)
    finally:
        work.rollback()


def test_web_role_cannot_write_to_another_workspace(provider: CrmUser, database_as: AsRole) -> None:
    leo = provider.create_client()
    work = database_as("crm_web").begin()
    try:
        work.set_local("app.provider_id", str(new_id()))
        deleted = work.execute("DELETE FROM crm.clients WHERE id = %s", (leo["id"],))
        assert deleted.rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            work.execute(
                "INSERT INTO crm.workspaces (provider_id, created_at, updated_at)"
                " VALUES (%s, now(), now())",
                (new_id(),),
            )
    finally:
        work.rollback()


def test_consumer_role_cannot_read_encrypted_columns(database: Database) -> None:
    with database.transaction() as work:
        encrypted = work.execute(
            """
            SELECT table_name, has_column_privilege(
                'crm_consumer', 'crm.' || table_name, column_name, 'SELECT') AS may
            FROM information_schema.columns JOIN pg_class ON oid = ('crm.' || table_name)::regclass
            WHERE table_schema = 'crm' AND relkind = 'r'
                AND column_name IN ('encrypted_payload', 'sealed', 'token', 'area_token', 'blind_index')
            """
        ).fetchall()

    assert {"clients", "visits", "inbox", "client_search_tokens"} <= {
        one["table_name"] for one in encrypted
    }
    assert [one["table_name"] for one in encrypted if one["may"]] == []


def test_booking_facts_are_visible_to_their_provider_only(
    provider: CrmUser, database: Database, database_as: AsRole
) -> None:
    booking = BookingFixture(provider_id=provider.user_id)
    booking.store_row(database)
    with database_as("crm_web").transaction() as work:
        query = "SELECT id FROM bookings.booking_facts_v1"
        assert work.execute(query).fetchall() == []
        work.set_local("app.provider_id", str(new_id()))
        assert work.execute(query).fetchall() == []
        work.set_local("app.provider_id", str(provider.user_id))
        assert work.execute(query).fetchall() == [{"id": booking.id}]
