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
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_archives import export_opened, fill_workspace, import_file
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


def over(user: CrmUser) -> dict[str, tuple[int, int]]:
    """Return what would go tonight, and what a hold keeps."""
    items = user.get("/retention/preview").json["items"]
    return {
        one["dataClass"]: (one["over"], one["held"]) for one in items if one["over"] or one["held"]
    }


def proofs(user: CrmUser) -> list[dict[str, int]]:
    return [one["counts"] for one in user.get("/retention/erasures").json["items"]]


@pytest.mark.slow
def test_each_kind_of_data_goes_when_it_is_over(
    provider: CrmUser, crm_factory: CrmFactory, database: Database, night: Callable[[], int]
) -> None:
    fill_workspace(provider)
    nora = crm_factory.create_user("nora-lind")
    fill_workspace(nora)
    assert over(provider) == {}
    assert night() == 0
    for table, column, days in (
        ("client_references", "created_at", 181),
        ("screenings", "updated_at", 731),
        ("communications", "happened_at", 366),
        ("visits", "starts_at", 731),
    ):
        age(database, table, column, days)
    expected = {"references": 1, "screening": 1, "communications": 1, "visit_notes": 1}
    assert over(provider) == {name: (number, 0) for name, number in expected.items()}

    assert night() == 8
    for user in (provider, nora):
        assert proofs(user) == [expected]
        for path in ("/references", "/screening", "/communications"):
            assert user.get(path).json["items"] == []
        (visit,) = user.get("/visits").json["items"]
        assert (visit["notes"], visit["receivedMinor"]) == ("", 60_000)
        assert len(user.get("/clients").json["items"]) == 1
        actions = [one["action"] for one in user.get("/audit").json["items"]]
        assert actions[0] == "retention.run"
    assert night() == 0
    # What is empty leaves and is sealed anew like everything else.
    assert export_opened(provider).data["visits"][0]["document"] == {}
    assert provider.post("/encryption/rotate").status == 200
    provider.post("/encryption/rekey")
    assert len(provider.get("/visits").json["items"]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("archived", [True, False], ids=["archived", "inactive"])
def test_whole_clients_go_with_their_keys(
    archived: bool,
    provider: CrmUser,
    database: Database,
    cloud: dict[str, str],
    night: Callable[[], int],
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
            assert DataClass.INACTIVE_CLIENTS not in over(provider)
            age(database, table, column, 2000)
        # An open task is a reason to keep somebody.
        assert DataClass.INACTIVE_CLIENTS not in over(provider)
        task = next(one for one in provider.get("/tasks").json["items"] if one["clientId"])
        provider.post(f"/tasks/{task['id']}/done", {"version": 1})
        found = DataClass.INACTIVE_CLIENTS
    assert over(provider)[found] == (1, 0)
    night()
    assert proofs(provider)[0][found] == 1
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


def test_a_hold_beats_every_rule(
    provider: CrmUser, database: Database, night: Callable[[], int]
) -> None:
    leo = fill_workspace(provider)
    age(database, "communications", "happened_at", 400)
    hold = provider.post("/holds", {"clientId": leo["id"], "reason": "A court asked."}).json
    assert over(provider) == {"communications": (0, 1)}
    assert night() == 0
    provider.delete(f"/holds/{hold['id']}")
    whole = provider.post("/holds", {"clientId": None, "reason": "A court asked."}).json
    assert night() == 0
    provider.delete(f"/holds/{whole['id']}")
    assert night() == 1


def test_an_operator_may_place_a_hold_without_a_key(
    provider: CrmUser, database: Database, night: Callable[[], int]
) -> None:
    """As docs/runbooks/crm-legal.md says."""
    fill_workspace(provider)
    age(database, "communications", "happened_at", 400)
    with database.transaction() as work:
        work.execute(
            "INSERT INTO crm.legal_holds (id, provider_id, client_id, encrypted_payload, placed_at)"
            " VALUES (gen_random_uuid(), %s, NULL, '', now())",
            (provider.user_id,),
        )
    assert night() == 0
    (hold,) = provider.get("/holds").json["items"]
    assert (hold["clientId"], hold["reason"]) == (None, "")
    refused = provider.delete(
        "/clients", json={"confirm": f"delete all clients of {provider.slug}"}
    )
    assert refused.problem["code"] == "legal-hold"


def test_reports_of_imports_go_as_well(
    provider: CrmUser, database: Database, night: Callable[[], int]
) -> None:
    import_file(provider, "name\nLeo\n")
    night()
    assert len(provider.get("/import").json["items"]) == 1
    age(database, "imports", "created_at", 31)
    night()
    assert provider.get("/import").json["items"] == []
    assert len(provider.get("/clients").json["items"]) == 1


def test_she_chooses_within_bounds(
    provider: CrmUser, database: Database, night: Callable[[], int]
) -> None:
    fill_workspace(provider)
    shown = {one["dataClass"]: one for one in provider.get("/retention").json["items"]}
    assert shown.keys() == {str(one) for one in RULES}
    assert (shown["communications"]["days"], shown["communications"]["isChosen"]) == (365, False)
    age(database, "communications", "happened_at", 60)
    assert over(provider) == {}
    for days in (29, 1831):
        refused = provider.put("/retention", {"days": {"communications": days}})
        assert (refused.status, refused.problem["field"]) == (422, "communications")
    chosen = provider.put("/retention", {"days": {"communications": 30}}).json["items"]
    assert {one["dataClass"]: one["days"] for one in chosen}["communications"] == 30
    assert over(provider) == {"communications": (1, 0)}
    provider.put("/retention", {"days": {"communications": None}})
    assert over(provider) == {}
    provider.put("/retention", {"days": {"communications": 30}})
    assert night() == 1
    # Bounds that moved since count for what was chosen before.
    (term,) = [
        one for one in retention_terms({"communications": 5}) if one.data_class == "communications"
    ]
    assert term.days == 30


def test_an_old_trail_is_cut_off_and_still_whole(
    provider: CrmUser, database: Database, night: Callable[[], int]
) -> None:
    for days in (30, 40, 50):
        provider.put("/retention", {"days": {"communications": days}})

    def book() -> dict[str, Any]:
        with database.transaction() as work:
            row = work.execute("SELECT audit_first, audit_length FROM crm.workspaces").fetchone()
        assert row is not None
        return row

    # The first two entries are from long ago; what they say stays bound to their own time.
    with database.transaction() as work:
        trail = AuditLog(work, provider.user_id, clock.now)
        assert trail.first_tampered_sequence() is None
        work.execute(
            "UPDATE crm.audit_log SET at = at - %s WHERE sequence <= 2", (timedelta(days=2000),)
        )
    assert over(provider) == {"audit": (2, 0)}
    assert night() == 2
    assert book() == {"audit_first": 3, "audit_length": 4}
    with database.transaction() as work:
        assert AuditLog(work, provider.user_id, clock.now).first_tampered_sequence() is None
        work.execute("DELETE FROM crm.audit_log WHERE sequence = 3")
        assert AuditLog(work, provider.user_id, clock.now).first_tampered_sequence() == 3
