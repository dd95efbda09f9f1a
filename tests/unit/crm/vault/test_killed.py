"""Each operation, stopped before and after every call that it makes: nothing is lost, and it can be repeated."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from kit.ids import new_id
from tests.fakes.vault_cloud import ProcessKilledError
from tests.unit.crm.vault.world import PASSPHRASE, World

pytestmark = pytest.mark.slow

NEW = "another mule"


class Book:
    """A world with two rows of its client, and what its rows say at the moment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = World(monkeypatch)
        vault = self.world.keyring.open(self.world.tenant)
        places = [self.world.place(), self.world.place("crm.clients")]
        self.rows = {place: vault.seal(place, {"row": place.table}) for place in places}
        self.message = self.world.inbox.seal(self.world.tenant, {"n": 1}, {})
        self.unlock: Any = None

    def locked(self) -> "Book":
        """Put a passphrase on it."""
        self.unlock = self.world.lock()
        return self

    def rotated(self) -> "Book":
        """Begin another generation, long enough ago."""
        self.world.keyring.rotate(self.world.tenant, self.unlock)
        self.world.moment += timedelta(minutes=20)
        return self

    def is_whole(self, unlock: Any = None, *, message: bool = True) -> None:
        """Every row is read, and new ones can be written, by an environment that remembers nothing."""
        world = self.world
        vault = world.new_keyring().open(world.tenant, unlock)
        for place, sealed in self.rows.items():
            assert vault.open(place, sealed) == {"row": place.table}
        generation = min(sealed[4] for sealed in self.rows.values())
        place = world.place()
        assert vault.open(place, vault.seal(place, {}, generation)) == {}
        own = world.vault.DocumentRef("crm.settings", place.row_id, None)
        assert vault.open(own, vault.seal(own, {})) == {}
        assert vault.open_inbox(world.inbox.seal(world.tenant, {"n": 2}, {}), {}) == {"n": 2}
        if message:
            assert vault.open_inbox(self.message, {}) == {"n": 1}

    def rekey(self) -> None:
        """Do what the job does; the rows are written at once, as a transaction is."""
        world = self.world
        vault = world.keyring.open(world.tenant, self.unlock)
        vault.begin_rekey([world.client_id])
        self.rows = {
            place: vault.seal(place, vault.open(place, sealed))
            for place, sealed in self.rows.items()
        }
        vault.finish_rekey([world.client_id])


def stopped(
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[Book], object],
    act: Callable[[Book], object],
) -> Iterator[tuple[Book, bool]]:
    """Yield the book after each possible stop of `act`, and whether it came to its end."""
    steps, over = 0, False
    while not over:
        steps += 1
        for stop in ("stop_before", "stop_after"):
            book = Book(monkeypatch)
            prepare(book)
            book.world.keyring = book.world.new_keyring()
            cloud = book.world.cloud
            cloud.calls.clear()
            setattr(cloud, stop, steps)
            with suppress(ProcessKilledError):
                act(book)
            over = len(cloud.calls) < steps
            cloud.stop_before = cloud.stop_after = 0
            yield book, over
    assert steps > 2


def test_enable(monkeypatch: pytest.MonkeyPatch) -> None:
    for book, over in stopped(
        monkeypatch,
        lambda book: None,
        lambda book: book.world.keyring.enable_passphrase(book.world.tenant, PASSPHRASE),
    ):
        world = book.world
        if world.keyring.state(world.tenant) == "open":
            assert not over
            book.is_whole()
            world.keyring.enable_passphrase(world.tenant, PASSPHRASE)
        book.is_whole(world.unlock())
        # Where the code was never seen, there is another one.
        code = world.keyring.new_recovery_code(world.tenant, PASSPHRASE)
        assert world.keyring.recover(world.tenant, "s2", code, NEW, world.hour())


def test_disable(monkeypatch: pytest.MonkeyPatch) -> None:
    for book, over in stopped(
        monkeypatch,
        lambda book: book.locked(),
        lambda book: book.world.keyring.disable_passphrase(book.world.tenant, book.unlock),
    ):
        world = book.world
        if world.keyring.state(world.tenant) == "passphrase":
            assert not over
            book.is_whole(book.unlock)
            world.keyring.disable_passphrase(world.tenant, book.unlock)
        book.is_whole()


def test_change_of_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    for book, over in stopped(
        monkeypatch,
        lambda book: book.locked(),
        lambda book: book.world.keyring.change_passphrase(book.world.tenant, PASSPHRASE, NEW),
    ):
        world, opening = book.world, []
        for passphrase in (PASSPHRASE, NEW):
            with suppress(world.vault.WrongPassphrase):
                book.is_whole(world.unlock("s2", passphrase))
                opening.append(passphrase)
        assert opening == [NEW] if over else opening in ([PASSPHRASE], [NEW])
        assert world.keyring.recover(world.tenant, "s3", world.code, NEW, world.hour())


def test_recovery(monkeypatch: pytest.MonkeyPatch) -> None:
    def recover(book: Book) -> None:
        world = book.world
        secret, world.code = world.keyring.recover(
            world.tenant, "s5", world.code, NEW, world.hour()
        )
        book.unlock = world.vault.UnlockToken("s5", secret)

    for book, over in stopped(monkeypatch, lambda book: book.locked(), recover):
        world, opening = book.world, []
        for passphrase in (PASSPHRASE, NEW):
            with suppress(world.vault.WrongPassphrase):
                book.is_whole(world.unlock("s2", passphrase))
                opening.append(passphrase)
        if over:
            book.is_whole(book.unlock)
        if opening == [PASSPHRASE]:
            assert not over
            recover(book)
        assert world.keyring.new_recovery_code(world.tenant, NEW)
        book.is_whole(world.unlock("s6", NEW))


@pytest.mark.parametrize("locked", [False, True], ids=["open", "locked"])
def test_rotate(monkeypatch: pytest.MonkeyPatch, *, locked: bool) -> None:
    for book, _ in stopped(
        monkeypatch,
        lambda book: locked and book.locked(),
        lambda book: book.world.keyring.rotate(book.world.tenant, book.unlock),
    ):
        book.is_whole(book.unlock)
        book.world.keyring.rotate(book.world.tenant, book.unlock)
        book.is_whole(book.unlock)


@pytest.mark.parametrize("locked", [False, True], ids=["open", "locked"])
def test_rekey_and_drop(monkeypatch: pytest.MonkeyPatch, *, locked: bool) -> None:
    def prepare(book: Book) -> None:
        if locked:
            book.locked()
        book.rotated()

    def rekey(book: Book) -> None:
        book.rekey()
        world = book.world
        assert world.keyring.drop_generation(world.tenant, book.unlock, 1)

    for book, over in stopped(monkeypatch, prepare, rekey):
        dropped = 1 not in book.world.new_keyring().open(book.world.tenant, book.unlock).generations
        assert dropped or not over
        book.is_whole(book.unlock, message=not dropped)
        rekey(book)
        book.is_whole(book.unlock, message=False)
        assert {sealed[4] for sealed in book.rows.values()} == {3 if locked else 2}


@pytest.mark.parametrize("recreate", [False, True])
def test_create(monkeypatch: pytest.MonkeyPatch, *, recreate: bool) -> None:
    def prepare(book: Book) -> None:
        if recreate:
            book.world.keyring.shred(book.world.tenant)
        else:
            book.world.tenant = new_id()

    for book, _ in stopped(
        monkeypatch,
        prepare,
        lambda book: book.world.keyring.create(book.world.tenant, recreate=recreate),
    ):
        world, book.rows = book.world, {}
        world.keyring.create(world.tenant, recreate=recreate)
        vault = world.keyring.open(world.tenant)
        vault.new_client(world.client_id)
        place = world.place()
        assert vault.open(place, vault.seal(place, {})) == {}
        assert vault.generations == [2 if recreate else 1]


def test_shred(monkeypatch: pytest.MonkeyPatch) -> None:
    for book, over in stopped(
        monkeypatch,
        lambda book: book.locked(),
        lambda book: book.world.keyring.shred(book.world.tenant),
    ):
        world = book.world
        if world.keyring.state(world.tenant) == "passphrase":
            assert not over
            book.is_whole(book.unlock)
        world.keyring.shred(world.tenant)
        assert world.names() == {"bundle"}
        with pytest.raises(world.vault.VaultDestroyed):
            world.keyring.open(world.tenant, book.unlock)


def test_panic(monkeypatch: pytest.MonkeyPatch) -> None:
    for book, over in stopped(
        monkeypatch,
        lambda book: book.locked(),
        lambda book: book.world.keyring.lock_all(book.world.tenant),
    ):
        world = book.world
        if "locked" in world.names():
            with pytest.raises(world.vault.UnlockExpired):
                world.keyring.open(world.tenant, book.unlock)
        else:
            assert not over
        world.keyring.lock_all(world.tenant)
        assert "session#s1" not in world.names()
        book.is_whole(world.unlock("s2"))


def test_new_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [new_id() for _ in range(150)]

    for book, _ in stopped(
        monkeypatch,
        lambda book: None,
        lambda book: book.world.keyring.open(book.world.tenant).new_clients(ids),
    ):
        vault = book.world.keyring.open(book.world.tenant)
        vault.new_clients(ids)
        later = book.world.new_keyring().open(book.world.tenant)
        for one in (ids[0], ids[99], ids[100], ids[149]):
            place = book.world.place(client_id=one)
            assert later.open(place, vault.seal(place, {})) == {}
        book.is_whole()
