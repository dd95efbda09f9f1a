"""Who closes their account: a provider takes her book along, a client changes nothing in it."""

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
    """Hears of events."""
    return functions("CrmConsumer")


def rows(database: Database, table: str, user: CrmUser) -> list[dict[str, Any]]:
    """Return a book's rows of a table."""
    with database.transaction() as work:
        query = f"SELECT * FROM crm.{table} WHERE provider_id = %s"
        return work.execute(query, (user.user_id,)).fetchall()


def test_a_provider_leaves_and_nothing_can_be_read(
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
    (book,) = rows(database, "workspaces", provider)
    trail = rows(database, "audit_log", provider)
    assert [one["action"] for one in trail] == ["workspace.closed"]
    assert trail[0]["detail"] == {"reason": "account-closed", "clients": 1}
    assert book["audit_length"] == 1
    keyring = Keyring(settings.keys_table(), "")
    assert keyring.state(provider.user_id) is VaultState.SHREDDED
    assert provider.get("/clients").problem["code"] == "vault-shredded"
    assert len(nora.get("/clients").json["items"]) == 2


def test_stopped_after_the_keys_it_comes_again(
    provider: CrmUser, consumer: FunctionClient, database: Database
) -> None:
    provider.create_client()
    Keyring(settings.keys_table(), "").shred(provider.user_id)
    deliver_events(consumer, AccountClosed(user_id=provider.user_id))

    assert rows(database, "clients", provider) == []


def test_what_the_law_wants_kept_is_kept(
    provider: CrmUser, consumer: FunctionClient, database: Database
) -> None:
    leo = provider.create_client()
    assert (
        provider.post("/holds", {"clientId": leo["id"], "reason": "A court asked."}).status == 201
    )
    deliver_events(consumer, AccountClosed(user_id=provider.user_id))

    assert len(rows(database, "clients", provider)) == 1
    assert provider.get(f"/clients/{leo['id']}").json["name"] == leo["name"]


def test_a_client_leaves_and_her_record_stays(provider: CrmUser, consumer: FunctionClient) -> None:
    assert provider.get("/clients").json["items"] == []
    booking = BookingFixture(provider_id=provider.user_id)
    deliver_events(consumer, booking.confirmed(), AccountClosed(user_id=booking.client_id))
    deliver_events(consumer, booking.completed())

    (visit,) = provider.get("/visits").json["items"]
    assert visit["status"] == "completed"


def test_the_consumer_may_delete_all_of_it(database: Database) -> None:
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
