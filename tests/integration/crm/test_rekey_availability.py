"""Failures during a re-key affect one client alone: the workspace stays open, and no data is lost."""

from datetime import timedelta
from uuid import UUID

import pytest

from crm import dependencies
from crm.domain.clients import ClientProfile, ClientStatus
from crm.domain.enums import ClientSource
from crm.repository.clients import ClientRepository
from crm.repository.rekey import EncryptedTable, RekeyRepository
from crm.service.unlocked_context import set_tenant
from crm.vault import OpenVault
from crm.vault.table import key_table_unavailable
from kit import clock
from kit.db import Database
from kit.ids import new_id
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_archives import EXPORT_PASSPHRASE, export_opened, import_file
from tests.factories.crm_rekey import RekeyFixture
from tests.fakes.vault_cloud import FakeCloud
from tests.integration.crm.test_merging import VISIT, post
from tests.integration.crm.test_rekey import Opened

LIST = "name,phone\nLeo Brandt,+49 30 1234567\n"
PATHS = ("/clients", "/visits", "/tasks", "/import", "/encryption")


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch, database_as: Opened) -> RekeyFixture:
    cloud = FakeCloud()
    cloud.install(monkeypatch)
    return RekeyFixture(database_as, cloud)


def statuses(user: CrmUser) -> set[int]:
    return {user.get(path).status for path in PATHS}


def add_client(database: Database, vault: OpenVault, **details: object) -> UUID:
    """Add a client with a vault that was opened at another time."""
    client_id, status = new_id(), ClientStatus(source=ClientSource.BOOKING)
    with database.transaction() as work:
        set_tenant(work, vault.tenant)
        profile = ClientProfile(name="Somebody", **details)  # type: ignore[arg-type]
        ClientRepository(work, vault).add(client_id, profile, status, clock.now())
    return client_id


@pytest.mark.slow
def test_rekey_same_account_in_two_clients_fails_no_request(
    provider: CrmUser, database: Database
) -> None:
    """A request that opened the vault before its keys changed cannot find a client that a later request added."""
    provider.create_client("Ada Stern")
    ring, account = dependencies.keyring(), new_id()
    stale = ring.open(provider.user_id)
    assert provider.post("/encryption/rotate").status == 200
    both = [
        add_client(database, one, account_id=account)
        for one in (ring.open(provider.user_id), stale)
    ]

    assert statuses(provider) == {200}
    answer = provider.post("/encryption/rekey")
    assert (answer.status, answer.json["clientsLeft"]) == (200, 0)

    assert statuses(provider) == {200}
    [group] = provider.get("/clients/duplicates").json["items"]
    assert group["sharedBy"] == ["account"]
    assert {one["id"] for one in group["clients"]} == {str(one) for one in both}
    for one in both:
        changed = provider.put(f"/clients/{one}", {"name": "Changed", "version": 1})
        assert changed.status == 200, changed.text
    first, second = sorted(map(str, both))
    merged = provider.post(f"/clients/{first}/merge", {"version": 2, "absorbedId": second})
    assert merged.status == 200, merged.text
    with database.transaction() as work:
        set_tenant(work, provider.user_id)
        found = ClientRepository(work, ring.open(provider.user_id)).ids_by_token(
            "account", account.hex
        )
    assert found == [UUID(first)]


@pytest.mark.slow
def test_rekey_same_import_row_in_two_clients_fails_no_request(provider: CrmUser) -> None:
    """Exporting, clearing, then importing the list and the archive gives two clients without any race."""
    import_file(provider, LIST)
    part = export_opened(provider)
    assert (
        provider.delete(
            "/clients", json={"confirm": f"delete all clients of {provider.slug}"}
        ).status
        == 200
    )
    import_file(provider, LIST)
    import_file(provider, part.content, exportPassphrase=EXPORT_PASSPHRASE)
    two = provider.get("/clients").json["items"]
    assert len(two) == 2
    [group] = provider.get("/clients/duplicates").json["items"]
    assert "import" in group["sharedBy"], "each client is found by the import key in its document"

    assert provider.post("/encryption/rotate").status == 200
    assert statuses(provider) == {200}
    assert provider.post("/encryption/rekey").json["clientsLeft"] == 0
    [group] = provider.get("/clients/duplicates").json["items"]
    assert "import" in group["sharedBy"]
    again = import_file(provider, LIST)
    assert again["counts"]["refused"] == 1, (
        "the row matches two clients, until the provider merges them"
    )
    assert len(provider.get("/clients").json["items"]) == 2


def test_rekey_failure_affects_one_client_alone(
    provider: CrmUser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = provider.create_client("Bad")["id"], provider.create_client("Good")["id"]
    reseal = RekeyRepository.reencrypt_client

    def fails(self: RekeyRepository, client_id: UUID) -> None:
        if str(client_id) == bad:
            raise LookupError
        reseal(self, client_id)

    monkeypatch.setattr(RekeyRepository, "reencrypt_client", fails)
    assert provider.post("/encryption/rotate").status == 200
    assert statuses(provider) == {200}
    with database.transaction() as work:
        rows = work.execute(
            "SELECT id, key_version, rekey_failed_at IS NOT NULL AS failed FROM crm.clients"
        ).fetchall()
    found = {str(row["id"]): (row["key_version"], row["failed"]) for row in rows}
    assert found == {bad: (1, True), good: (2, False)}


@pytest.mark.parametrize("step", ["reencrypt_provider_rows", "old_clients", "clear_old_keys_flag"])
def test_rekey_failed_step_fails_no_request(
    provider: CrmUser, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise LookupError

    provider.create_client("Leo Brandt")
    assert provider.post("/encryption/rotate").status == 200
    monkeypatch.setattr(RekeyRepository, step, fails)
    assert statuses(provider) == {200}
    assert provider.create_client("Ada Stern")["name"] == "Ada Stern"


def test_rekey_key_table_outage_answers_503(
    provider: CrmUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise key_table_unavailable()

    provider.create_client("Leo Brandt")
    assert provider.post("/encryption/rotate").status == 200
    monkeypatch.setattr(OpenVault, "begin_rekey", fails)
    assert provider.get("/clients").status == 503


def test_rekey_keeps_key_of_client_being_added(
    workspace: RekeyFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A re-key batch opened the vault; then the keys changed again, and a client is added under the new keys."""
    workspace.create_workspace(())
    with workspace.unlocked() as context:
        workspace.create_client(context, "Never Kept")
        context.work.rollback()
    workspace.keyring.rotate(workspace.provider_id)
    with workspace.unlocked() as context:
        workspace.rekey_job(context).process_batch()
    workspace.moment += timedelta(minutes=16)
    with workspace.unlocked() as late:
        workspace.keyring.rotate(workspace.provider_id)
        with workspace.unlocked(elsewhere=True) as newer:
            precious = workspace.create_client(newer, "Precious")
            # Not committed yet: the rows of the new client are invisible.
            workspace.rekey_job(late).process_small_batch()
    assert precious in workspace.ids_with_phone()
    assert [one["name"] for one in workspace.all_documents().values()] == ["Precious"]


def test_rekey_row_deleted_by_retention_meanwhile_stays_deleted(
    provider: CrmUser, database: Database, monkeypatch: pytest.MonkeyPatch, crm_factory: CrmFactory
) -> None:
    leo = provider.create_client("Leo Brandt")
    visit = post(provider, "/visits", VISIT | {"clientId": leo["id"]})
    read = RekeyRepository._client_rows
    waited: list[bool] = []

    def clear_notes_meanwhile(
        self: RekeyRepository, table: EncryptedTable, client_id: UUID
    ) -> object:
        rows = read(self, table, client_id)
        if table.name == "visits":
            with crm_factory.database.transaction() as work:
                # The nightly job skips locked rows: the next run processes them.
                cleared = work.execute(
                    "UPDATE crm.visits SET encrypted_payload = '' WHERE id IN"
                    " (SELECT id FROM crm.visits WHERE id = %s FOR UPDATE SKIP LOCKED)",
                    (visit["id"],),
                )
                waited.append(cleared.rowcount == 0)
        return rows

    monkeypatch.setattr(RekeyRepository, "_client_rows", clear_notes_meanwhile)
    assert provider.post("/encryption/rotate").status == 200
    assert provider.post("/encryption/rekey").json["clientsLeft"] == 0
    assert waited == [True]
