"""Sealing a book anew: killed at every step, with a stale writer, twice at once; nothing is lost and nothing stays."""

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
def book(cloud: FakeCloud, database_as: Opened) -> RekeyFixture:
    return RekeyFixture(database_as, cloud)


def test_every_table_with_documents_is_known(database: Database) -> None:
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


def test_every_table_is_emptied_or_kept(database: Database) -> None:
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


def test_killed_at_every_step_and_resumed(book: RekeyFixture, cloud: FakeCloud) -> None:
    clients = set(book.create_workspace().values())
    expected, generation, step, killed = book.all_documents(), 1, 0, True
    while killed:
        step += 1
        book.keyring.rotate(book.provider_id)
        generation += 1
        killed = _dies(book, cloud, (step + 1) // 2, after=step % 2 == 0)
        assert book.all_documents() == expected, step
        assert book.ids_with_phone() == clients, step

        progress = book.finish_rekey()

        assert (progress.clients_left, progress.running) == (0, False), step
        assert book.live_generations() == [generation], step
        assert book.generations_in_use() == {generation}, step
        assert book.all_documents() == expected, step
        assert book.ids_with_phone() == clients, step
        stand, may = book.stored_and_valid_area_tokens()
        assert stand == may, step
    assert step > 50


def _dies(book: RekeyFixture, cloud: FakeCloud, call: int, *, after: bool) -> bool:
    """Run the whole job with the function dying at a call to keys or rows; tell whether it came so far."""
    cloud.calls.clear()
    name = "stop_after" if after else "stop_before"
    setattr(cloud, name, call)
    try:
        with book.unlocked(may_die=True) as desk:
            book.rekey_job(desk).process_batch()
        book.moment += timedelta(minutes=16)
        with book.unlocked(may_die=True) as desk:
            book.rekey_job(desk).process_batch()
    except ProcessKilledError:
        return True
    finally:
        setattr(cloud, name, 0)
    return False


def test_a_stale_writer_loses_nothing(book: RekeyFixture) -> None:
    """Its keys were opened before the change; it writes when the job is over."""
    [client_id] = book.create_workspace().values()
    expected = book.all_documents()
    with book.unlocked() as stale:
        book.keyring.rotate(book.provider_id)
        _all_but_dropped(book)
        for table in TABLES[:2]:
            with pytest.raises(DecryptionFailed), stale.work.savepoint():
                book.write_document(stale, table, client_id)
    assert book.all_documents() == expected
    assert book.finish_rekey().running is False
    assert book.all_documents() == expected


def test_a_stale_writers_new_client_and_task_are_sealed_anew(book: RekeyFixture) -> None:
    book.create_workspace()
    task = next(table for table in TABLES if table.name == "tasks")
    with book.unlocked() as stale:
        book.keyring.rotate(book.provider_id)
        _all_but_dropped(book)
        late = book.create_client(stale, "Late Comer")
        book.write_document(stale, task, None)
    assert book.generations_in_use() == {1, 2}
    expected = book.all_documents()
    assert book.finish_rekey().running is False
    assert book.generations_in_use() == {2}
    assert book.all_documents() == expected
    assert late in book.ids_with_phone()


def test_a_writer_who_came_first_is_waited_for(book: RekeyFixture) -> None:
    [client_id] = book.create_workspace().values()
    book.keyring.rotate(book.provider_id)
    with book.unlocked() as writer:
        book.write_document(writer, TABLES[0], client_id)
        with book.unlocked(elsewhere=True) as desk:
            assert book.rekey_job(desk).process_batch().clients_left == 1, (
                "held by the writer: the next time"
            )
    expected = book.all_documents()
    assert book.finish_rekey().clients_left == 0
    assert book.all_documents() == expected


def test_two_at_once_share_the_work(book: RekeyFixture) -> None:
    clients = book.create_workspace(tuple(f"Client {number}" for number in range(4)))
    expected = book.all_documents()
    book.keyring.rotate(book.provider_id)
    with book.unlocked() as one, book.unlocked(elsewhere=True) as two:
        rows = RekeyRepository(one.work, one.vault)
        first, second = rows.old_clients(2, failed=False)
        assert rows.lock_client(first)
        one.vault.begin_rekey([first])
        rows.reencrypt_client(first)
        assert book.rekey_job(two).process_batch().clients_left == 1
        one.work.commit()
    assert book.ids_with_phone() == set(clients.values())
    assert second in clients.values()
    assert book.finish_rekey().running is False
    assert (book.all_documents(), book.generations_in_use()) == (expected, {2})


def test_an_entry_that_was_changed_keeps_nobody_else(
    book: RekeyFixture, database: Database
) -> None:
    clients = book.create_workspace(("Leo Brandt", "Ada Stern"))
    expected = book.all_documents()
    with database.transaction() as work:
        work.execute(
            "UPDATE crm.visits SET encrypted_payload ="
            " overlay(encrypted_payload PLACING '\\x00' FROM 30) WHERE client_id = %s",
            (clients["Leo Brandt"],),
        )
    book.keyring.rotate(book.provider_id)
    progress = book.finish_rekey()
    assert (progress.clients_left, progress.unreadable, progress.running) == (1, 1, True)
    with database.transaction() as work:
        work.execute("DELETE FROM crm.visits WHERE client_id = %s", (clients["Leo Brandt"],))
    assert book.finish_rekey().running is False
    gone = expected.keys() - book.all_documents().keys()
    assert [one.split()[0] for one in gone] == ["visits"]


def test_a_client_without_a_key_is_given_up(book: RekeyFixture) -> None:
    [client_id] = book.create_workspace().values()
    book.keyring.rotate(book.provider_id)
    book.keyring.shred_client(book.provider_id, client_id)
    assert book.finish_rekey().running is False


def test_keys_that_belong_to_nobody_are_swept(book: RekeyFixture) -> None:
    """A key is made before its client's row: that transaction may have come to nothing."""
    book.create_workspace()
    with book.unlocked() as desk:
        book.create_client(desk, "Never Kept")
        desk.work.rollback()
    book.keyring.rotate(book.provider_id)
    assert book.finish_rekey().running is False


def test_what_waits_in_the_inbox_keeps_its_keys(book: RekeyFixture, database: Database) -> None:
    book.create_workspace()
    context = {"kind": "booking", "id": "1"}
    sealed = Inbox("CrmKeys").seal(book.provider_id, {"secret": "waits"}, context)
    with database.transaction() as work:
        work.execute(
            "INSERT INTO crm.inbox (id, provider_id, kind, sealed, received_at)"
            " VALUES (gen_random_uuid(), %s, 'booking', %s, now())",
            (book.provider_id, sealed),
        )
    book.keyring.rotate(book.provider_id)
    assert book.finish_rekey().running is True
    with book.unlocked() as desk:
        assert desk.vault.open_inbox(sealed, context) == {"secret": "waits"}
        desk.work.execute("DELETE FROM crm.inbox")
    assert book.finish_rekey().running is False


def test_requests_do_a_little_each(book: RekeyFixture) -> None:
    book.create_workspace(tuple(f"Client {number}" for number in range(7)))
    book.keyring.rotate(book.provider_id)
    left = []
    for _ in range(3):
        with book.unlocked() as desk:
            book.rekey_job(desk).process_small_batch()
        left.append(book.count_old_clients())
    assert left == [2, 0, 0]


def _all_but_dropped(book: RekeyFixture) -> None:
    with book.unlocked(elsewhere=True) as desk:
        assert book.rekey_job(desk).process_batch().clients_left == 0
