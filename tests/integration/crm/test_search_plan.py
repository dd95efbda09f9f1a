"""Query plans of client searches: the plan of PostgreSQL is checked instead of a duration."""

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
from tests.factories.crm import CrmUser

NUMBER = "+49301234567"


class Explaining:
    """Transaction that records the plan of each statement."""

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
    """Insert this many clients with search tokens and unreadable documents."""
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
def test_search_by_phone_uses_index_among_ten_thousand_clients(
    provider: CrmUser,
    database: Database,
    database_as: Callable[[str], Database],
    cloud: dict[str, str],
) -> None:
    leo = UUID(provider.create_client("Leo", phones=[NUMBER])["id"])
    fill(database, provider.user_id, 5_000)
    fill(database, new_id(), 10_000)
    with database.transaction() as work:
        work.execute("ANALYZE crm.clients, crm.client_search_tokens")

    vault = Keyring(cloud["CRM_KEYS_TABLE"], cloud["CRM_KEY_ARN"]).open(provider.user_id)
    with database_as("crm_web").transaction() as work:
        set_tenant(work, provider.user_id)
        explaining = Explaining(work)
        wanted = ClientFilter(tokens=[("phone", NUMBER)])
        found = ClientRepository(explaining, vault).list(wanted, 51)  # type: ignore[arg-type]

    assert [one.id for one in found] == [leo]
    read = [node for node in nodes(explaining.plans[0]) if "Relation Name" in node]
    by_table = {node["Relation Name"]: node for node in read}
    assert by_table["client_search_tokens"]["Index Name"] == "client_search_tokens_pkey", (
        json.dumps(read)
    )
    assert "blind_index" in by_table["client_search_tokens"]["Index Cond"]
    # Only the matching clients are read, by their ids.
    assert "(id = t.client_id)" in by_table["clients"]["Index Cond"], json.dumps(read)
    # Row-level security applies first.
    assert any("InitPlan" in node.get("Subplan Name", "") for node in nodes(explaining.plans[0]))


def test_client_list_order_by_name_is_rejected(provider: CrmUser) -> None:
    """Test that clients cannot be sorted by name: names are encrypted, so the database knows no order of them."""
    refused = provider.get("/clients?sort=name")
    assert refused.status == 422
    assert "sort" in refused.text
