"""Account closure: a provider's deletes the workspace, a client's leaves every workspace unchanged."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.auth import AccountClosed
from crm import settings
from crm.repository.workspace_deletion import DELETED_TABLES
from crm.vault import Keyring, VaultState
from kit.db import Database
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_events import BookingFixture, deliver_events
from tests.fixtures.functions import FunctionClient

type Functions = Callable[..., FunctionClient]


@pytest.fixture
def consumer(functions: Functions) -> FunctionClient:
    """Return the function that consumes events."""
    return functions("CrmConsumer")


def rows(database: Database, table: str, user: CrmUser) -> list[dict[str, Any]]:
    """Return the rows of a table in the provider's workspace."""
    with database.transaction() as work:
        query = f"SELECT * FROM crm.{table} WHERE provider_id = %s"
        return work.execute(query, (user.user_id,)).fetchall()


def test_account_closure_of_provider_shreds_the_workspace(
    provider: CrmUser, crm_factory: CrmFactory, consumer: FunctionClient, database: Database
) -> None:
    nora = crm_factory.create_user("nora-lind")
    for user in (provider, nora):
        user.create_client(tags=["calm"])
        user.post("/tasks", {"title": "Call the florist"})
        deliver_events(consumer, BookingFixture(provider_id=user.user_id).confirmed())
    event = AccountClosed(user_id=provider.user_id)
    deliver_events(consumer, event, event)
    deliver_events(consumer, event, BookingFixture(provider_id=provider.user_id).confirmed())

    for table in DELETED_TABLES:
        assert rows(database, table, provider) == [], table
    (workspace,) = rows(database, "workspaces", provider)
    entries = rows(database, "audit_log", provider)
    assert [one["action"] for one in entries] == ["workspace.closed"]
    assert entries[0]["detail"] == {"reason": "account-closed", "clients": 1}
    assert workspace["audit_length"] == 1
    keyring = Keyring(settings.keys_table(), "")
    assert keyring.state(provider.user_id) is VaultState.SHREDDED
    assert provider.get("/clients").problem["code"] == "vault-shredded"
    assert len(nora.get("/clients").json["items"]) == 2


def test_account_closure_stopped_after_keys_is_repeated(
    provider: CrmUser, consumer: FunctionClient, database: Database
) -> None:
    provider.create_client()
    Keyring(settings.keys_table(), "").shred(provider.user_id)
    deliver_events(consumer, AccountClosed(user_id=provider.user_id))

    assert rows(database, "clients", provider) == []


def test_account_closure_under_legal_hold_keeps_the_workspace(
    provider: CrmUser, consumer: FunctionClient, database: Database
) -> None:
    leo = provider.create_client()
    assert (
        provider.post("/holds", {"clientId": leo["id"], "reason": "A court asked."}).status == 201
    )
    deliver_events(consumer, AccountClosed(user_id=provider.user_id))

    assert len(rows(database, "clients", provider)) == 1
    assert provider.get(f"/clients/{leo['id']}").json["name"] == leo["name"]


def test_account_closure_of_client_keeps_their_record(
    provider: CrmUser, consumer: FunctionClient
) -> None:
    assert provider.get("/clients").json["items"] == []
    booking = BookingFixture(provider_id=provider.user_id)
    deliver_events(consumer, booking.confirmed(), AccountClosed(user_id=booking.client_id))
    deliver_events(consumer, booking.completed())

    (visit,) = provider.get("/visits").json["items"]
    assert visit["status"] == "completed"


def test_consumer_role_may_delete_every_workspace_table(database: Database) -> None:
    """Closing an account deletes from the same tables as deleting a workspace."""
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
