"""Clients imported again get new keys, which pending deletions of the old keys do not destroy."""

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
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_archives import (
    EXPORT_PASSPHRASE,
    all_records,
    begin_import,
    export_opened,
    fill_workspace,
    import_file,
)
from tests.factories.crm_events import BookingFixture, deliver_events
from tests.factories.crm_service import CrmServiceWorld, run_while_waiting
from tests.fixtures.functions import FunctionClient

type Functions = Callable[..., FunctionClient]


def fail_like_an_outage(_: Keyring, tenant: UUID, client_ids: Sequence[UUID]) -> None:
    """Fail like an unreachable key table."""
    raise Unavailable("keys-unavailable", f"{tenant} {len(client_ids)}")


def clear_during_outage(user: CrmUser) -> dict[str, Any]:
    """Clear the workspace while no key can be destroyed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Keyring, "shred_clients", fail_like_an_outage)
        answer = user.delete("/clients", json={"confirm": f"delete all clients of {user.slug}"})
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def pending_deletions(database: Database) -> int:
    with database.transaction() as work:
        return work.execute("SELECT FROM crm.pending_key_deletions").rowcount


def key_of(user: CrmUser, client_id: str) -> object:
    name = client_item(UUID(client_id))
    return KeyTable(settings.keys_table()).read(user.user_id, [name]).get(name)


def run_nightly_job(functions: Functions) -> None:
    functions("CrmScheduled").invoke({"job": "retention"})


@pytest.mark.slow
def test_clear_in_key_outage_then_reimport_keeps_records(
    provider: CrmUser, functions: Functions, database: Database
) -> None:
    leo = fill_workspace(provider)
    before, part, key = all_records(provider), export_opened(provider), key_of(provider, leo["id"])
    assert clear_during_outage(provider)["keysWaiting"] is True
    assert (pending_deletions(database), key_of(provider, leo["id"])) == (1, key)

    job = import_file(provider, part.content, exportPassphrase=EXPORT_PASSPHRASE)

    assert job["counts"]["created"] == 7
    assert pending_deletions(database) == 0
    renewed = key_of(provider, leo["id"])
    assert renewed not in (None, key)
    run_nightly_job(functions)
    assert key_of(provider, leo["id"]) == renewed
    assert all_records(provider) == before
    noted = [one["action"] for one in provider.get("/audit").json["items"]]
    assert noted.count("client.keys-shredded") == 1
    assert provider.get("/audit").json["intact"] is True


@pytest.mark.slow
def test_reimport_killed_after_new_keys_is_repeated(
    provider: CrmUser, functions: Functions, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    leo = fill_workspace(provider)
    before, part = all_records(provider), export_opened(provider)
    clear_during_outage(provider)

    def killed(context: UnlockedContext, client_ids: Sequence[UUID]) -> list[UUID]:
        renew_keys(context, client_ids)
        raise KeyboardInterrupt

    job = begin_import(provider, part.content, exportPassphrase=EXPORT_PASSPHRASE).json
    with monkeypatch.context() as patch:
        patch.setattr("crm.service.archive_import.renew_keys", killed)
        assert provider.post(f"/import/{job['id']}/continue").status == 500
    assert (pending_deletions(database), provider.get("/clients").json["items"]) == (1, [])
    lost = key_of(provider, leo["id"])
    assert provider.post(f"/import/{job['id']}/continue").json["isFinished"] is True

    assert key_of(provider, leo["id"]) != lost
    run_nightly_job(functions)
    assert all_records(provider) == before


@pytest.mark.slow
def test_reimport_with_refused_row_keeps_renewed_keys(
    provider: CrmUser, functions: Functions, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    leo, ada = fill_workspace(provider), provider.create_client("Ada")
    part = export_opened(provider)
    clear_during_outage(provider)
    insert = ExportRecords.insert

    def once(self: ExportRecords, records: Sequence[Any], *more: Any) -> list[dict[str, Any]]:
        rows = insert(self, records, *more)
        if len(records) > 1:
            raise psycopg.DataError
        return rows

    monkeypatch.setattr(ExportRecords, "insert", once)
    import_file(provider, part.content, exportPassphrase=EXPORT_PASSPHRASE)

    run_nightly_job(functions)
    assert pending_deletions(database) == 0
    assert {one["id"] for one in provider.get("/clients").json["items"]} == {leo["id"], ada["id"]}


def test_reimport_of_present_client_keeps_keys(
    provider: CrmUser, functions: Functions, database: Database
) -> None:
    """Workspaces in the state before imports carried out pending deletions."""
    leo, ada = provider.create_client("Leo"), provider.create_client("Ada")
    with database.transaction() as work:
        work.execute(
            "INSERT INTO crm.pending_key_deletions (provider_id, client_id, asked_at) VALUES (%s, %s, now())",
            (provider.user_id, leo["id"]),
        )
    run_nightly_job(functions)
    assert pending_deletions(database) == 0
    assert len(provider.get("/clients").json["items"]) == 2
    assert provider.delete(f"/clients/{ada['id']}").status == 200
    assert provider.delete(f"/clients/{leo['id']}").status == 200
    assert key_of(provider, leo["id"]) is None


@pytest.fixture
def world(
    provider: CrmUser, cloud: dict[str, str], database_as: Callable[[str], Database]
) -> CrmServiceWorld:
    keyring = Keyring(cloud["CRM_KEYS_TABLE"], cloud["CRM_KEY_ARN"])
    return CrmServiceWorld(lambda: database_as("crm_web"), keyring, provider.user_id)


@pytest.mark.slow
def test_reimport_and_nightly_key_deletion_wait_for_each_other(
    provider: CrmUser,
    world: CrmServiceWorld,
    functions: Functions,
    database: Database,
    database_as: Callable[[str], Database],
) -> None:
    leo = fill_workspace(provider)
    before, part = all_records(provider), export_opened(provider)
    clear_during_outage(provider)

    def run_key_deletion() -> Iterator[None]:
        with database_as("crm_scheduled").transaction() as work:
            set_tenant(work, provider.user_id)
            keys = KeyDeletion(work, AuditLog(work, provider.user_id, clock.now), world.keyring)
            assert keys.process() == 1
            yield

    def bring() -> None:
        import_file(provider, part.content, exportPassphrase=EXPORT_PASSPHRASE)

    assert run_while_waiting(database, run_key_deletion(), bring) == "done"
    assert key_of(provider, leo["id"]) is not None
    run_nightly_job(functions)
    assert all_records(provider) == before


def test_nightly_key_deletion_skips_clients_being_imported(
    provider: CrmUser,
    world: CrmServiceWorld,
    database: Database,
    database_as: Callable[[str], Database],
) -> None:
    leo = UUID(fill_workspace(provider)["id"])
    clear_during_outage(provider)
    with world.unlocked() as context:
        assert renew_keys(context, [leo]) == [leo]
        renewed = key_of(provider, str(leo))
        assert process_all_workspaces(database_as("crm_scheduled"), world.keyring, clock.now) == 0
        assert key_of(provider, str(leo)) == renewed
        context.work.rollback()
    # After the rollback both of the client's keys are deleted.
    assert process_all_workspaces(database_as("crm_scheduled"), world.keyring, clock.now) == 1
    assert (pending_deletions(database), key_of(provider, str(leo))) == (0, None)


def test_nightly_key_deletion_failure_in_one_workspace_stops_no_other(
    provider: CrmUser, crm_factory: CrmFactory, world: CrmServiceWorld, database: Database,
    database_as: Callable[[str], Database],
) -> None:  # fmt: skip
    nora = crm_factory.create_user("nora-lind")
    both = sorted((provider, nora), key=lambda one: one.user_id)
    cleared = {one.user_id: one.create_client()["id"] for one in both}
    for one in both:
        clear_during_outage(one)

    class HalfBrokenKeys:
        def shred_clients(self, tenant: UUID, client_ids: Sequence[UUID]) -> None:
            if tenant == both[0].user_id:
                fail_like_an_outage(world.keyring, tenant, client_ids)
            world.keyring.shred_clients(tenant, client_ids)

    assert process_all_workspaces(database_as("crm_scheduled"), HalfBrokenKeys(), clock.now) == 1
    assert pending_deletions(database) == 1
    assert key_of(both[1], cleared[both[1].user_id]) is None


def test_clear_processes_inbox_of_clients_under_hold(
    provider: CrmUser, world: CrmServiceWorld, functions: Functions, database: Database
) -> None:
    booking = BookingFixture(provider_id=provider.user_id)
    provider.get("/clients")
    consumer = functions("CrmConsumer")
    deliver_events(consumer, booking.confirmed())
    (visit,) = provider.get("/visits").json["items"]
    assert visit["status"] == "planned"
    provider.post("/holds", {"clientId": visit["clientId"], "reason": "A court asked."})
    other = BookingFixture(provider_id=provider.user_id)
    deliver_events(consumer, booking.completed(), other.confirmed())
    with database.transaction() as work:
        # Copied to another id, it cannot be decrypted: its client is unknown.
        work.execute(
            "INSERT INTO crm.inbox (id, provider_id, kind, sealed, received_at)"
            " SELECT %s, provider_id, kind, sealed, received_at FROM crm.inbox LIMIT 1",
            (new_id(),),
        )

    with world.unlocked() as context:
        keys = KeyDeletion(context.work, world.audit_log(context), world.keyring)
        assert (
            clear_workspace(
                context, keys, provider.slug, f"delete all clients of {provider.slug}"
            ).held
            == 1
        )

    (after,) = provider.get("/visits").json["items"]
    assert (after["id"], after["status"]) == (visit["id"], "completed")
    assert provider.get("/inbox").json == {"waiting": 0, "failed": 1}
    provider.delete(f"/holds/{provider.get('/holds').json['items'][0]['id']}")
    assert (
        provider.delete(
            "/clients", json={"confirm": f"delete all clients of {provider.slug}"}
        ).json["counts"]["inbox"]
        == 1
    )


def test_key_deletion_requested_twice_is_not_lost(
    provider: CrmUser,
    world: CrmServiceWorld,
    database: Database,
    database_as: Callable[[str], Database],
) -> None:
    leo = provider.create_client("Leo")["id"]
    with database.transaction() as work:
        work.execute(
            "INSERT INTO crm.pending_key_deletions (provider_id, client_id, asked_at) VALUES (%s, %s, now())",
            (provider.user_id, leo),
        )

    def run_key_deletion() -> Iterator[None]:
        with database_as("crm_scheduled").transaction() as work:
            set_tenant(work, provider.user_id)
            keys = KeyDeletion(work, AuditLog(work, provider.user_id, clock.now), world.keyring)
            assert keys.process() == 1
            yield

    def erase_client() -> None:
        assert provider.delete(f"/clients/{leo}").status == 200

    assert run_while_waiting(database, run_key_deletion(), erase_client) == "done"
    assert (pending_deletions(database), key_of(provider, leo)) == (0, None)
