"""Generations, re-keying, shredding, and who comes second."""

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
    """Do what the job does with the rows of one client."""
    vault = world.keyring.open(world.tenant, unlock)
    vault.begin_rekey([world.client_id])
    new = {place: vault.seal(place, vault.open(place, sealed)) for place, sealed in rows.items()}
    rows.update(new)  # the commit
    vault.finish_rekey([world.client_id])
    return vault


def test_a_rekeyed_client_is_under_the_new_generation_alone(world: World) -> None:
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
    # Who loaded the older key before still reads the row that was read before.
    assert stale.open(place, before) == DOCUMENT


def test_a_client_has_another_key_in_each_generation(world: World) -> None:
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


def test_rekeying_many_reads_them_at_once_and_does_nothing_twice(world: World) -> None:
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


def test_finishing_needs_the_current_key(world: World) -> None:
    world.keyring.rotate(world.tenant)
    before = deepcopy(world.item(f"client#{world.client_id.hex}"))

    world.keyring.open(world.tenant).finish_rekey([world.client_id, new_id()])

    assert world.item(f"client#{world.client_id.hex}") == before


def test_a_job_of_before_does_not_take_the_newer_key(world: World) -> None:
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


def test_a_shredded_client_gets_no_key_by_rekeying(world: World) -> None:
    world.keyring.rotate(world.tenant)
    vault = world.keyring.open(world.tenant)
    world.keyring.shred_client(world.tenant, world.client_id)

    with pytest.raises(world.vault.ClientShredded):
        vault.begin_rekey([world.client_id])
    vault.finish_rekey([world.client_id])
    assert f"client#{world.client_id.hex}" not in world.names()


def test_a_generation_is_dropped_when_nothing_needs_it(world: World) -> None:
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


def test_a_generation_is_not_dropped_while_somebody_may_still_seal_under_it(world: World) -> None:
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


def test_a_client_on_a_later_page_is_seen(world: World) -> None:
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


def test_a_shredded_client_is_gone(world: World) -> None:
    place, other = world.place(), new_id()
    vault = world.keyring.open(world.tenant)
    vault.new_client(other)
    sealed = vault.seal(place, DOCUMENT)
    world.cloud.calls.clear()

    world.keyring.shred_clients(world.tenant, [world.client_id, new_id()])

    assert world.cloud.calls == ["dynamodb.transact_write_items"]
    assert f"client#{other.hex}" in world.names()
    with pytest.raises(world.vault.ClientShredded):
        world.keyring.open(world.tenant).open(place, sealed)


def test_who_is_kept_anew_gets_a_key_that_is_there(world: World) -> None:
    """Destroyed since it was read: what is sealed from now on must not be under it."""
    place, vault = world.place(), world.keyring.open(world.tenant)
    vault.seal(place, DOCUMENT)
    world.keyring.shred_clients(world.tenant, [world.client_id])

    vault.new_client(world.client_id)

    sealed = vault.seal(place, DOCUMENT)
    assert world.new_keyring().open(world.tenant).open(place, sealed) == DOCUMENT


def test_a_renewed_client_has_a_new_key_alone(world: World) -> None:
    place, vault = world.place(), world.keyring.open(world.tenant)
    before = vault.seal(place, DOCUMENT)

    vault.replace_client_keys([world.client_id, new_id(), world.client_id])

    after, fresh = vault.seal(place, DOCUMENT), world.new_keyring().open(world.tenant)
    assert fresh.open(place, after) == DOCUMENT
    for one in (vault, fresh):
        with pytest.raises(world.vault.DecryptionFailed):
            one.open(place, before)


def test_a_shredded_vault_is_gone(world: World) -> None:
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


def test_a_vault_begun_again_counts_on(world: World) -> None:
    world.keyring.rotate(world.tenant)
    world.keyring.shred(world.tenant)

    world.keyring.create(world.tenant, recreate=True)

    assert world.keyring.open(world.tenant).generations == [3]
    place = world.vault.DocumentRef("crm.settings", new_id(), None)
    vault = world.keyring.open(world.tenant)
    assert vault.open(place, vault.seal(place, DOCUMENT)) == DOCUMENT
    assert vault.open_inbox(world.inbox.seal(world.tenant, DOCUMENT, {}), {}) == DOCUMENT


def test_whoever_read_the_bag_before_does_not_write_it(world: World) -> None:
    """Every change of the bag, each overtaken by another between its reading and its writing."""
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


def test_two_transactions_that_meet_are_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_what_dynamodb_leaves_over_is_asked_again(
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


def test_an_outage_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.module("table").time, "sleep", lambda _: None)
    world.cloud.unavailable = {"dynamodb"}
    world.cloud.calls.clear()

    with pytest.raises(Unavailable):
        world.keyring.lock_all(world.tenant)
    assert world.cloud.calls == ["dynamodb.update_item"]


def test_what_is_swept_is_what_was_seen(world: World) -> None:
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
