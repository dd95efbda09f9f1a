"""Row-level security: who has not said whose book it is sees nothing, the one who owns the tables included."""

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
    """Every table and view of the schema, with something in those that matter."""
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
    """Return how many rows a role sees."""
    query = SQL("SELECT count(*) AS number FROM {}").format(Identifier("crm", table))
    row = work.execute(query).fetchone()
    assert row is not None
    number: int = row["number"]
    return number


def test_without_a_provider_the_web_function_sees_nothing(
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


def test_who_owns_the_tables_sees_nothing_either(tables: list[str], database: Database) -> None:
    """Tried within a transaction that is rolled back: roles are the whole cluster's."""
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


def test_nobody_writes_into_another_book(provider: CrmUser, database_as: AsRole) -> None:
    leo = provider.create_client()
    work = database_as("crm_web").begin()
    try:
        work.set_local("app.provider_id", str(new_id()))
        gone = work.execute("DELETE FROM crm.clients WHERE id = %s", (leo["id"],))
        assert gone.rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            work.execute(
                "INSERT INTO crm.workspaces (provider_id, created_at, updated_at)"
                " VALUES (%s, now(), now())",
                (new_id(),),
            )
    finally:
        work.rollback()


def test_who_delivers_reads_no_document(database: Database) -> None:
    with database.transaction() as work:
        sealed = work.execute(
            """
            SELECT table_name, has_column_privilege(
                'crm_consumer', 'crm.' || table_name, column_name, 'SELECT') AS may
            FROM information_schema.columns JOIN pg_class ON oid = ('crm.' || table_name)::regclass
            WHERE table_schema = 'crm' AND relkind = 'r'
                AND column_name IN ('encrypted_payload', 'sealed', 'token', 'area_token')
            """
        ).fetchall()

    assert {"clients", "visits", "inbox", "client_search_tokens"} <= {
        one["table_name"] for one in sealed
    }
    assert [one["table_name"] for one in sealed if one["may"]] == []


def test_bookings_show_themselves_to_their_provider_alone(
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
