"""Searching among many: told by the plan that PostgreSQL makes, not by a clock."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from crm.repository.clients import ClientFilter, ClientRepository
from crm.service.unlocked_context import set_tenant
from crm.vault import Keyring
from kit.db import Database, Parameters, UnitOfWork
from kit.ids import new_id
from tests.factories.crm import Keeper

NUMBER = "+49301234567"


class Explaining:
    """A transaction that explains what it is asked."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self.plans: list[dict[str, Any]] = []

    def execute(self, query: Any, params: Parameters) -> Any:
        """Explain the statement, then run it."""
        row = self._work.execute(b"EXPLAIN (FORMAT JSON) " + query.as_bytes(), params).fetchone()
        assert row is not None
        self.plans.append(row["QUERY PLAN"][0]["Plan"])
        return self._work.execute(query, params)


def fill(owner: Database, provider_id: UUID, count: int) -> None:
    """Put so many clients with a phone, a name and an address into a book; nobody could open them."""
    with owner.transaction() as work:
        work.execute(
            "INSERT INTO crm.workspaces (provider_id, created_at, updated_at)"
            " VALUES (%s, now(), now()) ON CONFLICT DO NOTHING",
            (provider_id,),
        )
        work.execute(
            "INSERT INTO crm.clients (id, provider_id, encrypted_payload, key_version, created_at, updated_at)"
            " SELECT gen_random_uuid(), %s, '\\x00', 1, now(), now() - make_interval(mins => n)"
            " FROM generate_series(1, %s) AS n",
            (provider_id, count),
        )
        work.execute(
            "INSERT INTO crm.client_search_tokens SELECT provider_id, kind,"
            " decode(md5(id::text || kind), 'hex'), id"
            " FROM crm.clients, unnest(ARRAY['phone', 'email', 'name']) AS kind"
            " WHERE provider_id = %s AND encrypted_payload = '\\x00'",
            (provider_id,),
        )


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes(part))]


@pytest.mark.slow
def test_a_phone_number_is_found_by_its_token_among_ten_thousand(
    mira: Keeper,
    database: Database,
    database_as: Callable[[str], Database],
    cloud: dict[str, str],
) -> None:
    leo = UUID(mira.client("Leo", phones=[NUMBER])["id"])
    fill(database, mira.user_id, 5_000)
    fill(database, new_id(), 10_000)
    with database.transaction() as work:
        work.execute("ANALYZE crm.clients, crm.client_search_tokens")

    vault = Keyring(cloud["CRM_KEYS_TABLE"], cloud["CRM_KEY_ARN"]).open(mira.user_id)
    with database_as("crm_web").transaction() as work:
        set_tenant(work, mira.user_id)
        explaining = Explaining(work)
        wanted = ClientFilter(tokens=[("phone", NUMBER)])
        found = ClientRepository(explaining, vault).list(wanted, 51)  # type: ignore[arg-type]

    assert [one.id for one in found] == [leo]
    read = [node for node in nodes(explaining.plans[0]) if "Relation Name" in node]
    by_table = {node["Relation Name"]: node for node in read}
    assert by_table["client_search_tokens"]["Index Name"] == "client_search_tokens_pkey", (
        json.dumps(read)
    )
    assert "token" in by_table["client_search_tokens"]["Index Cond"]
    # Of the clients only those who are found are read, by their ids.
    assert "(id = t.client_id)" in by_table["clients"]["Index Cond"], json.dumps(read)
    # All of that behind row-level security: whose book it is was asked first.
    assert any("InitPlan" in node.get("Subplan Name", "") for node in nodes(explaining.plans[0]))


def test_an_order_by_name_is_refused(mira: Keeper) -> None:
    """Names are sealed: the database knows no order of them, and a page of any other order would be a lie."""
    refused = mira.get("/clients?sort=name")
    assert refused.status == 422
    assert "sort" in refused.text
