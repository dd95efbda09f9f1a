"""Forgetting a client: rows and key go for certain, and a proof stays."""

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
from tests.factories.crm import Books, Keeper
from tests.factories.crm_desk import Study
from tests.integration.crm.test_communications import CALL


class BrokenKeys:
    """A key table that is out of reach, as for a function that died after its commit."""

    def shred_clients(self, tenant: UUID, client_ids: Sequence[UUID]) -> None:
        """Refuse."""
        raise Unavailable("keys-unavailable", f"{tenant} {len(client_ids)}")


@pytest.fixture
def study(cloud: dict[str, str], database_as: Callable[[str], Database]) -> Study:
    keyring = Keyring(cloud["CRM_KEYS_TABLE"], cloud["CRM_KEY_ARN"])
    return Study(lambda: database_as("crm_web"), keyring, new_id())


def rows_about(owner: Database, client_id: str) -> int:
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
    mira: Keeper, database: Database
) -> None:
    leo, ada = mira.client("Leo", tags=["quiet"])["id"], mira.client("Ada")["id"]
    for one in (leo, leo, ada):
        mira.post("/communications", CALL | {"clientId": one})
    mira.post("/tasks", {"title": "Call back", "clientId": leo})

    answer = mira.delete(f"/clients/{leo}")

    assert answer.status == 200, answer.text
    proof = answer.json
    assert proof["counts"] == {"communications": 2, "tasks": 1}
    assert proof["clientHash"] == client_hash(mira.user_id, UUID(leo))
    assert rows_about(database, leo) == 0
    assert mira.get(f"/clients/{leo}").problem["code"] == "no-such-client"
    assert mira.delete(f"/clients/{leo}").problem["code"] == "no-such-client"
    assert [one["clientId"] for one in mira.get("/communications").json["items"]] == [ada]
    with database.transaction() as work:
        noted = work.execute(
            "SELECT action, detail FROM crm.audit_log ORDER BY sequence"
        ).fetchall()
    assert [row["action"] for row in noted] == ["client.erased", "client.keys-shredded"]
    assert noted[0]["detail"] == {"client": proof["clientHash"], "counts": proof["counts"]}
    assert noted[1]["detail"] == {"clients": [proof["clientHash"]]}
    assert leo not in json.dumps([row["detail"] for row in noted])


def test_erase_client_killed_after_commit_leaves_pending_key_deletion(
    study: Study, database: Database, database_as: Callable[[str], Database]
) -> None:
    leo = study.client("Leo").id
    with study.at_desk() as desk:
        ClientErasure(desk, KeyDeletion(desk.work, study.trail(desk), BrokenKeys())).erase(leo)
    assert (rows_about(database, str(leo)), study.has_key(leo)) == (1, True), "the row to shred"

    night = database_as("crm_scheduled")
    assert process_all_workspaces(night, study.keyring, clock.now) == 1
    assert process_all_workspaces(night, study.keyring, clock.now) == 0

    assert (rows_about(database, str(leo)), study.has_key(leo)) == (0, False)
    with study.at_desk() as desk:
        assert study.trail(desk).first_tampered_sequence() is None


def test_erase_client_processes_earlier_pending_deletions(study: Study) -> None:
    leo, ada = study.client("Leo").id, study.client("Ada").id
    with study.at_desk() as desk:
        ClientErasure(desk, KeyDeletion(desk.work, study.trail(desk), BrokenKeys())).erase(leo)
    with study.at_desk() as desk:
        ClientErasure(desk, KeyDeletion(desk.work, study.trail(desk), study.keyring)).erase(ada)
    assert not study.has_key(leo)
    assert not study.has_key(ada)


def test_erase_client_rolled_back_keeps_the_key(study: Study) -> None:
    leo = study.client("Leo").id
    with study.at_desk() as desk:
        ClientErasure(desk, KeyDeletion(desk.work, study.trail(desk), study.keyring)).erase(leo)
        desk.work.rollback()
    assert study.has_key(leo)


def test_erase_client_under_legal_hold_is_refused(mira: Keeper) -> None:
    leo, ada = mira.client("Leo")["id"], mira.client("Ada")["id"]
    placed = mira.post("/holds", {"clientId": leo, "reason": "Letter of the court"})
    assert placed.status == 201, placed.text

    refused = mira.delete(f"/clients/{leo}")
    assert (refused.status, refused.problem["code"]) == (409, "legal-hold")
    assert mira.delete(f"/holds/{placed.json['id']}").status == 204
    assert mira.delete(f"/holds/{placed.json['id']}").status == 204
    assert mira.delete(f"/clients/{leo}").status == 200

    whole = mira.post("/holds", {"reason": "Tax audit"}).json
    assert mira.delete(f"/clients/{ada}").problem["code"] == "legal-hold"
    mira.delete(f"/holds/{whole['id']}")
    held = mira.get("/holds").json["items"]
    assert [(one["reason"], one["clientId"]) for one in held] == [("Tax audit", None)]
    assert held[0]["releasedAt"] is not None
    assert mira.delete(f"/holds/{new_id()}").problem["code"] == "no-such-hold"
    unknown = mira.post("/holds", {"clientId": leo, "reason": "x"})
    assert unknown.problem["code"] == "no-such-client"


def test_client_under_legal_hold_loses_no_data(mira: Keeper) -> None:
    leo, ada = mira.client("Leo")["id"], mira.client("Ada")["id"]
    paths = {
        client: [
            f"/communications/{mira.post('/communications', CALL | {'clientId': client}).json['id']}",
            f"/tasks/{mira.post('/tasks', {'title': 'Call', 'clientId': client}).json['id']}",
        ]
        for client in (leo, ada)
    }
    own = f"/tasks/{mira.post('/tasks', {'title': 'Candles'}).json['id']}"
    mira.post("/holds", {"clientId": leo, "reason": "Letter of the court"})
    assert [mira.delete(path).problem["code"] for path in paths[leo]] == ["legal-hold"] * 2
    assert [mira.delete(path).status for path in (*paths[ada], own)] == [204] * 3


def test_legal_hold_reason_is_encrypted_for_its_provider(
    mira: Keeper, books: Books, database: Database
) -> None:
    placed = mira.post("/holds", {"reason": "Okarinabrot against Mira"}).json
    with database.transaction() as work:
        row = work.execute("SELECT encrypted_payload FROM crm.legal_holds").fetchone()
    assert row is not None
    assert b"Okarinabrot" not in bytes(row["encrypted_payload"])
    nora = books.keeper("nora-lind")
    assert nora.get("/holds").json["items"] == []
    assert nora.delete(f"/holds/{placed['id']}").problem["code"] == "no-such-hold"


def test_client_archived_can_be_unarchived(mira: Keeper) -> None:
    leo = mira.client("Leo")["id"]
    away = mira.post(f"/clients/{leo}/archive", {"version": 1}).json
    assert away["archivedAt"] is not None
    assert mira.post(f"/clients/{leo}/archive", {"version": 1}).json == away
    assert mira.get("/clients").json["items"] == []
    assert len(mira.get("/clients?archived=true").json["items"]) == 1
    stale = mira.post(f"/clients/{leo}/unarchive", {"version": 1})
    assert stale.problem["code"] == "changed-meanwhile"
    assert mira.post(f"/clients/{leo}/unarchive", {"version": 2}).json["archivedAt"] is None
