"""Theft of the rows and the key table, with every right on KMS, but without the passphrase.

The same attacker, with the same tools, reads a vault without passphrase entirely: this proves that the tools work.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from kit.errors import Unavailable
from kit.ids import new_id
from tests.unit.crm.vault.world import PASSPHRASE, World

SECRETS = [
    f"{word}-{number:02}-Zoë" for word in ("name", "phone", "street") for number in range(20)
]


class PlantedVault:
    """Rows with planted secrets, a shredded client among them, and the attacker's view of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: dict[Any, bytes] = {}
        self.blind: list[bytes] = []
        self.messages: list[bytes] = []

    @property
    def items(self) -> dict[UUID, dict[int, bytes]]:
        """Return the wrapped keys of the client."""
        world = self.world
        item = world.item(f"client#{world.client_id.hex}")
        return {world.client_id: world.module("client_keys").wrapped_keys(item)}

    def write(self, unlock: Any = None, generation: int | None = None) -> None:
        """Seal every secret as a document, a blind index and an inbox message."""
        world = self.world
        vault = world.keyring.open(world.tenant, unlock)
        for number, secret in enumerate(SECRETS):
            client_id = world.client_id if number % 3 else None
            place = world.vault.DocumentRef("crm.clients", new_id(), client_id)
            self.rows[place] = vault.seal(place, {"note": secret}, generation)
            self.blind.append(vault.blind_index("phone", secret))
            self.messages.append(world.inbox.seal(world.tenant, {"note": secret}, {}))

    def rekey(self, unlock: Any) -> None:
        """Re-encrypt every row under the current generation."""
        world = self.world
        vault = world.keyring.open(world.tenant, unlock)
        vault.begin_rekey([world.client_id])
        for place, sealed in self.rows.items():
            self.rows[place] = vault.seal(place, vault.open(place, sealed))
        vault.finish_rekey([world.client_id])

    def dump(self) -> list[bytes]:
        """Return everything that a dump of both databases holds."""
        items = self.world.cloud.dynamodb.items.values()
        texts = [value for item in items for kind in item.values() for value in kind.values()]
        blobs = [one if isinstance(one, bytes) else str(one).encode() for one in texts]
        return [*blobs, *self.rows.values(), *self.blind, *self.messages]

    def decrypt_with_kms(self) -> list[bytes]:
        """Return the plaintexts that KMS decrypts, under any encryption context."""
        world, found = self.world, []
        for (tenant, name), item in world.cloud.dynamodb.items.items():
            if name == "bundle":
                kms_message, unavailable = (
                    world.module("kms_message"),
                    world.module("table").key_table_unavailable(),
                )
                message = item["message"]["B"]
                found.append(kms_message.open_(world.arn, UUID(tenant), message, unavailable))
        return [part for text in found for part in unpack(text)]


def unpack(text: bytes) -> Iterator[bytes]:
    """Yield the text, and the texts in it that are encoded as JSON or base64."""
    yield text
    try:
        strings = [one for one in walk(json.loads(text)) if isinstance(one, str)]
    except ValueError:
        return
    for one in strings:
        try:
            yield from unpack(b64decode(one, validate=True))
        except Error:
            continue


def walk(value: Any) -> Iterator[Any]:
    yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from walk(one)


def encodings(secret: str) -> Iterator[bytes]:
    for text, codec in product((secret, secret.upper()), ("utf-8", "latin-1", "utf-16-le")):
        plain = text.encode(codec)
        yield plain
        yield plain.hex().encode()
        for offset in range(3):
            # The middle of the encoding is the same at any offset of a longer text.
            yield b64encode(bytes(offset) + plain)[4:-4]
    yield json.dumps(secret)[1:-1].encode()


def count_readable_rows(planted: PlantedVault, known: list[bytes]) -> int:
    """Try every 32 bytes of the known data as every kind of key; return how many of two rows were decrypted."""
    world = planted.world
    keys_module, inside = world.module("keys"), world.inside()
    places = [
        next(place for place in planted.rows if (place.client_id is None) == own) for own in (0, 1)
    ]
    pieces = {part[at : at + 32] for part in known for at in range(len(part) - 31)}
    rings = []
    for piece in sorted(pieces):
        one = keys_module.Generation(piece, piece, piece, world.moment)
        rings.append((keys_module.Keys(dict.fromkeys(range(1, 4), one)), piece))
        if isinstance(inside, world.module("passphrase").PassphraseProtectedKeys):
            with suppress(world.vault.DecryptionFailed):
                rings.append((inside.open(world.tenant, piece), piece))
    read = set()
    for (keys, piece), place, as_client_key in product(rings, places, (False, True)):
        vault = world.vault.OpenVault(
            world.keyring._table, world.tenant, keys, has_passphrase=False
        )
        if as_client_key:
            vault._clients._opened |= {(world.client_id, number): piece for number in range(1, 4)}
        else:
            vault._clients._items = planted.items
        with suppress(world.vault.DecryptionFailed):
            vault.open(place, planted.rows[place])
            read.add(place)
    return len(read)


def test_dump_without_passphrase_with_kms_is_readable(world: World) -> None:
    planted = PlantedVault(world)
    planted.write()

    assert count_readable_rows(planted, [world.item("bundle")["message"]["B"]]) == 0
    assert count_readable_rows(planted, planted.decrypt_with_kms()) == 2


@pytest.mark.slow
def test_dump_with_passphrase_is_unreadable(world: World) -> None:
    planted, unlock = PlantedVault(world), world.lock()
    planted.rekey(unlock)
    planted.write(unlock)
    world.unlock("s2")
    seen = [*planted.dump(), *planted.decrypt_with_kms()]

    everything = b"\n".join(seen)
    for secret in SECRETS:
        for one in (*encodings(secret), *encodings(PASSPHRASE), *encodings(world.code)):
            assert one not in everything
    assert count_readable_rows(planted, planted.decrypt_with_kms()) == 0


def test_dump_with_known_passphrase_is_readable(world: World) -> None:
    planted, unlock = PlantedVault(world), world.lock()
    planted.rekey(unlock)
    planted.write(unlock)
    lock_key = world.inside().lock_key_by_passphrase(world.tenant, PASSPHRASE)

    assert count_readable_rows(planted, [*planted.decrypt_with_kms(), lock_key]) == 2


def test_keys_stolen_before_passphrase_do_not_read_later_records(
    world: World,
) -> None:
    planted = PlantedVault(world)
    planted.write()
    before = planted.decrypt_with_kms()
    assert count_readable_rows(planted, before) == 2

    unlock = world.lock()
    planted.rekey(unlock)
    planted.write(unlock)

    assert count_readable_rows(planted, before) == 0


def test_dump_with_passphrase_without_kms_is_unreadable(world: World) -> None:
    world.lock()
    world.cloud.kms.disabled.add(world.arn)

    with pytest.raises(Unavailable):
        world.new_keyring().unlock(world.tenant, "s2", PASSPHRASE, world.hour())
    with pytest.raises(Unavailable):
        world.new_keyring().recover(world.tenant, "s2", world.code, "new", world.hour())


def test_unlock_stolen_ends_with_its_session(world: World) -> None:
    unlock = world.lock()
    backup = deepcopy(world.cloud.dynamodb.items)
    world.moment += timedelta(hours=1)
    world.cloud.dynamodb.items = backup

    with pytest.raises(world.vault.UnlockExpired):
        world.new_keyring().open(world.tenant, unlock)


def test_key_table_alone_allows_no_passphrase_guess(world: World) -> None:
    """Only one byte string in the table depends on the passphrase: the sealed key bundle, which KMS alone decrypts."""
    world.keyring.enable_passphrase(world.tenant, PASSPHRASE)
    before = deepcopy(world.item("bundle"))

    world.keyring.change_passphrase(world.tenant, PASSPHRASE, "another")

    changed = {name for name, value in world.item("bundle").items() if value != before[name]}
    assert changed == {"message", "version"}
    assert world.names() == {"bundle", "inbox", f"client#{world.client_id.hex}"}
