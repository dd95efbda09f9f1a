"""Sealed inbox: written while the vault is locked, and decrypted only by the unlocked vault."""

import pytest

from kit.errors import Unavailable
from kit.ids import new_id
from tests.unit.crm.vault.world import World

CONTEXT = {"event": "BookingConfirmed", "id": "7"}


def test_inbox_message_sealed_while_locked_is_read_later(world: World) -> None:
    unlock = world.lock()
    world.cloud.calls.clear()

    sealed = world.inbox.seal(world.tenant, {"at": "noon"}, CONTEXT)

    assert not [call for call in world.cloud.calls if call.startswith("kms")]
    assert b"noon" not in sealed
    vault = world.keyring.open(world.tenant, unlock)
    assert vault.open_inbox(sealed, dict(reversed(CONTEXT.items()))) == {"at": "noon"}


def test_inbox_message_with_other_context_does_not_open(world: World) -> None:
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


def test_inbox_message_of_other_tenant_with_same_keys_does_not_open(world: World) -> None:
    sealed = world.inbox.seal(world.tenant, {"at": "noon"}, CONTEXT)
    vault = world.keyring.open(world.tenant)
    other = world.other_tenant()
    stolen = type(vault)(vault._clients._table, other, vault._keys, has_passphrase=False)

    for theirs in (world.keyring.open(other), stolen):
        with pytest.raises(world.vault.DecryptionFailed):
            theirs.open_inbox(sealed, CONTEXT)


def test_inbox_message_of_other_generation_with_same_key_does_not_open(world: World) -> None:
    sealed = world.inbox.seal(world.tenant, {"at": "noon"}, CONTEXT)
    vault = world.keyring.open(world.tenant)
    key = vault._keys.generations[1]
    twins = world.module("keys").Keys({1: key, 2: key})
    twin = type(vault)(vault._clients._table, world.tenant, twins, has_passphrase=False)

    assert twin.open_inbox(sealed, CONTEXT)
    with pytest.raises(world.vault.DecryptionFailed):
        twin.open_inbox(sealed[:4] + b"\x02" + sealed[5:], CONTEXT)


def test_inbox_message_with_changed_byte_does_not_open(world: World) -> None:
    sealed = world.inbox.seal(world.tenant, {}, CONTEXT)
    vault = world.keyring.open(world.tenant)

    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(world.vault.DecryptionFailed):
            vault.open_inbox(bytes(changed), CONTEXT)
        with pytest.raises(world.vault.DecryptionFailed):
            vault.open_inbox(sealed[:index], CONTEXT)


def test_document_as_inbox_message_does_not_open(world: World) -> None:
    vault = world.keyring.open(world.tenant)

    with pytest.raises(world.vault.DecryptionFailed):
        vault.open_inbox(vault.seal(world.place(), {}), {})


def test_inbox_messages_of_older_generations_open_until_dropped(world: World) -> None:
    old = world.inbox.seal(world.tenant, {"n": 1}, CONTEXT)
    world.keyring.rotate(world.tenant)
    new = world.inbox.seal(world.tenant, {"n": 2}, CONTEXT)
    vault = world.keyring.open(world.tenant)

    assert [vault.open_inbox(one, CONTEXT)["n"] for one in (old, new)] == [1, 2]
    assert (old[4], new[4]) == (1, 2)
    keys = vault._keys.generations
    assert keys[1].inbox_secret != keys[2].inbox_secret


def test_inbox_without_vault_is_refused(world: World) -> None:
    with pytest.raises(world.vault.VaultNotCreated):
        world.inbox.seal(new_id(), {}, {})
    world.keyring.shred(world.tenant)
    with pytest.raises(world.vault.VaultDestroyed):
        world.inbox.seal(world.tenant, {}, {})


def test_inbox_of_shredded_vault_with_public_key_is_refused(world: World) -> None:
    public = world.item("inbox")
    world.keyring.shred(world.tenant)
    world.put(world.tenant, "inbox", public)

    with pytest.raises(world.vault.VaultDestroyed):
        world.inbox.seal(world.tenant, {}, {})


def test_inbox_item_missing_raises_unavailable(world: World) -> None:
    del world.cloud.dynamodb.items[str(world.tenant), "inbox"]

    with pytest.raises(Unavailable):
        world.inbox.seal(world.tenant, {}, {})


@pytest.mark.parametrize("missing", [False, True])
def test_inbox_public_key_changed_is_repaired_and_reported(world: World, *, missing: bool) -> None:
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


def test_inbox_repair_restores_no_older_key(world: World) -> None:
    store = world.keyring._store
    before = store.open(world.tenant, None)
    world.keyring.rotate(world.tenant)
    newer = dict(world.item("inbox"))

    stale = type(before)(before.bundle, before.keys, None, newer)

    assert not store.repair_inbox_key(world.tenant, stale)
    assert world.item("inbox") == newer
