"""Who comes back with an archive gets new keys, whatever still waits to be destroyed; and keeps them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import psycopg
import pytest

from crm import settings
from crm.repository.export_records import ExportRecords
from crm.service.audit_log import AuditLog
from crm.service.clear_workspace import clear_workspace
from crm.service.key_deletion import KeyDeletion, process_all_workspaces, renew_keys
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.vault import Keyring
from crm.vault.table import KeyTable, client_item
from kit import clock
from kit.db import Database
from kit.errors import Unavailable
from kit.ids import new_id
from tests.factories.crm import Books, Keeper
from tests.factories.crm_archives import (
    EXPORT,
    begin_import,
    everything,
    exported,
    filled,
    imported,
)
from tests.factories.crm_desk import Study, meanwhile
from tests.factories.crm_events import Booking, tell
from tests.fixtures.functions import FunctionClient

type Functions = Callable[..., FunctionClient]


def away(_: Keyring, tenant: UUID, client_ids: Sequence[UUID]) -> None:
    """Be a key table out of reach."""
    raise Unavailable("keys-unavailable", f"{tenant} {len(client_ids)}")


def emptied_in_an_outage(keeper: Keeper) -> dict[str, Any]:
    """Empty the book while no key can be destroyed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Keyring, "shred_clients", away)
        answer = keeper.delete("/clients", json={"confirm": f"delete all clients of {keeper.slug}"})
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def waiting(database: Database) -> int:
    with database.transaction() as work:
        return work.execute("SELECT FROM crm.pending_key_deletions").rowcount


def key_of(keeper: Keeper, client_id: str) -> object:
    name = client_item(UUID(client_id))
    return KeyTable(settings.keys_table()).read(keeper.user_id, [name]).get(name)


def night(functions: Functions) -> None:
    functions("CrmScheduled").invoke({"job": "retention"})


@pytest.mark.slow
def test_clear_in_key_outage_then_reimport_keeps_records(
    mira: Keeper, functions: Functions, database: Database
) -> None:
    leo = filled(mira)
    before, part, key = everything(mira), exported(mira), key_of(mira, leo["id"])
    assert emptied_in_an_outage(mira)["keysWaiting"] is True
    assert (waiting(database), key_of(mira, leo["id"])) == (1, key)

    job = imported(mira, part.content, exportPassphrase=EXPORT)

    assert job["counts"]["created"] == 7
    assert waiting(database) == 0
    renewed = key_of(mira, leo["id"])
    assert renewed not in (None, key)
    night(functions)
    assert key_of(mira, leo["id"]) == renewed
    assert everything(mira) == before
    noted = [one["action"] for one in mira.get("/audit").json["items"]]
    assert noted.count("client.keys-shredded") == 1
    assert mira.get("/audit").json["intact"] is True


@pytest.mark.slow
def test_reimport_killed_after_new_keys_is_repeated(
    mira: Keeper, functions: Functions, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    leo = filled(mira)
    before, part = everything(mira), exported(mira)
    emptied_in_an_outage(mira)

    def killed(desk: UnlockedContext, client_ids: Sequence[UUID]) -> list[UUID]:
        renew_keys(desk, client_ids)
        raise KeyboardInterrupt

    job = begin_import(mira, part.content, exportPassphrase=EXPORT).json
    with monkeypatch.context() as patch:
        patch.setattr("crm.service.archive_import.renew_keys", killed)
        assert mira.post(f"/import/{job['id']}/continue").status == 500
    assert (waiting(database), mira.get("/clients").json["items"]) == (1, [])
    lost = key_of(mira, leo["id"])
    assert mira.post(f"/import/{job['id']}/continue").json["isFinished"] is True

    assert key_of(mira, leo["id"]) != lost
    night(functions)
    assert everything(mira) == before


@pytest.mark.slow
def test_reimport_with_refused_row_keeps_renewed_keys(
    mira: Keeper, functions: Functions, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    leo, ada = filled(mira), mira.client("Ada")
    part = exported(mira)
    emptied_in_an_outage(mira)
    insert = ExportRecords.insert

    def once(self: ExportRecords, sheets: Sequence[Any], *more: Any) -> list[dict[str, Any]]:
        rows = insert(self, sheets, *more)
        if len(sheets) > 1:
            raise psycopg.DataError
        return rows

    monkeypatch.setattr(ExportRecords, "insert", once)
    imported(mira, part.content, exportPassphrase=EXPORT)

    night(functions)
    assert waiting(database) == 0
    assert {one["id"] for one in mira.get("/clients").json["items"]} == {leo["id"], ada["id"]}


def test_reimport_of_present_client_keeps_keys(
    mira: Keeper, functions: Functions, database: Database
) -> None:
    """As it stood in books before an import looked for what waits."""
    leo, ada = mira.client("Leo"), mira.client("Ada")
    with database.transaction() as work:
        work.execute(
            "INSERT INTO crm.pending_key_deletions (provider_id, client_id, asked_at) VALUES (%s, %s, now())",
            (mira.user_id, leo["id"]),
        )
    night(functions)
    assert waiting(database) == 0
    assert len(mira.get("/clients").json["items"]) == 2
    assert mira.delete(f"/clients/{ada['id']}").status == 200
    assert mira.delete(f"/clients/{leo['id']}").status == 200
    assert key_of(mira, leo["id"]) is None


@pytest.fixture
def study(mira: Keeper, cloud: dict[str, str], database_as: Callable[[str], Database]) -> Study:
    keyring = Keyring(cloud["CRM_KEYS_TABLE"], cloud["CRM_KEY_ARN"])
    return Study(lambda: database_as("crm_web"), keyring, mira.user_id)


@pytest.mark.slow
def test_reimport_and_nightly_key_deletion_wait_for_each_other(
    mira: Keeper,
    study: Study,
    functions: Functions,
    database: Database,
    database_as: Callable[[str], Database],
) -> None:
    leo = filled(mira)
    before, part = everything(mira), exported(mira)
    emptied_in_an_outage(mira)

    def at_night() -> Iterator[None]:
        with database_as("crm_scheduled").transaction() as work:
            set_tenant(work, mira.user_id)
            keys = KeyDeletion(work, AuditLog(work, mira.user_id, clock.now), study.keyring)
            assert keys.process() == 1
            yield

    def bring() -> None:
        imported(mira, part.content, exportPassphrase=EXPORT)

    assert meanwhile(database, at_night(), bring) == "done"
    assert key_of(mira, leo["id"]) is not None
    night(functions)
    assert everything(mira) == before


def test_nightly_key_deletion_skips_clients_being_imported(
    mira: Keeper, study: Study, database: Database, database_as: Callable[[str], Database]
) -> None:
    leo = UUID(filled(mira)["id"])
    emptied_in_an_outage(mira)
    with study.at_desk() as desk:
        assert renew_keys(desk, [leo]) == [leo]
        renewed = key_of(mira, str(leo))
        assert process_all_workspaces(database_as("crm_scheduled"), study.keyring, clock.now) == 0
        assert key_of(mira, str(leo)) == renewed
        desk.work.rollback()
    # Undone, both of their keys go.
    assert process_all_workspaces(database_as("crm_scheduled"), study.keyring, clock.now) == 1
    assert (waiting(database), key_of(mira, str(leo))) == (0, None)


def test_nightly_key_deletion_failure_in_one_workspace_stops_no_other(
    mira: Keeper, books: Books, study: Study, database: Database,
    database_as: Callable[[str], Database],
) -> None:  # fmt: skip
    nora = books.keeper("nora-lind")
    both = sorted((mira, nora), key=lambda one: one.user_id)
    gone = {one.user_id: one.client()["id"] for one in both}
    for one in both:
        emptied_in_an_outage(one)

    class Half:
        def shred_clients(self, tenant: UUID, client_ids: Sequence[UUID]) -> None:
            if tenant == both[0].user_id:
                away(study.keyring, tenant, client_ids)
            study.keyring.shred_clients(tenant, client_ids)

    assert process_all_workspaces(database_as("crm_scheduled"), Half(), clock.now) == 1
    assert waiting(database) == 1
    assert key_of(both[1], gone[both[1].user_id]) is None


def test_clear_processes_inbox_of_clients_under_hold(
    mira: Keeper, study: Study, functions: Functions, database: Database
) -> None:
    booking = Booking(provider_id=mira.user_id)
    mira.get("/clients")
    consumer = functions("CrmConsumer")
    tell(consumer, booking.confirmed())
    (visit,) = mira.get("/visits").json["items"]
    assert visit["status"] == "planned"
    mira.post("/holds", {"clientId": visit["clientId"], "reason": "A court asked."})
    other = Booking(provider_id=mira.user_id)
    tell(consumer, booking.completed(), other.confirmed())
    with database.transaction() as work:
        # Copied under another id, it does not open: nobody knows whom it is about.
        work.execute(
            "INSERT INTO crm.inbox (id, provider_id, kind, sealed, received_at)"
            " SELECT %s, provider_id, kind, sealed, received_at FROM crm.inbox LIMIT 1",
            (new_id(),),
        )

    with study.at_desk() as desk:
        keys = KeyDeletion(desk.work, study.trail(desk), study.keyring)
        assert (
            clear_workspace(desk, keys, mira.slug, f"delete all clients of {mira.slug}").held == 1
        )

    (after,) = mira.get("/visits").json["items"]
    assert (after["id"], after["status"]) == (visit["id"], "completed")
    assert mira.get("/inbox").json == {"waiting": 0, "failed": 1}
    mira.delete(f"/holds/{mira.get('/holds').json['items'][0]['id']}")
    assert (
        mira.delete("/clients", json={"confirm": f"delete all clients of {mira.slug}"}).json[
            "counts"
        ]["inbox"]
        == 1
    )


def test_key_deletion_requested_twice_is_not_lost(
    mira: Keeper, study: Study, database: Database, database_as: Callable[[str], Database]
) -> None:
    leo = mira.client("Leo")["id"]
    with database.transaction() as work:
        work.execute(
            "INSERT INTO crm.pending_key_deletions (provider_id, client_id, asked_at) VALUES (%s, %s, now())",
            (mira.user_id, leo),
        )

    def at_night() -> Iterator[None]:
        with database_as("crm_scheduled").transaction() as work:
            set_tenant(work, mira.user_id)
            keys = KeyDeletion(work, AuditLog(work, mira.user_id, clock.now), study.keyring)
            assert keys.process() == 1
            yield

    def forget() -> None:
        assert mira.delete(f"/clients/{leo}").status == 200

    assert meanwhile(database, at_night(), forget) == "done"
    assert (waiting(database), key_of(mira, leo)) == (0, None)
