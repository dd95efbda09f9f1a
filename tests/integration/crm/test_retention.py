"""Nightly retention job: deletes expired rows by plaintext columns, spares legal holds, and records each erasure."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from psycopg.sql import SQL, Identifier

from crm.domain.retention import RULES, DataClass, retention_terms
from crm.service.audit_log import AuditLog
from kit import clock
from kit.db import Database
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_archives import export_opened, fill_workspace, import_file
from tests.fixtures.functions import FunctionClient

type Functions = Callable[..., FunctionClient]


@pytest.fixture
def run_nightly_job(functions: Functions) -> Callable[[], int]:
    """Return a function that runs the job as the schedule does."""

    def run() -> int:
        counted: dict[str, int] = functions("CrmScheduled").invoke({"job": "retention"})
        return counted["count"]

    return run


def age(database: Database, table: str, column: str, days: int) -> None:
    """Set a time of all rows of a table to a number of days ago."""
    with database.transaction() as work:
        work.execute(
            SQL("UPDATE crm.{} SET {} = now() - make_interval(days => %s)").format(
                Identifier(table), Identifier(column)
            ),
            (days,),
        )


def preview(user: CrmUser) -> dict[str, tuple[int, int]]:
    """Return, by data class, the rows to be deleted tonight, and those under a legal hold."""
    items = user.get("/retention/preview").json["items"]
    return {
        one["dataClass"]: (one["over"], one["held"]) for one in items if one["over"] or one["held"]
    }


def receipt_counts(user: CrmUser) -> list[dict[str, int]]:
    return [one["counts"] for one in user.get("/retention/erasures").json["items"]]


@pytest.mark.slow
def test_retention_deletes_each_kind_after_its_period(
    provider: CrmUser,
    crm_factory: CrmFactory,
    database: Database,
    run_nightly_job: Callable[[], int],
) -> None:
    fill_workspace(provider)
    nora = crm_factory.create_user("nora-lind")
    fill_workspace(nora)
    assert preview(provider) == {}
    assert run_nightly_job() == 0
    for table, column, days in (
        ("client_references", "created_at", 181),
        ("screenings", "updated_at", 731),
        ("communications", "happened_at", 366),
        ("visits", "starts_at", 731),
    ):
        age(database, table, column, days)
    expected = {"references": 1, "screening": 1, "communications": 1, "visit_notes": 1}
    assert preview(provider) == {name: (number, 0) for name, number in expected.items()}

    assert run_nightly_job() == 8
    for user in (provider, nora):
        assert receipt_counts(user) == [expected]
        for path in ("/references", "/screening", "/communications"):
            assert user.get(path).json["items"] == []
        (visit,) = user.get("/visits").json["items"]
        assert (visit["notes"], visit["receivedMinor"]) == ("", 60_000)
        assert len(user.get("/clients").json["items"]) == 1
        actions = [one["action"] for one in user.get("/audit").json["items"]]
        assert actions[0] == "retention.run"
    assert run_nightly_job() == 0
    # Emptied visits are exported and re-encrypted like all others.
    assert export_opened(provider).data["visits"][0]["document"] == {}
    assert provider.post("/encryption/rotate").status == 200
    provider.post("/encryption/rekey")
    assert len(provider.get("/visits").json["items"]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("archived", [True, False], ids=["archived", "inactive"])
def test_retention_deletes_clients_with_their_keys(
    archived: bool,
    provider: CrmUser,
    database: Database,
    cloud: dict[str, str],
    run_nightly_job: Callable[[], int],
) -> None:
    leo = fill_workspace(provider)
    ann = provider.create_client("Ann")
    if archived:
        provider.post(f"/clients/{leo['id']}/archive", {"version": 1})
        with database.transaction() as work:
            work.execute(
                "UPDATE crm.clients SET archived_at = '2020-01-01Z' WHERE id = %s", (leo["id"],)
            )
        found = DataClass.ARCHIVED_CLIENTS
    else:
        with database.transaction() as work:
            work.execute(
                "UPDATE crm.clients SET updated_at = '2020-01-01Z' WHERE id = %s", (leo["id"],)
            )
        for table, column in (("visits", "starts_at"), ("communications", "happened_at")):
            assert DataClass.INACTIVE_CLIENTS not in preview(provider)
            age(database, table, column, 2000)
        # A client with an open task is not deleted.
        assert DataClass.INACTIVE_CLIENTS not in preview(provider)
        task = next(one for one in provider.get("/tasks").json["items"] if one["clientId"])
        provider.post(f"/tasks/{task['id']}/done", {"version": 1})
        found = DataClass.INACTIVE_CLIENTS
    assert preview(provider)[found] == (1, 0)
    run_nightly_job()
    assert receipt_counts(provider)[0][found] == 1
    assert [one["id"] for one in provider.get("/clients").json["items"]] == [ann["id"]]
    assert provider.get("/visits").json["items"] == []
    assert keys_left(cloud, provider) == {f"client#{ann['id'].replace('-', '')}"}


def keys_left(cloud: dict[str, str], user: CrmUser) -> set[str]:
    from kit.aws import client

    found = client("dynamodb").query(
        TableName=cloud["CRM_KEYS_TABLE"],
        KeyConditionExpression="tenant = :tenant AND begins_with(#item, :begin)",
        ExpressionAttributeNames={"#item": "item"},
        ExpressionAttributeValues={
            ":tenant": {"S": str(user.user_id)},
            ":begin": {"S": "client#"},
        },
    )
    return {item["item"]["S"] for item in found["Items"]}


def test_retention_under_legal_hold_deletes_nothing(
    provider: CrmUser, database: Database, run_nightly_job: Callable[[], int]
) -> None:
    leo = fill_workspace(provider)
    age(database, "communications", "happened_at", 400)
    hold = provider.post("/holds", {"clientId": leo["id"], "reason": "A court asked."}).json
    assert preview(provider) == {"communications": (0, 1)}
    assert run_nightly_job() == 0
    provider.delete(f"/holds/{hold['id']}")
    workspace_hold = provider.post("/holds", {"clientId": None, "reason": "A court asked."}).json
    assert run_nightly_job() == 0
    provider.delete(f"/holds/{workspace_hold['id']}")
    assert run_nightly_job() == 1


def test_legal_hold_by_operator_needs_no_key(
    provider: CrmUser, database: Database, run_nightly_job: Callable[[], int]
) -> None:
    """Check the step of docs/runbooks/crm-legal.md that places a legal hold."""
    fill_workspace(provider)
    age(database, "communications", "happened_at", 400)
    with database.transaction() as work:
        work.execute(
            "INSERT INTO crm.legal_holds (id, provider_id, client_id, encrypted_payload, placed_at)"
            " VALUES (gen_random_uuid(), %s, NULL, '', now())",
            (provider.user_id,),
        )
    assert run_nightly_job() == 0
    (hold,) = provider.get("/holds").json["items"]
    assert (hold["clientId"], hold["reason"]) == (None, "")
    refused = provider.delete(
        "/clients", json={"confirm": f"delete all clients of {provider.slug}"}
    )
    assert refused.problem["code"] == "legal-hold"


def test_retention_deletes_old_imports(
    provider: CrmUser, database: Database, run_nightly_job: Callable[[], int]
) -> None:
    import_file(provider, "name\nLeo\n")
    run_nightly_job()
    assert len(provider.get("/import").json["items"]) == 1
    age(database, "imports", "created_at", 31)
    run_nightly_job()
    assert provider.get("/import").json["items"] == []
    assert len(provider.get("/clients").json["items"]) == 1


def test_retention_period_out_of_bounds_is_refused(
    provider: CrmUser, database: Database, run_nightly_job: Callable[[], int]
) -> None:
    fill_workspace(provider)
    shown = {one["dataClass"]: one for one in provider.get("/retention").json["items"]}
    assert shown.keys() == {str(one) for one in RULES}
    assert (shown["communications"]["days"], shown["communications"]["isChosen"]) == (365, False)
    age(database, "communications", "happened_at", 60)
    assert preview(provider) == {}
    for days in (29, 1831):
        refused = provider.put("/retention", {"days": {"communications": days}})
        assert (refused.status, refused.problem["field"]) == (422, "communications")
    chosen = provider.put("/retention", {"days": {"communications": 30}}).json["items"]
    assert {one["dataClass"]: one["days"] for one in chosen}["communications"] == 30
    assert preview(provider) == {"communications": (1, 0)}
    provider.put("/retention", {"days": {"communications": None}})
    assert preview(provider) == {}
    provider.put("/retention", {"days": {"communications": 30}})
    assert run_nightly_job() == 1
    # Changed bounds also apply to periods saved earlier.
    (term,) = [
        one for one in retention_terms({"communications": 5}) if one.data_class == "communications"
    ]
    assert term.days == 30


def test_retention_shortened_audit_log_stays_intact(
    provider: CrmUser, database: Database, run_nightly_job: Callable[[], int]
) -> None:
    for days in (30, 40, 50):
        provider.put("/retention", {"days": {"communications": days}})

    def audit_range() -> dict[str, Any]:
        with database.transaction() as work:
            row = work.execute("SELECT audit_first, audit_length FROM crm.workspaces").fetchone()
        assert row is not None
        return row

    # Only the times of the first two entries change; their hashes still cover the original times.
    with database.transaction() as work:
        audit_log = AuditLog(work, provider.user_id, clock.now)
        assert audit_log.first_tampered_sequence() is None
        work.execute(
            "UPDATE crm.audit_log SET at = at - %s WHERE sequence <= 2", (timedelta(days=2000),)
        )
    assert preview(provider) == {"audit": (2, 0)}
    assert run_nightly_job() == 2
    assert audit_range() == {"audit_first": 3, "audit_length": 4}
    with database.transaction() as work:
        assert AuditLog(work, provider.user_id, clock.now).first_tampered_sequence() is None
        work.execute("DELETE FROM crm.audit_log WHERE sequence = 3")
        assert AuditLog(work, provider.user_id, clock.now).first_tampered_sequence() == 3
