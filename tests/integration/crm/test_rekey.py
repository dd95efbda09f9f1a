"""Re-key job: killed at every step, with a stale writer, and run twice at once; no data is lost, no old key remains."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from crm.repository.rekey import CACHES, TABLES, RekeyRepository
from crm.repository.workspace_deletion import DELETED_TABLES, RETAINED_TABLES
from crm.vault import DecryptionFailed, Inbox
from kit.db import Database
from tests.factories.crm_rekey import RekeyFixture
from tests.fakes.vault_cloud import FakeCloud, ProcessKilledError

pytestmark = pytest.mark.slow

type Opened = Callable[[str], Database]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> FakeCloud:
    cloud = FakeCloud()
    cloud.install(monkeypatch)
    return cloud


@pytest.fixture
def workspace(cloud: FakeCloud, database_as: Opened) -> RekeyFixture:
    return RekeyFixture(database_as, cloud)


def test_rekey_tables_cover_every_encrypted_column(database: Database) -> None:
    with database.transaction() as work:
        rows = work.execute(
            "SELECT table_name AS t, column_name AS c FROM information_schema.columns"
            " WHERE table_schema = 'crm' AND (data_type = 'bytea' OR column_name = 'provider_id')"
        ).fetchall()
    sealed = {row["t"] for row in rows if row["c"] == "encrypted_payload"}
    assert sealed == {"clients", *CACHES, *(table.name for table in TABLES)}
    tokens = {row["t"] for row in rows if row["c"].endswith(("token", "blind_index"))}
    reindexed = {table.name for table in TABLES if table.blind_indexes}
    # The tokens of campaigns are never searched.
    assert tokens - {"campaigns"} == reindexed | {"client_search_tokens", "tags"}


def test_workspace_deletion_lists_cover_every_table(database: Database) -> None:
    with database.transaction() as work:
        rows = work.execute(
            """
            SELECT c.relname AS t, EXISTS (
                SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'
                AND k.confdeltype = 'c') AS follows
            FROM pg_class c WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r'
            """
        ).fetchall()
    table_names = {row["t"] for row in rows}
    cascaded = {row["t"] for row in rows if row["follows"]}
    assert table_names - cascaded <= {*DELETED_TABLES, *RETAINED_TABLES}
    assert set(DELETED_TABLES) <= table_names


def test_rekey_killed_at_every_step_resumes(workspace: RekeyFixture, cloud: FakeCloud) -> None:
    clients = set(workspace.create_workspace().values())
    expected, generation, step, killed = workspace.all_documents(), 1, 0, True
    while killed:
        step += 1
        workspace.keyring.rotate(workspace.provider_id)
        generation += 1
        killed = _crashes(workspace, cloud, (step + 1) // 2, after=step % 2 == 0)
        assert workspace.all_documents() == expected, step
        assert workspace.ids_with_phone() == clients, step

        progress = workspace.finish_rekey()

        assert (progress.clients_left, progress.running) == (0, False), step
        assert workspace.live_generations() == [generation], step
        assert workspace.generations_in_use() == {generation}, step
        assert workspace.all_documents() == expected, step
        assert workspace.ids_with_phone() == clients, step
        stand, may = workspace.stored_and_valid_area_tokens()
        assert stand == may, step
    assert step > 50


def _crashes(workspace: RekeyFixture, cloud: FakeCloud, call: int, *, after: bool) -> bool:
    """Run the whole job, killed at a call to keys or rows; return whether the call was reached."""
    cloud.calls.clear()
    name = "stop_after" if after else "stop_before"
    setattr(cloud, name, call)
    try:
        with workspace.unlocked(may_die=True) as unlocked:
            workspace.rekey_job(unlocked).process_batch()
        workspace.moment += timedelta(minutes=16)
        with workspace.unlocked(may_die=True) as unlocked:
            workspace.rekey_job(unlocked).process_batch()
    except ProcessKilledError:
        return True
    finally:
        setattr(cloud, name, 0)
    return False


def test_rekey_stale_writer_is_refused_without_loss(workspace: RekeyFixture) -> None:
    """A stale writer opened the keys before the change, and writes after the job has ended."""
    [client_id] = workspace.create_workspace().values()
    expected = workspace.all_documents()
    with workspace.unlocked() as stale:
        workspace.keyring.rotate(workspace.provider_id)
        _rekey_without_dropping(workspace)
        for table in TABLES[:2]:
            with pytest.raises(DecryptionFailed), stale.work.savepoint():
                workspace.write_document(stale, table, client_id)
    assert workspace.all_documents() == expected
    assert workspace.finish_rekey().running is False
    assert workspace.all_documents() == expected


def test_rekey_stale_writers_new_rows_are_reencrypted(workspace: RekeyFixture) -> None:
    workspace.create_workspace()
    task = next(table for table in TABLES if table.name == "tasks")
    with workspace.unlocked() as stale:
        workspace.keyring.rotate(workspace.provider_id)
        _rekey_without_dropping(workspace)
        late = workspace.create_client(stale, "Late Comer")
        workspace.write_document(stale, task, None)
    assert workspace.generations_in_use() == {1, 2}
    expected = workspace.all_documents()
    assert workspace.finish_rekey().running is False
    assert workspace.generations_in_use() == {2}
    assert workspace.all_documents() == expected
    assert late in workspace.ids_with_phone()


def test_rekey_waits_for_a_running_writer(workspace: RekeyFixture) -> None:
    [client_id] = workspace.create_workspace().values()
    workspace.keyring.rotate(workspace.provider_id)
    with workspace.unlocked() as writer:
        workspace.write_document(writer, TABLES[0], client_id)
        with workspace.unlocked(elsewhere=True) as unlocked:
            assert workspace.rekey_job(unlocked).process_batch().clients_left == 1, (
                "held by the writer: the next time"
            )
    expected = workspace.all_documents()
    assert workspace.finish_rekey().clients_left == 0
    assert workspace.all_documents() == expected


def test_rekey_two_jobs_share_the_work(workspace: RekeyFixture) -> None:
    clients = workspace.create_workspace(tuple(f"Client {number}" for number in range(4)))
    expected = workspace.all_documents()
    workspace.keyring.rotate(workspace.provider_id)
    with workspace.unlocked() as one, workspace.unlocked(elsewhere=True) as two:
        rows = RekeyRepository(one.work, one.vault)
        first, second = rows.old_clients(2, failed=False)
        assert rows.lock_client(first)
        one.vault.begin_rekey([first])
        rows.reencrypt_client(first)
        assert workspace.rekey_job(two).process_batch().clients_left == 1
        one.work.commit()
    assert workspace.ids_with_phone() == set(clients.values())
    assert second in clients.values()
    assert workspace.finish_rekey().running is False
    assert (workspace.all_documents(), workspace.generations_in_use()) == (expected, {2})


def test_rekey_tampered_document_does_not_block_other_clients(
    workspace: RekeyFixture, database: Database
) -> None:
    clients = workspace.create_workspace(("Leo Brandt", "Ada Stern"))
    expected = workspace.all_documents()
    with database.transaction() as work:
        work.execute(
            "UPDATE crm.visits SET encrypted_payload ="
            " overlay(encrypted_payload PLACING '\\x00' FROM 30) WHERE client_id = %s",
            (clients["Leo Brandt"],),
        )
    workspace.keyring.rotate(workspace.provider_id)
    progress = workspace.finish_rekey()
    assert (progress.clients_left, progress.unreadable, progress.running) == (1, 1, True)
    with database.transaction() as work:
        work.execute("DELETE FROM crm.visits WHERE client_id = %s", (clients["Leo Brandt"],))
    assert workspace.finish_rekey().running is False
    gone = expected.keys() - workspace.all_documents().keys()
    assert [one.split()[0] for one in gone] == ["visits"]


def test_rekey_client_without_key_is_skipped(workspace: RekeyFixture) -> None:
    [client_id] = workspace.create_workspace().values()
    workspace.keyring.rotate(workspace.provider_id)
    workspace.keyring.shred_client(workspace.provider_id, client_id)
    assert workspace.finish_rekey().running is False


def test_rekey_deletes_orphaned_client_keys(workspace: RekeyFixture) -> None:
    """A client key is created before the client's row: that transaction may have been rolled back."""
    workspace.create_workspace()
    with workspace.unlocked() as unlocked:
        workspace.create_client(unlocked, "Never Kept")
        unlocked.work.rollback()
    workspace.keyring.rotate(workspace.provider_id)
    assert workspace.finish_rekey().running is False


def test_rekey_keeps_generation_of_inbox_messages(
    workspace: RekeyFixture, database: Database
) -> None:
    workspace.create_workspace()
    context = {"kind": "booking", "id": "1"}
    sealed = Inbox("CrmKeys").seal(workspace.provider_id, {"secret": "waits"}, context)
    with database.transaction() as work:
        work.execute(
            "INSERT INTO crm.inbox (id, provider_id, kind, sealed, received_at)"
            " VALUES (gen_random_uuid(), %s, 'booking', %s, now())",
            (workspace.provider_id, sealed),
        )
    workspace.keyring.rotate(workspace.provider_id)
    assert workspace.finish_rekey().running is True
    with workspace.unlocked() as unlocked:
        assert unlocked.vault.open_inbox(sealed, context) == {"secret": "waits"}
        unlocked.work.execute("DELETE FROM crm.inbox")
    assert workspace.finish_rekey().running is False


def test_rekey_requests_process_a_small_batch_each(workspace: RekeyFixture) -> None:
    workspace.create_workspace(tuple(f"Client {number}" for number in range(7)))
    workspace.keyring.rotate(workspace.provider_id)
    left = []
    for _ in range(3):
        with workspace.unlocked() as unlocked:
            workspace.rekey_job(unlocked).process_small_batch()
        left.append(workspace.count_old_clients())
    assert left == [2, 0, 0]


def _rekey_without_dropping(workspace: RekeyFixture) -> None:
    with workspace.unlocked(elsewhere=True) as unlocked:
        assert workspace.rekey_job(unlocked).process_batch().clients_left == 0
