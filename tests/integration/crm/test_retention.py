"""What is over goes by night, unless a hold keeps it: found by what is in clear, with a proof of each erasure."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from psycopg.sql import SQL, Identifier

from crm.domain.retention import RULES, DataClass, retention_terms
from crm.service.audit_log import AuditLog
from kit import clock
from kit.db import Database
from tests.factories.crm import Books, Keeper
from tests.factories.crm_archives import exported, filled, imported
from tests.fixtures.functions import FunctionClient

type Functions = Callable[..., FunctionClient]


@pytest.fixture
def night(functions: Functions) -> Callable[[], int]:
    """Runs the job as the schedule does."""

    def run() -> int:
        counted: dict[str, int] = functions("CrmScheduled").invoke({"job": "retention"})
        return counted["count"]

    return run


def age(database: Database, table: str, column: str, days: int) -> None:
    """Let all rows of a table be from long ago."""
    with database.transaction() as work:
        work.execute(
            SQL("UPDATE crm.{} SET {} = now() - make_interval(days => %s)").format(
                Identifier(table), Identifier(column)
            ),
            (days,),
        )


def over(keeper: Keeper) -> dict[str, tuple[int, int]]:
    """Return what would go tonight, and what a hold keeps."""
    items = keeper.get("/retention/preview").json["items"]
    return {
        one["dataClass"]: (one["over"], one["held"]) for one in items if one["over"] or one["held"]
    }


def proofs(keeper: Keeper) -> list[dict[str, int]]:
    return [one["counts"] for one in keeper.get("/retention/erasures").json["items"]]


@pytest.mark.slow
def test_retention_deletes_each_kind_after_its_period(
    mira: Keeper, books: Books, database: Database, night: Callable[[], int]
) -> None:
    filled(mira)
    nora = books.keeper("nora-lind")
    filled(nora)
    assert over(mira) == {}
    assert night() == 0
    for table, column, days in (
        ("client_references", "created_at", 181),
        ("screenings", "updated_at", 731),
        ("communications", "happened_at", 366),
        ("visits", "starts_at", 731),
    ):
        age(database, table, column, days)
    expected = {"references": 1, "screening": 1, "communications": 1, "visit_notes": 1}
    assert over(mira) == {name: (number, 0) for name, number in expected.items()}

    assert night() == 8
    for keeper in (mira, nora):
        assert proofs(keeper) == [expected]
        for path in ("/references", "/screening", "/communications"):
            assert keeper.get(path).json["items"] == []
        (visit,) = keeper.get("/visits").json["items"]
        assert (visit["notes"], visit["receivedMinor"]) == ("", 60_000)
        assert len(keeper.get("/clients").json["items"]) == 1
        actions = [one["action"] for one in keeper.get("/audit").json["items"]]
        assert actions[0] == "retention.run"
    assert night() == 0
    # What is empty leaves and is sealed anew like everything else.
    assert exported(mira).data["visits"][0]["document"] == {}
    assert mira.post("/encryption/rotate").status == 200
    mira.post("/encryption/rekey")
    assert len(mira.get("/visits").json["items"]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("archived", [True, False], ids=["archived", "inactive"])
def test_retention_deletes_clients_with_their_keys(
    archived: bool,
    mira: Keeper,
    database: Database,
    cloud: dict[str, str],
    night: Callable[[], int],
) -> None:
    leo = filled(mira)
    ann = mira.client("Ann")
    if archived:
        mira.post(f"/clients/{leo['id']}/archive", {"version": 1})
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
            assert DataClass.INACTIVE_CLIENTS not in over(mira)
            age(database, table, column, 2000)
        # An open task is a reason to keep somebody.
        assert DataClass.INACTIVE_CLIENTS not in over(mira)
        task = next(one for one in mira.get("/tasks").json["items"] if one["clientId"])
        mira.post(f"/tasks/{task['id']}/done", {"version": 1})
        found = DataClass.INACTIVE_CLIENTS
    assert over(mira)[found] == (1, 0)
    night()
    assert proofs(mira)[0][found] == 1
    assert [one["id"] for one in mira.get("/clients").json["items"]] == [ann["id"]]
    assert mira.get("/visits").json["items"] == []
    assert keys_left(cloud, mira) == {f"client#{ann['id'].replace('-', '')}"}


def keys_left(cloud: dict[str, str], keeper: Keeper) -> set[str]:
    from kit.aws import client

    found = client("dynamodb").query(
        TableName=cloud["CRM_KEYS_TABLE"],
        KeyConditionExpression="tenant = :tenant AND begins_with(#item, :begin)",
        ExpressionAttributeNames={"#item": "item"},
        ExpressionAttributeValues={
            ":tenant": {"S": str(keeper.user_id)},
            ":begin": {"S": "client#"},
        },
    )
    return {item["item"]["S"] for item in found["Items"]}


def test_retention_under_legal_hold_deletes_nothing(
    mira: Keeper, database: Database, night: Callable[[], int]
) -> None:
    leo = filled(mira)
    age(database, "communications", "happened_at", 400)
    hold = mira.post("/holds", {"clientId": leo["id"], "reason": "A court asked."}).json
    assert over(mira) == {"communications": (0, 1)}
    assert night() == 0
    mira.delete(f"/holds/{hold['id']}")
    whole = mira.post("/holds", {"clientId": None, "reason": "A court asked."}).json
    assert night() == 0
    mira.delete(f"/holds/{whole['id']}")
    assert night() == 1


def test_legal_hold_by_operator_needs_no_key(
    mira: Keeper, database: Database, night: Callable[[], int]
) -> None:
    """As docs/runbooks/crm-legal.md says."""
    filled(mira)
    age(database, "communications", "happened_at", 400)
    with database.transaction() as work:
        work.execute(
            "INSERT INTO crm.legal_holds (id, provider_id, client_id, encrypted_payload, placed_at)"
            " VALUES (gen_random_uuid(), %s, NULL, '', now())",
            (mira.user_id,),
        )
    assert night() == 0
    (hold,) = mira.get("/holds").json["items"]
    assert (hold["clientId"], hold["reason"]) == (None, "")
    refused = mira.delete("/clients", json={"confirm": f"delete all clients of {mira.slug}"})
    assert refused.problem["code"] == "legal-hold"


def test_retention_deletes_old_imports(
    mira: Keeper, database: Database, night: Callable[[], int]
) -> None:
    imported(mira, "name\nLeo\n")
    night()
    assert len(mira.get("/import").json["items"]) == 1
    age(database, "imports", "created_at", 31)
    night()
    assert mira.get("/import").json["items"] == []
    assert len(mira.get("/clients").json["items"]) == 1


def test_retention_period_out_of_bounds_is_refused(
    mira: Keeper, database: Database, night: Callable[[], int]
) -> None:
    filled(mira)
    shown = {one["dataClass"]: one for one in mira.get("/retention").json["items"]}
    assert shown.keys() == {str(one) for one in RULES}
    assert (shown["communications"]["days"], shown["communications"]["isChosen"]) == (365, False)
    age(database, "communications", "happened_at", 60)
    assert over(mira) == {}
    for days in (29, 1831):
        refused = mira.put("/retention", {"days": {"communications": days}})
        assert (refused.status, refused.problem["field"]) == (422, "communications")
    chosen = mira.put("/retention", {"days": {"communications": 30}}).json["items"]
    assert {one["dataClass"]: one["days"] for one in chosen}["communications"] == 30
    assert over(mira) == {"communications": (1, 0)}
    mira.put("/retention", {"days": {"communications": None}})
    assert over(mira) == {}
    mira.put("/retention", {"days": {"communications": 30}})
    assert night() == 1
    # Bounds that moved since count for what was chosen before.
    (term,) = [
        one for one in retention_terms({"communications": 5}) if one.data_class == "communications"
    ]
    assert term.days == 30


def test_retention_shortened_audit_log_stays_intact(
    mira: Keeper, database: Database, night: Callable[[], int]
) -> None:
    for days in (30, 40, 50):
        mira.put("/retention", {"days": {"communications": days}})

    def book() -> dict[str, Any]:
        with database.transaction() as work:
            row = work.execute("SELECT audit_first, audit_length FROM crm.workspaces").fetchone()
        assert row is not None
        return row

    # The first two entries are from long ago; what they say stays bound to their own time.
    with database.transaction() as work:
        trail = AuditLog(work, mira.user_id, clock.now)
        assert trail.first_tampered_sequence() is None
        work.execute(
            "UPDATE crm.audit_log SET at = at - %s WHERE sequence <= 2", (timedelta(days=2000),)
        )
    assert over(mira) == {"audit": (2, 0)}
    assert night() == 2
    assert book() == {"audit_first": 3, "audit_length": 4}
    with database.transaction() as work:
        assert AuditLog(work, mira.user_id, clock.now).first_tampered_sequence() is None
        work.execute("DELETE FROM crm.audit_log WHERE sequence = 3")
        assert AuditLog(work, mira.user_id, clock.now).first_tampered_sequence() == 3
