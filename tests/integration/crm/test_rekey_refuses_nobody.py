"""What goes wrong while a book is sealed anew is that entry's alone: it never shuts the book, and loses nothing."""

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
def book(monkeypatch: pytest.MonkeyPatch, database_as: Opened) -> RekeyFixture:
    cloud = FakeCloud()
    cloud.install(monkeypatch)
    return RekeyFixture(database_as, cloud)


def statuses(user: CrmUser) -> set[int]:
    return {user.get(path).status for path in PATHS}


def keep(database: Database, vault: OpenVault, **details: object) -> UUID:
    """Keep somebody with a vault that was opened at another time."""
    client_id, standing = new_id(), ClientStatus(source=ClientSource.BOOKING)
    with database.transaction() as work:
        set_tenant(work, vault.tenant)
        known = ClientProfile(name="Somebody", **details)  # type: ignore[arg-type]
        ClientRepository(work, vault).add(client_id, known, standing, clock.now())
    return client_id


@pytest.mark.slow
def test_one_account_in_two_entries_keeps_nobody_out(provider: CrmUser, database: Database) -> None:
    """A request that opened the book before its keys changed cannot see whom a later one has kept."""
    provider.create_client("Ada Stern")
    ring, account = dependencies.keyring(), new_id()
    stale = ring.open(provider.user_id)
    assert provider.post("/encryption/rotate").status == 200
    both = [keep(database, one, account_id=account) for one in (ring.open(provider.user_id), stale)]

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
def test_one_row_of_a_list_in_two_entries_keeps_nobody_out(provider: CrmUser) -> None:
    """Export, wipe, bring in the list and then the archive: no race is needed for it."""
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
    assert "import" in group["sharedBy"], "each is found by what its document says"

    assert provider.post("/encryption/rotate").status == 200
    assert statuses(provider) == {200}
    assert provider.post("/encryption/rekey").json["clientsLeft"] == 0
    [group] = provider.get("/clients/duplicates").json["items"]
    assert "import" in group["sharedBy"]
    again = import_file(provider, LIST)
    assert again["counts"]["refused"] == 1, "it is one of two: she says which, by merging them"
    assert len(provider.get("/clients").json["items"]) == 2


def test_whatever_fails_is_that_clients_alone(
    provider: CrmUser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = provider.create_client("Bad")["id"], provider.create_client("Good")["id"]
    reseal = RekeyRepository.reencrypt_client

    def fails(self: RekeyRepository, client_id: UUID) -> None:
        if str(client_id) == bad:
            raise LookupError
        reseal(self, client_id)

    monkeypatch.setattr(RekeyRepository, "reseal_client", fails)
    assert provider.post("/encryption/rotate").status == 200
    assert statuses(provider) == {200}
    with database.transaction() as work:
        rows = work.execute(
            "SELECT id, key_version, rekey_failed_at IS NOT NULL AS failed FROM crm.clients"
        ).fetchall()
    found = {str(row["id"]): (row["key_version"], row["failed"]) for row in rows}
    assert found == {bad: (1, True), good: (2, False)}


@pytest.mark.parametrize("step", ["reseal_own_rows", "old_clients", "clear_old_keys_flag"])
def test_a_step_that_fails_refuses_no_request(
    provider: CrmUser, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise LookupError

    provider.create_client("Leo Brandt")
    assert provider.post("/encryption/rotate").status == 200
    monkeypatch.setattr(RekeyRepository, step, fails)
    assert statuses(provider) == {200}
    assert provider.create_client("Ada Stern")["name"] == "Ada Stern"


def test_keys_that_are_away_are_still_said(
    provider: CrmUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise key_table_unavailable()

    provider.create_client("Leo Brandt")
    assert provider.post("/encryption/rotate").status == 200
    monkeypatch.setattr(OpenVault, "begin_rekey", fails)
    assert provider.get("/clients").status == 503


def test_the_key_of_who_is_being_added_under_later_keys_is_nobodys_to_sweep(
    book: RekeyFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slice opened the book; then the keys changed once more, and somebody is added under these."""
    book.create_workspace(())
    with book.unlocked() as desk:
        book.create_client(desk, "Never Kept")
        desk.work.rollback()
    book.keyring.rotate(book.provider_id)
    with book.unlocked() as desk:
        book.rekey_job(desk).process_batch()
    book.moment += timedelta(minutes=16)
    with book.unlocked() as late:
        book.keyring.rotate(book.provider_id)
        with book.unlocked(elsewhere=True) as newer:
            precious = book.create_client(newer, "Precious")
            # Not committed yet: no row of theirs is seen.
            book.rekey_job(late).process_small_batch()
    assert precious in book.ids_with_phone()
    assert [one["name"] for one in book.all_documents().values()] == ["Precious"]


def test_what_the_night_took_while_a_client_is_sealed_anew_stays_gone(
    provider: CrmUser, database: Database, monkeypatch: pytest.MonkeyPatch, crm_factory: CrmFactory
) -> None:
    leo = provider.create_client("Leo Brandt")
    visit = post(provider, "/visits", VISIT | {"clientId": leo["id"]})
    read = RekeyRepository._client_rows
    waited: list[bool] = []

    def meanwhile(self: RekeyRepository, table: EncryptedTable, client_id: UUID) -> object:
        rows = read(self, table, client_id)
        if table.name == "visits":
            with crm_factory.database.transaction() as work:
                # The night waits for nobody: what is in hand it takes the next time.
                taken = work.execute(
                    "UPDATE crm.visits SET encrypted_payload = '' WHERE id IN"
                    " (SELECT id FROM crm.visits WHERE id = %s FOR UPDATE SKIP LOCKED)",
                    (visit["id"],),
                )
                waited.append(taken.rowcount == 0)
        return rows

    monkeypatch.setattr(RekeyRepository, "_of_client", meanwhile)
    assert provider.post("/encryption/rotate").status == 200
    assert provider.post("/encryption/rekey").json["clientsLeft"] == 0
    assert waited == [True]
