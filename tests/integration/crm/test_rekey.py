"""Sealing a book anew: killed at every step, with a stale writer, twice at once; nothing is lost and nothing stays."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from crm.repository.rekey import CACHES, TABLES, RekeyRepository
from crm.repository.workspace_deletion import DELETED_TABLES, RETAINED_TABLES
from crm.vault import DecryptionFailed, Inbox
from kit.db import Database
from tests.factories.crm_sealed import SealedBook
from tests.fakes.vault_cloud import FakeCloud, ProcessKilledError

pytestmark = pytest.mark.slow

type Opened = Callable[[str], Database]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> FakeCloud:
    cloud = FakeCloud()
    cloud.install(monkeypatch)
    return cloud


@pytest.fixture
def book(cloud: FakeCloud, database_as: Opened) -> SealedBook:
    return SealedBook(database_as, cloud)


def test_rekey_tables_cover_every_encrypted_column(database: Database) -> None:
    with database.transaction() as work:
        rows = work.execute(
            "SELECT table_name AS t, column_name AS c FROM information_schema.columns"
            " WHERE table_schema = 'crm' AND (data_type = 'bytea' OR column_name = 'provider_id')"
        ).fetchall()
    sealed = {row["t"] for row in rows if row["c"] == "encrypted_payload"}
    assert sealed == {"clients", *CACHES, *(table.name for table in TABLES)}
    tokens = {row["t"] for row in rows if row["c"].endswith("token")}
    anew = {table.name for table in TABLES if table.blind_indexes}
    # By those of announcements nothing is ever searched.
    assert tokens - {"campaigns"} == anew | {"client_search_tokens", "tags"}


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
    every = {row["t"] for row in rows}
    follow = {row["t"] for row in rows if row["follows"]}
    assert every - follow <= {*DELETED_TABLES, *RETAINED_TABLES}
    assert set(DELETED_TABLES) <= every


def test_rekey_killed_at_every_step_resumes(book: SealedBook, cloud: FakeCloud) -> None:
    clients = set(book.begin().values())
    expected, generation, step, killed = book.everything(), 1, 0, True
    while killed:
        step += 1
        book.keyring.rotate(book.provider_id)
        generation += 1
        killed = _dies(book, cloud, (step + 1) // 2, after=step % 2 == 0)
        assert book.everything() == expected, step
        assert book.found() == clients, step

        progress = book.settle()

        assert (progress.clients_left, progress.running) == (0, False), step
        assert book.live() == [generation], step
        assert book.generations_written() == {generation}, step
        assert book.everything() == expected, step
        assert book.found() == clients, step
        stand, may = book.areas()
        assert stand == may, step
    assert step > 50


def _dies(book: SealedBook, cloud: FakeCloud, call: int, *, after: bool) -> bool:
    """Run the whole job with the function dying at a call to keys or rows; tell whether it came so far."""
    cloud.calls.clear()
    name = "stop_after" if after else "stop_before"
    setattr(cloud, name, call)
    try:
        with book.desk(may_die=True) as desk:
            book.rekey(desk).process_batch()
        book.moment += timedelta(minutes=16)
        with book.desk(may_die=True) as desk:
            book.rekey(desk).process_batch()
    except ProcessKilledError:
        return True
    finally:
        setattr(cloud, name, 0)
    return False


def test_rekey_stale_writer_is_refused_without_loss(book: SealedBook) -> None:
    """Its keys were opened before the change; it writes when the job is over."""
    [client_id] = book.begin().values()
    expected = book.everything()
    with book.desk() as stale:
        book.keyring.rotate(book.provider_id)
        _all_but_dropped(book)
        for table in TABLES[:2]:
            with pytest.raises(DecryptionFailed), stale.work.savepoint():
                book.write(stale, table, client_id)
    assert book.everything() == expected
    assert book.settle().running is False
    assert book.everything() == expected


def test_rekey_stale_writers_new_rows_are_reencrypted(book: SealedBook) -> None:
    book.begin()
    task = next(table for table in TABLES if table.name == "tasks")
    with book.desk() as stale:
        book.keyring.rotate(book.provider_id)
        _all_but_dropped(book)
        late = book.client(stale, "Late Comer")
        book.write(stale, task, None)
    assert book.generations_written() == {1, 2}
    expected = book.everything()
    assert book.settle().running is False
    assert book.generations_written() == {2}
    assert book.everything() == expected
    assert late in book.found()


def test_rekey_waits_for_a_running_writer(book: SealedBook) -> None:
    [client_id] = book.begin().values()
    book.keyring.rotate(book.provider_id)
    with book.desk() as writer:
        book.write(writer, TABLES[0], client_id)
        with book.desk(elsewhere=True) as desk:
            assert book.rekey(desk).process_batch().clients_left == 1, (
                "held by the writer: the next time"
            )
    expected = book.everything()
    assert book.settle().clients_left == 0
    assert book.everything() == expected


def test_rekey_two_jobs_share_the_work(book: SealedBook) -> None:
    clients = book.begin(tuple(f"Client {number}" for number in range(4)))
    expected = book.everything()
    book.keyring.rotate(book.provider_id)
    with book.desk() as one, book.desk(elsewhere=True) as two:
        rows = RekeyRepository(one.work, one.vault)
        first, second = rows.old_clients(2, failed=False)
        assert rows.lock_client(first)
        one.vault.begin_rekey([first])
        rows.reencrypt_client(first)
        assert book.rekey(two).process_batch().clients_left == 1
        one.work.commit()
    assert book.found() == set(clients.values())
    assert second in clients.values()
    assert book.settle().running is False
    assert (book.everything(), book.generations_written()) == (expected, {2})


def test_rekey_tampered_document_does_not_block_other_clients(
    book: SealedBook, database: Database
) -> None:
    clients = book.begin(("Leo Brandt", "Ada Stern"))
    expected = book.everything()
    with database.transaction() as work:
        work.execute(
            "UPDATE crm.visits SET encrypted_payload ="
            " overlay(encrypted_payload PLACING '\\x00' FROM 30) WHERE client_id = %s",
            (clients["Leo Brandt"],),
        )
    book.keyring.rotate(book.provider_id)
    progress = book.settle()
    assert (progress.clients_left, progress.unreadable, progress.running) == (1, 1, True)
    with database.transaction() as work:
        work.execute("DELETE FROM crm.visits WHERE client_id = %s", (clients["Leo Brandt"],))
    assert book.settle().running is False
    gone = expected.keys() - book.everything().keys()
    assert [one.split()[0] for one in gone] == ["visits"]


def test_rekey_client_without_key_is_skipped(book: SealedBook) -> None:
    [client_id] = book.begin().values()
    book.keyring.rotate(book.provider_id)
    book.keyring.shred_client(book.provider_id, client_id)
    assert book.settle().running is False


def test_rekey_deletes_orphaned_client_keys(book: SealedBook) -> None:
    """A key is made before its client's row: that transaction may have come to nothing."""
    book.begin()
    with book.desk() as desk:
        book.client(desk, "Never Kept")
        desk.work.rollback()
    book.keyring.rotate(book.provider_id)
    assert book.settle().running is False


def test_rekey_keeps_generation_of_inbox_messages(book: SealedBook, database: Database) -> None:
    book.begin()
    context = {"kind": "booking", "id": "1"}
    sealed = Inbox("CrmKeys").seal(book.provider_id, {"secret": "waits"}, context)
    with database.transaction() as work:
        work.execute(
            "INSERT INTO crm.inbox (id, provider_id, kind, sealed, received_at)"
            " VALUES (gen_random_uuid(), %s, 'booking', %s, now())",
            (book.provider_id, sealed),
        )
    book.keyring.rotate(book.provider_id)
    assert book.settle().running is True
    with book.desk() as desk:
        assert desk.vault.open_inbox(sealed, context) == {"secret": "waits"}
        desk.work.execute("DELETE FROM crm.inbox")
    assert book.settle().running is False


def test_rekey_requests_process_a_small_batch_each(book: SealedBook) -> None:
    book.begin(tuple(f"Client {number}" for number in range(7)))
    book.keyring.rotate(book.provider_id)
    left = []
    for _ in range(3):
        with book.desk() as desk:
            book.rekey(desk).process_small_batch()
        left.append(book.old_rows())
    assert left == [2, 0, 0]


def _all_but_dropped(book: SealedBook) -> None:
    with book.desk(elsewhere=True) as desk:
        assert book.rekey(desk).process_batch().clients_left == 0
