"""Documents: a sealed document opens at its own reference only."""

from datetime import timedelta
from typing import Any

import pytest

from kit.ids import new_id
from tests.unit.crm.vault.world import World

DOCUMENT = {"name": "Zoë", "phone": "+49 30 1234", "tags": ["a", None, 1.5, {"b": True}]}


def test_document_sealed_is_opened_again(world: World) -> None:
    place = world.place()

    sealed = world.keyring.open(world.tenant).seal(place, DOCUMENT)

    assert world.new_keyring().open(world.tenant).open(place, sealed) == DOCUMENT


def test_document_without_client_is_opened_again(world: World) -> None:
    place = world.vault.DocumentRef("crm.settings", new_id(), None)

    sealed = world.keyring.open(world.tenant).seal(place, DOCUMENT)

    assert world.new_keyring().open(world.tenant).open(place, sealed) == DOCUMENT


def test_document_ciphertext_reveals_no_text(world: World) -> None:
    sealed = world.keyring.open(world.tenant).seal(world.place(), {"note": "planted secret"})

    assert b"planted" not in sealed
    assert b"note" not in sealed


def test_document_sealed_twice_differs(world: World) -> None:
    vault, place = world.keyring.open(world.tenant), world.place()

    sealed = {vault.seal(place, DOCUMENT) for _ in range(30)}

    # The nonces differ too: one nonce used twice under one key would reveal both documents.
    assert len({one[5:17] for one in sealed}) == 30


def test_document_at_other_row_or_table_does_not_open(world: World) -> None:
    vault, place = world.keyring.open(world.tenant), world.place()
    sealed = vault.seal(place, DOCUMENT)

    for other in (
        world.vault.DocumentRef("crm.clients", place.row_id, place.client_id),
        world.vault.DocumentRef(place.table, new_id(), place.client_id),
        world.vault.DocumentRef(place.table, place.row_id, None),
    ):
        with pytest.raises(world.vault.DecryptionFailed):
            vault.open(other, sealed)


def test_document_of_other_client_with_same_key_does_not_open(world: World) -> None:
    other = new_id()
    vault, place = world.keyring.open(world.tenant), world.place()
    vault.new_clients([other])
    sealed = vault.seal(place, DOCUMENT)
    other_ref = world.vault.DocumentRef(place.table, place.row_id, other)

    with pytest.raises(world.vault.DecryptionFailed):
        vault.open(other_ref, sealed)
    opened = vault._clients._opened
    opened[other, 1] = opened[world.client_id, 1]
    with pytest.raises(world.vault.DecryptionFailed):
        vault.open(other_ref, sealed)


def test_document_of_other_tenant_with_same_keys_does_not_open(world: World) -> None:
    vault, place = world.keyring.open(world.tenant), world.place()
    own = world.vault.DocumentRef("crm.settings", new_id(), None)
    sealed = [vault.seal(place, DOCUMENT), vault.seal(own, DOCUMENT)]
    other = world.other_tenant()
    theirs = world.keyring.open(other)
    theirs.new_clients([world.client_id])

    for where, one in zip([place, own], sealed, strict=True):
        with pytest.raises(world.vault.DecryptionFailed):
            theirs.open(where, one)
    stolen = type(vault)(vault._clients._table, other, vault._keys, has_passphrase=False)
    stolen._clients._opened[world.client_id, 1] = vault._clients.key(world.client_id, 1)
    for where, one in zip([place, own], sealed, strict=True):
        with pytest.raises(world.vault.DecryptionFailed):
            stolen.open(where, one)


def test_document_of_other_generation_with_same_key_does_not_open(world: World) -> None:
    world.keyring.rotate(world.tenant)
    vault, place = world.keyring.open(world.tenant), world.place()
    vault.begin_rekey([world.client_id])
    sealed = vault.seal(place, DOCUMENT, 1)
    moved = sealed[:4] + b"\x02" + sealed[5:]
    unknown = sealed[:4] + b"\x03" + sealed[5:]

    assert sealed[:5] == b"\x01\x00\x00\x00\x01"
    for one in (moved, unknown):
        with pytest.raises(world.vault.DecryptionFailed):
            vault.open(place, one)
    opened = vault._clients._opened
    opened[world.client_id, 2] = opened[world.client_id, 1]
    with pytest.raises(world.vault.DecryptionFailed):
        vault.open(place, moved)


def test_seal_under_missing_generation_is_refused(world: World) -> None:
    vault = world.keyring.open(world.tenant)

    with pytest.raises(world.vault.DecryptionFailed):
        vault.seal(world.place(), DOCUMENT, 2)
    with pytest.raises(world.vault.DecryptionFailed):
        vault.seal(world.vault.DocumentRef("crm.settings", new_id(), None), DOCUMENT, 2)


def test_document_with_changed_byte_does_not_open(world: World) -> None:
    vault, place = world.keyring.open(world.tenant), world.place()
    sealed = vault.seal(place, DOCUMENT)

    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(world.vault.DecryptionFailed):
            vault.open(place, bytes(changed))


def test_document_truncated_does_not_open(world: World) -> None:
    vault, place = world.keyring.open(world.tenant), world.place()
    sealed = vault.seal(place, DOCUMENT)

    for end in range(len(sealed)):
        with pytest.raises(world.vault.DecryptionFailed):
            vault.open(place, sealed[:end])
    with pytest.raises(world.vault.DecryptionFailed):
        vault.open(place, sealed + b"x")


def test_document_key_is_unique_per_document(world: World) -> None:
    vault, place = world.keyring.open(world.tenant), world.place()
    sealed = vault.seal(place, DOCUMENT)
    unwrap = world.module("primitives").unwrap

    with pytest.raises(world.vault.DecryptionFailed):
        unwrap(
            vault._clients.key(world.client_id, 1),
            sealed[5:],
            place.associated_data(world.tenant, 1),
        )


def test_document_that_is_a_list_does_not_open(world: World) -> None:
    primitives = world.module("primitives")
    vault, place = world.keyring.open(world.tenant), world.place()
    bound_to = place.associated_data(world.tenant, 1)
    key = primitives.derive(vault._clients.key(world.client_id, 1), bound_to)

    with pytest.raises(world.vault.DecryptionFailed):
        vault.open(place, b"\x01\x00\x00\x00\x01" + primitives.wrap(key, b"[1]", bound_to))


def test_document_empty_is_opened_again(world: World) -> None:
    primitives = world.module("primitives")
    key = primitives.new_key()

    assert primitives.unwrap(key, primitives.wrap(key, b"", b""), b"") == b""


def test_derived_keys_depend_on_the_root_key(world: World) -> None:
    vault, place = world.keyring.open(world.tenant), world.place()
    own = world.vault.DocumentRef("crm.settings", new_id(), None)
    sealed = vault.seal(own, DOCUMENT)
    others = world.module("keys").first_keys(1, world.moment)
    stranger = type(vault)(vault._clients._table, world.tenant, others, has_passphrase=False)

    assert stranger.blind_index("phone", "1") != vault.blind_index("phone", "1")
    with pytest.raises(world.vault.DecryptionFailed):
        stranger.open(own, sealed)
    with pytest.raises(world.vault.DecryptionFailed):
        stranger.open(place, vault.seal(place, DOCUMENT))


def test_length_prefixed_parts_are_unambiguous(world: World) -> None:
    length_prefixed = world.module("primitives").length_prefixed

    lists = [("a", "bc"), ("ab", "c"), ("abc",), ("abc", ""), ("", "abc"), ("a", "b", "c")]
    assert len({length_prefixed(*one) for one in lists}) == len(lists)


def test_blind_index_matches_equal_values_only(world: World) -> None:
    vault = world.keyring.open(world.tenant)
    theirs = world.keyring.open(world.other_tenant())

    found = vault.blind_index("phone", "+493012345")

    assert found == world.new_keyring().open(world.tenant).blind_index("phone", "+493012345")
    assert len(found) == 16
    for other in (
        vault.blind_index("email", "+493012345"),
        vault.blind_index("phone", "+493012346"),
        vault.blind_index("phon", "e+493012345"),
        theirs.blind_index("phone", "+493012345"),
    ):
        assert other != found


def test_blind_indexes_cover_every_live_generation(world: World) -> None:
    before = world.keyring.open(world.tenant).blind_index("phone", "+493012345")
    world.keyring.rotate(world.tenant)
    vault = world.keyring.open(world.tenant)

    assert vault.generations == [2, 1]
    assert vault.blind_indexes("phone", "+493012345") == [
        vault.blind_index("phone", "+493012345"),
        before,
    ]
    assert vault.blind_index("phone", "+493012345") != before


def test_seal_for_client_without_key_is_refused(world: World) -> None:
    vault, stranger = world.keyring.open(world.tenant), new_id()

    with pytest.raises(world.vault.ClientShredded):
        vault.seal(world.place(client_id=stranger), DOCUMENT)


def test_new_client_twice_keeps_its_key(world: World) -> None:
    place = world.place()
    sealed = world.keyring.open(world.tenant).seal(place, DOCUMENT)
    item = dict(world.item(f"client#{world.client_id.hex}"))

    more = [new_id() for _ in range(120)]
    world.keyring.open(world.tenant).new_clients([*more, world.client_id, *more])

    assert world.item(f"client#{world.client_id.hex}") == item
    vault = world.keyring.open(world.tenant)
    vault.load(more)
    assert vault.open(place, sealed) == DOCUMENT
    assert all(vault.seal(world.place(client_id=one), DOCUMENT) for one in more)


def test_new_client_concurrently_gives_one_key(world: World) -> None:
    first, second = world.keyring.open(world.tenant), world.keyring.open(world.tenant)
    both, place = new_id(), world.place()
    place = world.place(client_id=both)
    transact = world.cloud.dynamodb.transact_write_items

    def faster(**asked: object) -> object:
        world.cloud.dynamodb.transact_write_items = transact  # type: ignore[method-assign]
        second.new_clients([both])
        return transact(**asked)

    world.cloud.dynamodb.transact_write_items = faster  # type: ignore[method-assign]
    first.new_clients([both, new_id()])

    assert second.open(place, first.seal(place, DOCUMENT)) == DOCUMENT


def test_client_key_is_bound_to_client_tenant_and_generation(world: World) -> None:
    other = new_id()
    vault = world.keyring.open(world.tenant)
    vault.new_clients([other])
    name = f"client#{other.hex}"

    world.put(world.tenant, name, world.item(f"client#{world.client_id.hex}"))
    with pytest.raises(world.vault.DecryptionFailed):
        world.keyring.open(world.tenant).seal(world.place(client_id=other), DOCUMENT)

    theirs = world.other_tenant()
    world.put(theirs, f"client#{world.client_id.hex}", world.item(f"client#{world.client_id.hex}"))
    stolen = type(vault)(vault._clients._table, theirs, vault._keys, has_passphrase=False)
    with pytest.raises(world.vault.DecryptionFailed):
        stolen.seal(world.place(), DOCUMENT)

    root = vault._keys.generations[1]
    twins = world.module("keys").Keys({1: root, 2: root})
    item = world.item(f"client#{world.client_id.hex}")
    item["key_2"] = item["key_1"]
    twin = type(vault)(vault._clients._table, world.tenant, twins, has_passphrase=False)
    with pytest.raises(world.vault.DecryptionFailed):
        twin.seal(world.place(), DOCUMENT, 2)


def test_document_with_lone_surrogates_is_opened_again(world: World) -> None:
    vault, place = world.keyring.open(world.tenant), world.place()
    odd = {"a": "\ud800", "b": "\x00", "é": "e\u0301", "": ""}

    assert vault.open(place, vault.seal(place, odd)) == odd
    with pytest.raises(ValueError, match="not JSON"):
        vault.seal(place, {"a": float("nan")})


def test_vault_opened_before_rotation_raises_vault_rekeyed(world: World) -> None:
    own = world.vault.DocumentRef("crm.settings", new_id(), None)
    before, place = world.keyring.open(world.tenant), world.place()
    world.keyring.rotate(world.tenant)
    vault = world.keyring.open(world.tenant)
    vault.begin_rekey([world.client_id])

    for where in (place, own):
        with pytest.raises(world.vault.VaultRekeyed):
            before.open(where, vault.seal(where, DOCUMENT))
    with pytest.raises(world.vault.VaultRekeyed):
        before.seal(place, DOCUMENT, 2)


def test_document_of_future_generation_is_tampering(world: World) -> None:
    vault, place = world.keyring.open(world.tenant), world.place()
    sealed = vault.seal(place, DOCUMENT)

    def refused() -> Any:
        with pytest.raises(world.vault.DecryptionFailed) as error:
            vault.open(place, sealed[:4] + b"\x02" + sealed[5:])
        return error.type

    assert refused() is world.vault.DecryptionFailed
    del world.cloud.dynamodb.items[str(world.tenant), "inbox"]
    assert refused() is world.vault.DecryptionFailed


def test_document_of_dropped_generation_is_tampering(world: World) -> None:
    place = world.vault.DocumentRef("crm.settings", new_id(), None)
    sealed = world.keyring.open(world.tenant).seal(place, DOCUMENT)
    world.keyring.rotate(world.tenant)
    world.moment += timedelta(minutes=16)
    vault = world.keyring.open(world.tenant)
    vault.begin_rekey([world.client_id])
    vault.finish_rekey([world.client_id])
    assert world.keyring.drop_generation(world.tenant, None, 1)

    with pytest.raises(world.vault.DecryptionFailed) as error:
        world.keyring.open(world.tenant).open(place, sealed)
    assert error.type is world.vault.DecryptionFailed
