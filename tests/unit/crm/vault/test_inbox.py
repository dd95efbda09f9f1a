"""The sealed inbox: written while the vault is locked, read when it is open, by nobody else."""

import pytest

from kit.errors import Unavailable
from kit.ids import new_id
from tests.unit.crm.vault.world import World

CONTEXT = {"event": "BookingConfirmed", "id": "7"}


def test_what_came_while_it_was_locked_is_read_later(world: World) -> None:
    unlock = world.lock()
    world.cloud.calls.clear()

    sealed = world.inbox.seal(world.tenant, {"at": "noon"}, CONTEXT)

    assert not [call for call in world.cloud.calls if call.startswith("kms")]
    assert b"noon" not in sealed
    vault = world.keyring.open(world.tenant, unlock)
    assert vault.open_inbox(sealed, dict(reversed(CONTEXT.items()))) == {"at": "noon"}


def test_another_context_does_not_open_it(world: World) -> None:
    sealed = world.inbox.seal(world.tenant, {"at": "noon"}, CONTEXT)
    vault = world.keyring.open(world.tenant)

    for other in (
        {},
        {"event": "BookingConfirmed"},
        {**CONTEXT, "id": "8"},
        {**CONTEXT, "more": ""},
        {"BookingConfirmed": "event", "id": "7"},
    ):
        with pytest.raises(world.vault.DecryptionFailed):
            vault.open_inbox(sealed, other)


def test_another_tenant_does_not_open_it_even_with_the_same_keys(world: World) -> None:
    sealed = world.inbox.seal(world.tenant, {"at": "noon"}, CONTEXT)
    vault = world.keyring.open(world.tenant)
    other = world.other_tenant()
    stolen = type(vault)(vault._clients._table, other, vault._keys, has_passphrase=False)

    for theirs in (world.keyring.open(other), stolen):
        with pytest.raises(world.vault.DecryptionFailed):
            theirs.open_inbox(sealed, CONTEXT)


def test_another_generation_does_not_open_it_even_with_the_same_key(world: World) -> None:
    sealed = world.inbox.seal(world.tenant, {"at": "noon"}, CONTEXT)
    vault = world.keyring.open(world.tenant)
    key = vault._keys.generations[1]
    twins = world.module("keys").Keys({1: key, 2: key})
    twin = type(vault)(vault._clients._table, world.tenant, twins, has_passphrase=False)

    assert twin.open_inbox(sealed, CONTEXT)
    with pytest.raises(world.vault.DecryptionFailed):
        twin.open_inbox(sealed[:4] + b"\x02" + sealed[5:], CONTEXT)


def test_a_change_of_any_byte_is_noticed(world: World) -> None:
    sealed = world.inbox.seal(world.tenant, {}, CONTEXT)
    vault = world.keyring.open(world.tenant)

    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(world.vault.DecryptionFailed):
            vault.open_inbox(bytes(changed), CONTEXT)
        with pytest.raises(world.vault.DecryptionFailed):
            vault.open_inbox(sealed[:index], CONTEXT)


def test_a_document_of_a_row_is_no_message(world: World) -> None:
    vault = world.keyring.open(world.tenant)

    with pytest.raises(world.vault.DecryptionFailed):
        vault.open_inbox(vault.seal(world.place(), {}), {})


def test_messages_of_older_generations_are_read_until_they_are_dropped(world: World) -> None:
    old = world.inbox.seal(world.tenant, {"n": 1}, CONTEXT)
    world.keyring.rotate(world.tenant)
    new = world.inbox.seal(world.tenant, {"n": 2}, CONTEXT)
    vault = world.keyring.open(world.tenant)

    assert [vault.open_inbox(one, CONTEXT)["n"] for one in (old, new)] == [1, 2]
    assert (old[4], new[4]) == (1, 2)
    keys = vault._keys.generations
    assert keys[1].inbox_secret != keys[2].inbox_secret


def test_nobody_without_a_vault_has_an_inbox(world: World) -> None:
    with pytest.raises(world.vault.VaultNotCreated):
        world.inbox.seal(new_id(), {}, {})
    world.keyring.shred(world.tenant)
    with pytest.raises(world.vault.VaultDestroyed):
        world.inbox.seal(world.tenant, {}, {})


def test_a_shredded_vault_takes_nothing_though_its_public_key_were_left(world: World) -> None:
    public = world.item("inbox")
    world.keyring.shred(world.tenant)
    world.put(world.tenant, "inbox", public)

    with pytest.raises(world.vault.VaultDestroyed):
        world.inbox.seal(world.tenant, {}, {})


def test_an_inbox_that_was_taken_away_is_an_outage(world: World) -> None:
    del world.cloud.dynamodb.items[str(world.tenant), "inbox"]

    with pytest.raises(Unavailable):
        world.inbox.seal(world.tenant, {}, {})


@pytest.mark.parametrize("missing", [False, True])
def test_a_changed_public_key_is_mended_and_told(world: World, *, missing: bool) -> None:
    other = world.other_tenant()
    assert not world.keyring.open(world.tenant).inbox_was_changed
    if missing:
        del world.cloud.dynamodb.items[str(world.tenant), "inbox"]
    else:
        world.put(world.tenant, "inbox", world.item("inbox", other))

    vault = world.keyring.open(world.tenant)

    assert vault.inbox_was_changed
    assert not world.keyring.open(world.tenant).inbox_was_changed
    sealed = world.inbox.seal(world.tenant, {"n": 1}, CONTEXT)
    assert vault.open_inbox(sealed, CONTEXT) == {"n": 1}


def test_mending_never_brings_an_older_key_back(world: World) -> None:
    store = world.keyring._store
    before = store.open(world.tenant, None)
    world.keyring.rotate(world.tenant)
    newer = dict(world.item("inbox"))

    stale = type(before)(before.bundle, before.keys, None, newer)

    assert not store.repair_inbox_key(world.tenant, stale)
    assert world.item("inbox") == newer
