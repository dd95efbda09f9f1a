"""Vault operations, killed before and after each of their calls: no data is lost, and a retry succeeds."""

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


class VaultWithRows:
    """World with two documents of its client, and their present ciphertexts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = World(monkeypatch)
        vault = self.world.keyring.open(self.world.tenant)
        places = [self.world.place(), self.world.place("crm.clients")]
        self.rows = {place: vault.seal(place, {"row": place.table}) for place in places}
        self.message = self.world.inbox.seal(self.world.tenant, {"n": 1}, {})
        self.unlock: Any = None

    def lock(self) -> "VaultWithRows":
        """Enable a passphrase, and unlock."""
        self.unlock = self.world.lock()
        return self

    def rotate(self) -> "VaultWithRows":
        """Begin a new generation, and let its waiting time pass."""
        self.world.keyring.rotate(self.world.tenant, self.unlock)
        self.world.moment += timedelta(minutes=20)
        return self

    def check_complete(self, unlock: Any = None, *, message: bool = True) -> None:
        """Check that an environment without cached keys reads every document, and seals new ones."""
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
        """Re-key as the job does; the rows are written at once, like a transaction."""
        world = self.world
        vault = world.keyring.open(world.tenant, self.unlock)
        vault.begin_rekey([world.client_id])
        self.rows = {
            place: vault.seal(place, vault.open(place, sealed))
            for place, sealed in self.rows.items()
        }
        vault.finish_rekey([world.client_id])


def kill_at_each_call(
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[VaultWithRows], object],
    act: Callable[[VaultWithRows], object],
) -> Iterator[tuple[VaultWithRows, bool]]:
    """Yield the vault after each possible kill of `act`, and whether `act` completed."""
    steps, completed = 0, False
    while not completed:
        steps += 1
        for stop in ("stop_before", "stop_after"):
            vault_rows = VaultWithRows(monkeypatch)
            prepare(vault_rows)
            vault_rows.world.keyring = vault_rows.world.new_keyring()
            cloud = vault_rows.world.cloud
            cloud.calls.clear()
            setattr(cloud, stop, steps)
            with suppress(ProcessKilledError):
                act(vault_rows)
            completed = len(cloud.calls) < steps
            cloud.stop_before = cloud.stop_after = 0
            yield vault_rows, completed
    assert steps > 2


def test_enable_passphrase_killed_at_any_call_is_repeatable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for vault_rows, completed in kill_at_each_call(
        monkeypatch,
        lambda vault_rows: None,
        lambda vault_rows: vault_rows.world.keyring.enable_passphrase(
            vault_rows.world.tenant, PASSPHRASE
        ),
    ):
        world = vault_rows.world
        if world.keyring.state(world.tenant) == "open":
            assert not completed
            vault_rows.check_complete()
            world.keyring.enable_passphrase(world.tenant, PASSPHRASE)
        vault_rows.check_complete(world.unlock())
        # A code that was never shown is replaced by a new one.
        code = world.keyring.new_recovery_code(world.tenant, PASSPHRASE)
        assert world.keyring.recover(world.tenant, "s2", code, NEW, world.hour())


def test_disable_passphrase_killed_at_any_call_is_repeatable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for vault_rows, completed in kill_at_each_call(
        monkeypatch,
        lambda vault_rows: vault_rows.lock(),
        lambda vault_rows: vault_rows.world.keyring.disable_passphrase(
            vault_rows.world.tenant, vault_rows.unlock
        ),
    ):
        world = vault_rows.world
        if world.keyring.state(world.tenant) == "passphrase":
            assert not completed
            vault_rows.check_complete(vault_rows.unlock)
            world.keyring.disable_passphrase(world.tenant, vault_rows.unlock)
        vault_rows.check_complete()


def test_change_passphrase_killed_at_any_call_is_repeatable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for vault_rows, completed in kill_at_each_call(
        monkeypatch,
        lambda vault_rows: vault_rows.lock(),
        lambda vault_rows: vault_rows.world.keyring.change_passphrase(
            vault_rows.world.tenant, PASSPHRASE, NEW
        ),
    ):
        world, opening = vault_rows.world, []
        for passphrase in (PASSPHRASE, NEW):
            with suppress(world.vault.WrongPassphrase):
                vault_rows.check_complete(world.unlock("s2", passphrase))
                opening.append(passphrase)
        assert opening == [NEW] if completed else opening in ([PASSPHRASE], [NEW])
        assert world.keyring.recover(world.tenant, "s3", world.code, NEW, world.hour())


def test_recover_killed_at_any_call_is_repeatable(monkeypatch: pytest.MonkeyPatch) -> None:
    def recover(vault_rows: VaultWithRows) -> None:
        world = vault_rows.world
        secret, world.code = world.keyring.recover(
            world.tenant, "s5", world.code, NEW, world.hour()
        )
        vault_rows.unlock = world.vault.UnlockToken("s5", secret)

    for vault_rows, completed in kill_at_each_call(
        monkeypatch, lambda vault_rows: vault_rows.lock(), recover
    ):
        world, opening = vault_rows.world, []
        for passphrase in (PASSPHRASE, NEW):
            with suppress(world.vault.WrongPassphrase):
                vault_rows.check_complete(world.unlock("s2", passphrase))
                opening.append(passphrase)
        if completed:
            vault_rows.check_complete(vault_rows.unlock)
        if opening == [PASSPHRASE]:
            assert not completed
            recover(vault_rows)
        assert world.keyring.new_recovery_code(world.tenant, NEW)
        vault_rows.check_complete(world.unlock("s6", NEW))


@pytest.mark.parametrize("locked", [False, True], ids=["open", "locked"])
def test_rotate_killed_at_any_call_is_repeatable(
    monkeypatch: pytest.MonkeyPatch, *, locked: bool
) -> None:
    for vault_rows, _ in kill_at_each_call(
        monkeypatch,
        lambda vault_rows: locked and vault_rows.lock(),
        lambda vault_rows: vault_rows.world.keyring.rotate(
            vault_rows.world.tenant, vault_rows.unlock
        ),
    ):
        world, unlock = vault_rows.world, vault_rows.unlock
        vault_rows.check_complete(unlock)
        before = world.keyring.open(world.tenant, unlock).generation
        world.keyring.rotate(world.tenant, unlock)
        assert world.keyring.open(world.tenant, unlock).generation == before + 1
        vault_rows.check_complete(unlock)


@pytest.mark.parametrize("locked", [False, True], ids=["open", "locked"])
def test_rekey_and_drop_killed_at_any_call_are_repeatable(
    monkeypatch: pytest.MonkeyPatch, *, locked: bool
) -> None:
    def prepare(vault_rows: VaultWithRows) -> None:
        if locked:
            vault_rows.lock()
        vault_rows.rotate()

    def rekey(vault_rows: VaultWithRows) -> None:
        vault_rows.rekey()
        world = vault_rows.world
        assert world.keyring.drop_generation(world.tenant, vault_rows.unlock, 1)

    for vault_rows, completed in kill_at_each_call(monkeypatch, prepare, rekey):
        dropped = (
            1
            not in vault_rows.world.new_keyring()
            .open(vault_rows.world.tenant, vault_rows.unlock)
            .generations
        )
        assert dropped or not completed
        vault_rows.check_complete(vault_rows.unlock, message=not dropped)
        rekey(vault_rows)
        vault_rows.check_complete(vault_rows.unlock, message=False)
        assert {sealed[4] for sealed in vault_rows.rows.values()} == {3 if locked else 2}


@pytest.mark.parametrize("recreate", [False, True])
def test_create_vault_killed_at_any_call_is_repeatable(
    monkeypatch: pytest.MonkeyPatch, *, recreate: bool
) -> None:
    def prepare(vault_rows: VaultWithRows) -> None:
        if recreate:
            vault_rows.world.keyring.shred(vault_rows.world.tenant)
        else:
            vault_rows.world.tenant = new_id()

    for vault_rows, _ in kill_at_each_call(
        monkeypatch,
        prepare,
        lambda vault_rows: vault_rows.world.keyring.create(
            vault_rows.world.tenant, recreate=recreate
        ),
    ):
        world, vault_rows.rows = vault_rows.world, {}
        world.keyring.create(world.tenant, recreate=recreate)
        vault = world.keyring.open(world.tenant)
        vault.new_clients([world.client_id])
        place = world.place()
        assert vault.open(place, vault.seal(place, {})) == {}
        assert vault.generations == [2 if recreate else 1]


def test_shred_killed_at_any_call_is_repeatable(monkeypatch: pytest.MonkeyPatch) -> None:
    for vault_rows, completed in kill_at_each_call(
        monkeypatch,
        lambda vault_rows: vault_rows.lock(),
        lambda vault_rows: vault_rows.world.keyring.shred(vault_rows.world.tenant),
    ):
        world = vault_rows.world
        if world.keyring.state(world.tenant) == "passphrase":
            assert not completed
            vault_rows.check_complete(vault_rows.unlock)
        world.keyring.shred(world.tenant)
        assert world.names() == {"bundle"}
        with pytest.raises(world.vault.VaultDestroyed):
            world.keyring.open(world.tenant, vault_rows.unlock)


def test_lock_all_killed_at_any_call_is_repeatable(monkeypatch: pytest.MonkeyPatch) -> None:
    for vault_rows, completed in kill_at_each_call(
        monkeypatch,
        lambda vault_rows: vault_rows.lock(),
        lambda vault_rows: vault_rows.world.keyring.lock_all(vault_rows.world.tenant),
    ):
        world = vault_rows.world
        if "locked" in world.names():
            with pytest.raises(world.vault.UnlockExpired):
                world.keyring.open(world.tenant, vault_rows.unlock)
        else:
            assert not completed
        world.keyring.lock_all(world.tenant)
        assert "session#s1" not in world.names()
        vault_rows.check_complete(world.unlock("s2"))


def test_new_clients_killed_at_any_call_is_repeatable(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [new_id() for _ in range(150)]

    for vault_rows, _ in kill_at_each_call(
        monkeypatch,
        lambda vault_rows: None,
        lambda vault_rows: vault_rows.world.keyring.open(vault_rows.world.tenant).new_clients(ids),
    ):
        vault = vault_rows.world.keyring.open(vault_rows.world.tenant)
        vault.new_clients(ids)
        later = vault_rows.world.new_keyring().open(vault_rows.world.tenant)
        for one in (ids[0], ids[99], ids[100], ids[149]):
            place = vault_rows.world.place(client_id=one)
            assert later.open(place, vault.seal(place, {})) == {}
        vault_rows.check_complete()
