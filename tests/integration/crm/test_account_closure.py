"""Who closes their account: a provider takes her book along, a client changes nothing in it."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.auth import AccountClosed
from crm import settings
from crm.repository.workspace_deletion import DELETED_TABLES
from crm.vault import Keyring, VaultState
from kit.db import Database
from tests.factories.crm import Books, Keeper
from tests.factories.crm_events import Booking, tell
from tests.fixtures.functions import FunctionClient

type Functions = Callable[..., FunctionClient]


@pytest.fixture
def consumer(functions: Functions) -> FunctionClient:
    """Hears of events."""
    return functions("CrmConsumer")


def rows(database: Database, table: str, keeper: Keeper) -> list[dict[str, Any]]:
    """Return a book's rows of a table."""
    with database.transaction() as work:
        query = f"SELECT * FROM crm.{table} WHERE provider_id = %s"
        return work.execute(query, (keeper.user_id,)).fetchall()


def test_account_closure_of_provider_shreds_the_workspace(
    mira: Keeper, books: Books, consumer: FunctionClient, database: Database
) -> None:
    nora = books.keeper("nora-lind")
    for keeper in (mira, nora):
        keeper.client(tags=["calm"])
        keeper.post("/tasks", {"title": "Call the florist"})
        tell(consumer, Booking(provider_id=keeper.user_id).confirmed())
    event = AccountClosed(user_id=mira.user_id)
    tell(consumer, event, event)
    tell(consumer, event, Booking(provider_id=mira.user_id).confirmed())

    for table in DELETED_TABLES:
        assert rows(database, table, mira) == [], table
    (book,) = rows(database, "workspaces", mira)
    trail = rows(database, "audit_log", mira)
    assert [one["action"] for one in trail] == ["workspace.closed"]
    assert trail[0]["detail"] == {"reason": "account-closed", "clients": 1}
    assert book["audit_length"] == 1
    keyring = Keyring(settings.keys_table(), "")
    assert keyring.state(mira.user_id) is VaultState.SHREDDED
    assert mira.get("/clients").problem["code"] == "vault-shredded"
    assert len(nora.get("/clients").json["items"]) == 2


def test_account_closure_stopped_after_keys_is_repeated(
    mira: Keeper, consumer: FunctionClient, database: Database
) -> None:
    mira.client()
    Keyring(settings.keys_table(), "").shred(mira.user_id)
    tell(consumer, AccountClosed(user_id=mira.user_id))

    assert rows(database, "clients", mira) == []


def test_account_closure_under_legal_hold_keeps_the_workspace(
    mira: Keeper, consumer: FunctionClient, database: Database
) -> None:
    leo = mira.client()
    assert mira.post("/holds", {"clientId": leo["id"], "reason": "A court asked."}).status == 201
    tell(consumer, AccountClosed(user_id=mira.user_id))

    assert len(rows(database, "clients", mira)) == 1
    assert mira.get(f"/clients/{leo['id']}").json["name"] == leo["name"]


def test_account_closure_of_client_keeps_their_record(
    mira: Keeper, consumer: FunctionClient
) -> None:
    assert mira.get("/clients").json["items"] == []
    booking = Booking(provider_id=mira.user_id)
    tell(consumer, booking.confirmed(), AccountClosed(user_id=booking.client_id))
    tell(consumer, booking.completed())

    (visit,) = mira.get("/visits").json["items"]
    assert visit["status"] == "completed"


def test_consumer_role_may_delete_every_workspace_table(database: Database) -> None:
    """A table that a wiped book is emptied of is one that a closed account is emptied of."""
    with database.transaction() as work:
        missing = work.execute(
            """
            SELECT name FROM unnest(%s::text[]) AS t (name)
            WHERE NOT has_table_privilege('crm_consumer', 'crm.' || name, 'DELETE')
                OR NOT has_column_privilege('crm_consumer', 'crm.' || name, 'provider_id', 'SELECT')
            """,
            (list(DELETED_TABLES),),
        ).fetchall()

    assert missing == []
