"""Generations, re-keying, shredding, and concurrent writers."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from kit.errors import Unavailable
from kit.ids import new_id
from tests.unit.crm.vault.world import PASSPHRASE, World

DOCUMENT = {"name": "Zoë"}


def rekey(world: World, rows: dict[Any, bytes], unlock: Any = None) -> Any:
    """Re-key the rows of one client as the job does."""
    vault = world.keyring.open(world.tenant, unlock)
    vault.begin_rekey([world.client_id])
    new = {place: vault.seal(place, vault.open(place, sealed)) for place, sealed in rows.items()}
    rows.update(new)  # the commit
    vault.finish_rekey([world.client_id])
    return vault


def test_rekey_client_leaves_new_generation_alone(world: World) -> None:
    place = world.place()
    before = world.keyring.open(world.tenant).seal(place, DOCUMENT)
    world.keyring.rotate(world.tenant)
    stale = world.keyring.open(world.tenant)
    stale.load([world.client_id])
    rows = {place: before}

    job = rekey(world, rows)

    item = world.item(f"client#{world.client_id.hex}")
    assert set(item) == {"tenant", "item", "key_2"}
    assert rows[place][:5] == b"\x01\x00\x00\x00\x02"
    vault = world.new_keyring().open(world.tenant)
    assert vault.open(place, rows[place]) == DOCUMENT
    with pytest.raises(world.vault.RecordRekeyed):
        vault.open(place, before)
    for one in (vault, job):
        with pytest.raises(world.vault.RecordRekeyed):
            one.seal(place, DOCUMENT, 1)
    # A vault that loaded the older key still opens the row's older ciphertext.
    assert stale.open(place, before) == DOCUMENT


def test_client_key_differs_in_each_generation(world: World) -> None:
    world.keyring.rotate(world.tenant)
    vault, second = world.keyring.open(world.tenant), world.keyring.open(world.tenant)
    second.load([world.client_id])

    vault.begin_rekey([world.client_id])

    clients = vault._clients
    assert clients.key(world.client_id, 1) != clients.key(world.client_id, 2)
    item = deepcopy(world.item(f"client#{world.client_id.hex}"))
    for one in (vault, second, world.keyring.open(world.tenant)):
        one.begin_rekey([world.client_id])
        assert one._clients.key(world.client_id, 2) == clients.key(world.client_id, 2)
    assert world.item(f"client#{world.client_id.hex}") == item


def test_rekey_many_clients_reads_once_and_is_idempotent(world: World) -> None:
    clients = [new_id() for _ in range(30)]
    world.keyring.open(world.tenant).new_clients(clients)
    world.keyring.rotate(world.tenant)
    vaults = [world.keyring.open(world.tenant) for _ in range(4)]
    costs = []

    for vault, act in zip(vaults, ("begin", "begin", "finish", "finish"), strict=True):
        world.cloud.calls.clear()
        getattr(vault, f"{act}_rekey")(clients)
        costs.append([world.cloud.count(f"dynamodb.{one}_item") for one in ("batch_get", "update")])

    assert costs == [[1, 30], [1, 0], [1, 30], [1, 0]]


def test_finish_rekey_without_current_key_deletes_nothing(world: World) -> None:
    world.keyring.rotate(world.tenant)
    before = deepcopy(world.item(f"client#{world.client_id.hex}"))

    world.keyring.open(world.tenant).finish_rekey([world.client_id, new_id()])

    assert world.item(f"client#{world.client_id.hex}") == before


def test_finish_rekey_of_older_vault_keeps_newer_key(world: World) -> None:
    world.keyring.rotate(world.tenant)
    slow, slower = world.keyring.open(world.tenant), world.keyring.open(world.tenant)
    slow.begin_rekey([world.client_id])
    world.keyring.rotate(world.tenant)
    world.keyring.open(world.tenant).begin_rekey([world.client_id])

    slow.finish_rekey([world.client_id])
    slower.finish_rekey([world.client_id])

    assert set(world.item(f"client#{world.client_id.hex}")) >= {"key_2", "key_3"}
    world.keyring.open(world.tenant).finish_rekey([world.client_id])
    assert set(world.item(f"client#{world.client_id.hex}")) == {"tenant", "item", "key_3"}
    slow.finish_rekey([world.client_id])
    assert "key_3" in world.item(f"client#{world.client_id.hex}")


def test_rekey_shredded_client_creates_no_key(world: World) -> None:
    world.keyring.rotate(world.tenant)
    vault = world.keyring.open(world.tenant)
    world.keyring.shred_client(world.tenant, world.client_id)

    with pytest.raises(world.vault.ClientShredded):
        vault.begin_rekey([world.client_id])
    vault.finish_rekey([world.client_id])
    assert f"client#{world.client_id.hex}" not in world.names()


def test_drop_generation_unused_is_dropped(world: World) -> None:
    rows = {world.place(): world.keyring.open(world.tenant).seal(world.place(), DOCUMENT)}
    rows = {place: world.keyring.open(world.tenant).seal(place, DOCUMENT) for place in rows}
    world.keyring.rotate(world.tenant)
    world.moment += timedelta(minutes=15)
    drop = world.keyring.drop_generation

    with pytest.raises(world.vault.InvalidVaultState):
        drop(world.tenant, None, 2)
    assert not drop(world.tenant, None, 1)
    rekey(world, rows)
    assert drop(world.tenant, None, 1)

    assert drop(world.tenant, None, 1)
    vault = world.new_keyring().open(world.tenant)
    assert vault.generations == [2]
    assert [vault.open(place, sealed) for place, sealed in rows.items()] == [DOCUMENT]


def test_drop_generation_recently_retired_is_kept(world: World) -> None:
    world.keyring.rotate(world.tenant)
    rekey(world, {})
    world.moment += timedelta(minutes=14, seconds=59)
    world.keyring.rotate(world.tenant)
    rekey(world, {})

    assert not world.keyring.drop_generation(world.tenant, None, 1)
    world.moment += timedelta(seconds=1)
    assert not world.keyring.drop_generation(world.tenant, None, 2)
    assert world.keyring.drop_generation(world.tenant, None, 1)
    assert world.keyring.open(world.tenant).generations == [3, 2]


def test_drop_generation_checks_every_page_of_clients(world: World) -> None:
    world.cloud.dynamodb.page = 2
    others = [new_id() for _ in range(6)]
    world.keyring.open(world.tenant).new_clients(others)
    world.keyring.rotate(world.tenant)
    world.moment += timedelta(minutes=15)
    vault = world.keyring.open(world.tenant)
    everybody = [world.client_id, *others]
    last = max(everybody, key=lambda one: one.hex)
    moved = [one for one in everybody if one != last]
    vault.begin_rekey(moved)
    vault.finish_rekey(moved)

    assert not world.keyring.drop_generation(world.tenant, None, 1)


def test_shred_client_makes_documents_unreadable(world: World) -> None:
    place, other = world.place(), new_id()
    vault = world.keyring.open(world.tenant)
    vault.new_clients([other])
    sealed = vault.seal(place, DOCUMENT)
    world.cloud.calls.clear()

    world.keyring.shred_clients(world.tenant, [world.client_id, new_id()])

    assert world.cloud.calls == ["dynamodb.transact_write_items"]
    assert f"client#{other.hex}" in world.names()
    with pytest.raises(world.vault.ClientShredded):
        world.keyring.open(world.tenant).open(place, sealed)


def test_new_client_after_shred_gets_a_stored_key(world: World) -> None:
    """The key was destroyed after it was read: new documents must not be sealed under it."""
    place, vault = world.place(), world.keyring.open(world.tenant)
    vault.seal(place, DOCUMENT)
    world.keyring.shred_clients(world.tenant, [world.client_id])

    vault.new_clients([world.client_id])

    sealed = vault.seal(place, DOCUMENT)
    assert world.new_keyring().open(world.tenant).open(place, sealed) == DOCUMENT


def test_replace_client_keys_leaves_one_new_key(world: World) -> None:
    place, vault = world.place(), world.keyring.open(world.tenant)
    before = vault.seal(place, DOCUMENT)

    vault.replace_client_keys([world.client_id, new_id(), world.client_id])

    after, fresh = vault.seal(place, DOCUMENT), world.new_keyring().open(world.tenant)
    assert fresh.open(place, after) == DOCUMENT
    for one in (vault, fresh):
        with pytest.raises(world.vault.DecryptionFailed):
            one.open(place, before)


def test_shred_vault_makes_everything_unreadable(world: World) -> None:
    unlock, place = world.lock(), world.place()
    sealed = world.keyring.open(world.tenant, unlock).seal(place, DOCUMENT, 1)
    kept = deepcopy(world.cloud.dynamodb.items)
    world.cloud.dynamodb.page = 2
    other = world.other_tenant()
    world.cloud.calls.clear()

    world.keyring.shred(world.tenant)

    assert not [call for call in world.cloud.calls if call.startswith("kms")]
    assert world.names() == {"bundle"}
    assert set(world.item("bundle")) == {"tenant", "item", "vault_state", "version", "generation"}
    assert world.keyring.state(world.tenant) == "shredded"
    world.cloud.dynamodb.items.update(
        {
            key: item
            for key, item in kept.items()
            if key[1] != "bundle" and key[0] == str(world.tenant)
        }
    )
    refused: list[Callable[[], object]] = [
        lambda: world.keyring.open(world.tenant, unlock),
        lambda: world.keyring.unlock(world.tenant, "s2", PASSPHRASE, world.hour()),
        lambda: world.keyring.create(world.tenant),
        lambda: world.keyring.enable_passphrase(world.tenant, PASSPHRASE),
    ]
    for act in refused:
        with pytest.raises(world.vault.VaultDestroyed):
            act()
    assert world.keyring.open(other)
    world.keyring.create(world.tenant, recreate=True)
    with pytest.raises(world.vault.DecryptionFailed):
        world.keyring.open(world.tenant).open(place, sealed)
    with pytest.raises(world.vault.VaultNotCreated):
        world.keyring.shred(new_id())


def test_recreate_vault_continues_generation_numbers(world: World) -> None:
    world.keyring.rotate(world.tenant)
    world.keyring.shred(world.tenant)

    world.keyring.create(world.tenant, recreate=True)

    assert world.keyring.open(world.tenant).generations == [3]
    place = world.vault.DocumentRef("crm.settings", new_id(), None)
    vault = world.keyring.open(world.tenant)
    assert vault.open(place, vault.seal(place, DOCUMENT)) == DOCUMENT
    assert vault.open_inbox(world.inbox.seal(world.tenant, DOCUMENT, {}), {}) == DOCUMENT


def test_write_bundle_over_newer_version_is_refused(world: World) -> None:
    """Every change of the key bundle, overtaken by another between its read and its write."""
    unlock = world.lock()
    keyring = world.keyring
    changes: list[Callable[[], object]] = [
        lambda: keyring.change_passphrase(world.tenant, PASSPHRASE, "x"),
        lambda: keyring.new_recovery_code(world.tenant, PASSPHRASE),
        lambda: keyring.rotate(world.tenant, unlock),
        lambda: keyring.recover(world.tenant, "s2", world.code, "x", world.hour()),
        lambda: keyring.disable_passphrase(world.tenant, unlock),
        lambda: keyring.drop_generation(world.tenant, unlock, 1),
    ]
    keyring.open(world.tenant, unlock).begin_rekey([world.client_id])
    keyring.open(world.tenant, unlock).finish_rekey([world.client_id])
    world.moment += timedelta(minutes=20)
    overtakers: list[Callable[[], object]] = [
        lambda: world.new_keyring().rotate(world.tenant, unlock),
        lambda: world.new_keyring().shred(world.tenant),
    ]
    for overtake in overtakers:
        for change in changes:
            after = overtaken(world, change, overtake)
            assert after[str(world.tenant), "bundle"]["version"] == {"N": "3"}


def overtaken(world: World, change: Callable[[], object], overtake: Callable[[], object]) -> Any:
    dynamodb = world.cloud.dynamodb
    saved, transact = deepcopy(dynamodb.items), dynamodb.transact_write_items
    after: list[Any] = []

    def late(**asked: object) -> object:
        dynamodb.transact_write_items = transact  # type: ignore[method-assign]
        overtake()
        after.append(deepcopy(dynamodb.items))
        return transact(**asked)

    dynamodb.transact_write_items = late  # type: ignore[method-assign]
    with pytest.raises(world.vault.ConcurrentKeyChange):
        change()
    assert dynamodb.items == after[0]
    dynamodb.items = saved
    return after[0]


def test_transaction_conflict_is_retried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(world.module("table").time, "sleep", slept.append)
    world.cloud.dynamodb.conflicts = 3

    world.keyring.rotate(world.tenant)

    assert slept == sorted(slept)
    assert len(slept) == 3
    assert sum(slept) < 1

    assert world.keyring.open(world.tenant).generation == 2
    world.cloud.dynamodb.conflicts = 9
    with pytest.raises(Unavailable):
        world.keyring.rotate(world.tenant)


def test_batch_get_unprocessed_keys_are_requested_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(world.module("table").time, "sleep", slept.append)
    clients = [new_id() for _ in range(30)]
    world.keyring.open(world.tenant).new_clients(clients)
    world.cloud.dynamodb.unprocessed = 3

    vault = world.keyring.open(world.tenant)
    vault.load(clients)
    assert vault.seal(world.place(client_id=clients[-1]), DOCUMENT)
    assert len(slept) == 3
    world.cloud.dynamodb.conflicts = 2
    world.keyring.shred_clients(world.tenant, clients)
    assert len(slept) == 5

    assert world.names() == {"bundle", "inbox", f"client#{world.client_id.hex}"}
    world.cloud.dynamodb.unprocessed = 99
    with pytest.raises(Unavailable):
        vault.load([new_id() for _ in range(9)])
    world.cloud.dynamodb.conflicts = 99
    with pytest.raises(Unavailable):
        world.keyring.shred_clients(world.tenant, [new_id() for _ in range(9)])


def test_outage_is_not_retried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.module("table").time, "sleep", lambda _: None)
    world.cloud.unavailable = {"dynamodb"}
    world.cloud.calls.clear()

    with pytest.raises(Unavailable):
        world.keyring.lock_all(world.tenant)
    assert world.cloud.calls == ["dynamodb.update_item"]


def test_delete_orphaned_keys_deletes_expected_keys_only(world: World) -> None:
    wrapped_keys = world.module("client_keys").wrapped_keys
    name = f"client#{world.client_id.hex}"
    seen = wrapped_keys(world.item(name))
    world.keyring.rotate(world.tenant)

    vault = world.keyring.open(world.tenant)
    vault.begin_rekey([world.client_id])
    assert not world.keyring.delete_orphaned_keys(world.tenant, world.client_id, seen, 2)
    both = wrapped_keys(world.item(name))
    assert not world.keyring.delete_orphaned_keys(world.tenant, world.client_id, both, 2)
    world.put(world.tenant, name, {"key_3": {"B": both[2]}})
    assert not world.keyring.delete_orphaned_keys(world.tenant, world.client_id, seen, 2)
    world.put(world.tenant, name, {"key_1": {"B": both[2]}})
    assert not world.keyring.delete_orphaned_keys(world.tenant, world.client_id, seen, 2)
    assert name in world.names()

    world.put(world.tenant, name, {"key_1": {"B": seen[1]}})
    assert world.keyring.delete_orphaned_keys(world.tenant, world.client_id, seen, 2)
    assert name not in world.names()
    assert not world.keyring.delete_orphaned_keys(world.tenant, world.client_id, seen, 2)
