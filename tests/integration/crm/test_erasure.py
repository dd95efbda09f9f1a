"""Erasure of a client: rows and keys are deleted, and a receipt remains."""

import json
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest

from crm.domain.erasure_receipt import client_hash
from crm.service.erasure import ClientErasure
from crm.service.key_deletion import KeyDeletion, process_all_workspaces
from crm.vault import Keyring
from kit import clock
from kit.db import Database
from kit.errors import Unavailable
from kit.ids import new_id
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_service import CrmServiceWorld
from tests.integration.crm.test_communications import CALL


class BrokenKeys:
    """Unavailable key table, as for a function killed after its commit."""

    def shred_clients(self, tenant: UUID, client_ids: Sequence[UUID]) -> None:
        """Fail like an unreachable key table."""
        raise Unavailable("keys-unavailable", f"{tenant} {len(client_ids)}")


@pytest.fixture
def world(cloud: dict[str, str], database_as: Callable[[str], Database]) -> CrmServiceWorld:
    keyring = Keyring(cloud["CRM_KEYS_TABLE"], cloud["CRM_KEY_ARN"])
    return CrmServiceWorld(lambda: database_as("crm_web"), keyring, new_id())


def count_rows_of_client(owner: Database, client_id: str) -> int:
    with owner.transaction() as work:
        tables = work.execute(
            "SELECT table_name FROM information_schema.columns c JOIN information_schema.tables"
            " USING (table_schema, table_name) WHERE table_schema = 'crm'"
            " AND column_name = 'client_id' AND table_type = 'BASE TABLE'"
        ).fetchall()
        return sum(
            work.execute(
                f"SELECT FROM crm.{row['table_name']} WHERE client_id = %s",
                (client_id,),
            ).rowcount
            for row in tables
        )


def test_erase_client_deletes_child_rows_and_returns_receipt(
    provider: CrmUser, database: Database
) -> None:
    leo, ada = (
        provider.create_client("Leo", tags=["quiet"])["id"],
        provider.create_client("Ada")["id"],
    )
    for one in (leo, leo, ada):
        provider.post("/communications", CALL | {"clientId": one})
    provider.post("/tasks", {"title": "Call back", "clientId": leo})

    answer = provider.delete(f"/clients/{leo}")

    assert answer.status == 200, answer.text
    proof = answer.json
    assert proof["counts"] == {"communications": 2, "tasks": 1}
    assert proof["clientHash"] == client_hash(provider.user_id, UUID(leo))
    assert count_rows_of_client(database, leo) == 0
    assert provider.get(f"/clients/{leo}").problem["code"] == "no-such-client"
    assert provider.delete(f"/clients/{leo}").problem["code"] == "no-such-client"
    assert [one["clientId"] for one in provider.get("/communications").json["items"]] == [ada]
    with database.transaction() as work:
        noted = work.execute(
            "SELECT action, detail FROM crm.audit_log ORDER BY sequence"
        ).fetchall()
    assert [row["action"] for row in noted] == ["client.erased", "client.keys-shredded"]
    assert noted[0]["detail"] == {"client": proof["clientHash"], "counts": proof["counts"]}
    assert noted[1]["detail"] == {"clients": [proof["clientHash"]]}
    assert leo not in json.dumps([row["detail"] for row in noted])


def test_erase_client_killed_after_commit_leaves_pending_key_deletion(
    world: CrmServiceWorld, database: Database, database_as: Callable[[str], Database]
) -> None:
    leo = world.create_client("Leo").id
    with world.unlocked() as context:
        ClientErasure(
            context, KeyDeletion(context.work, world.audit_log(context), BrokenKeys())
        ).erase(leo)
    assert (count_rows_of_client(database, str(leo)), world.has_key(leo)) == (1, True), (
        "the row to shred"
    )

    scheduled_database = database_as("crm_scheduled")
    assert process_all_workspaces(scheduled_database, world.keyring, clock.now) == 1
    assert process_all_workspaces(scheduled_database, world.keyring, clock.now) == 0

    assert (count_rows_of_client(database, str(leo)), world.has_key(leo)) == (0, False)
    with world.unlocked() as context:
        assert world.audit_log(context).first_tampered_sequence() is None


def test_erase_client_processes_earlier_pending_deletions(world: CrmServiceWorld) -> None:
    leo, ada = world.create_client("Leo").id, world.create_client("Ada").id
    with world.unlocked() as context:
        ClientErasure(
            context, KeyDeletion(context.work, world.audit_log(context), BrokenKeys())
        ).erase(leo)
    with world.unlocked() as context:
        ClientErasure(
            context, KeyDeletion(context.work, world.audit_log(context), world.keyring)
        ).erase(ada)
    assert not world.has_key(leo)
    assert not world.has_key(ada)


def test_erase_client_rolled_back_keeps_the_key(world: CrmServiceWorld) -> None:
    leo = world.create_client("Leo").id
    with world.unlocked() as context:
        ClientErasure(
            context, KeyDeletion(context.work, world.audit_log(context), world.keyring)
        ).erase(leo)
        context.work.rollback()
    assert world.has_key(leo)


def test_erase_client_under_legal_hold_is_refused(provider: CrmUser) -> None:
    leo, ada = provider.create_client("Leo")["id"], provider.create_client("Ada")["id"]
    placed = provider.post("/holds", {"clientId": leo, "reason": "Letter of the court"})
    assert placed.status == 201, placed.text

    refused = provider.delete(f"/clients/{leo}")
    assert (refused.status, refused.problem["code"]) == (409, "legal-hold")
    assert provider.delete(f"/holds/{placed.json['id']}").status == 204
    assert provider.delete(f"/holds/{placed.json['id']}").status == 204
    assert provider.delete(f"/clients/{leo}").status == 200

    workspace_hold = provider.post("/holds", {"reason": "Tax audit"}).json
    assert provider.delete(f"/clients/{ada}").problem["code"] == "legal-hold"
    provider.delete(f"/holds/{workspace_hold['id']}")
    held = provider.get("/holds").json["items"]
    assert [(one["reason"], one["clientId"]) for one in held] == [("Tax audit", None)]
    assert held[0]["releasedAt"] is not None
    assert provider.delete(f"/holds/{new_id()}").problem["code"] == "no-such-hold"
    unknown = provider.post("/holds", {"clientId": leo, "reason": "x"})
    assert unknown.problem["code"] == "no-such-client"


def test_client_under_legal_hold_loses_no_data(provider: CrmUser) -> None:
    leo, ada = provider.create_client("Leo")["id"], provider.create_client("Ada")["id"]
    paths = {
        client: [
            f"/communications/{provider.post('/communications', CALL | {'clientId': client}).json['id']}",
            f"/tasks/{provider.post('/tasks', {'title': 'Call', 'clientId': client}).json['id']}",
        ]
        for client in (leo, ada)
    }
    own = f"/tasks/{provider.post('/tasks', {'title': 'Candles'}).json['id']}"
    provider.post("/holds", {"clientId": leo, "reason": "Letter of the court"})
    assert [provider.delete(path).problem["code"] for path in paths[leo]] == ["legal-hold"] * 2
    assert [provider.delete(path).status for path in (*paths[ada], own)] == [204] * 3


def test_legal_hold_reason_is_encrypted_for_its_provider(
    provider: CrmUser, crm_factory: CrmFactory, database: Database
) -> None:
    placed = provider.post("/holds", {"reason": "Okarinabrot against Mira"}).json
    with database.transaction() as work:
        row = work.execute("SELECT encrypted_payload FROM crm.legal_holds").fetchone()
    assert row is not None
    assert b"Okarinabrot" not in bytes(row["encrypted_payload"])
    nora = crm_factory.create_user("nora-lind")
    assert nora.get("/holds").json["items"] == []
    assert nora.delete(f"/holds/{placed['id']}").problem["code"] == "no-such-hold"


def test_client_archived_can_be_unarchived(provider: CrmUser) -> None:
    leo = provider.create_client("Leo")["id"]
    archived = provider.post(f"/clients/{leo}/archive", {"version": 1}).json
    assert archived["archivedAt"] is not None
    assert provider.post(f"/clients/{leo}/archive", {"version": 1}).json == archived
    assert provider.get("/clients").json["items"] == []
    assert len(provider.get("/clients?archived=true").json["items"]) == 1
    stale = provider.post(f"/clients/{leo}/unarchive", {"version": 1})
    assert stale.problem["code"] == "changed-meanwhile"
    assert provider.post(f"/clients/{leo}/unarchive", {"version": 2}).json["archivedAt"] is None
