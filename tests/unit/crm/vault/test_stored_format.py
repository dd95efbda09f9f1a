"""Stored format: this version reads data of the first version, byte for byte.

written_earlier.json is a dump of a made-up vault with a passphrase: table, rows, messages, and the fake's KMS key. A
change of any label, order or encoding in the vault shows here; such a change needs a new version byte, not a new file.
"""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.unit.crm.vault.world import PASSPHRASE, World

EARLIER: dict[str, Any] = json.loads(Path(__file__).with_name("written_earlier.json").read_text())
TENANT, CLIENT = UUID(EARLIER["tenant"]), UUID(EARLIER["client"])


@pytest.fixture
def earlier(world: World) -> World:
    [(world.arn, key)] = EARLIER["kms"].items()
    world.cloud.kms.keys = {world.arn: bytes.fromhex(key)}
    for item in EARLIER["items"]:
        read = {
            name: {"B": b64decode(value["B"])} if "B" in value else value
            for name, value in item.items()
        }
        world.put(TENANT, item["item"]["S"], read)
    world.keyring = world.new_keyring()
    return world


def test_stored_vault_rows_messages_and_indexes_open(earlier: World) -> None:
    vault = earlier.keyring.open(TENANT, earlier.vault.UnlockToken("s1", EARLIER["secret"]))
    place = earlier.vault.DocumentRef
    rows = {name: bytes.fromhex(text) for name, text in EARLIER["rows"].items()}
    messages = [bytes.fromhex(text) for text in EARLIER["messages"]]

    visit = place("crm.visits", UUID(int=7), CLIENT)
    assert vault.open(visit, rows["visit"]) == {"written": "under 1"}
    new = place("crm.visits", UUID(int=9), CLIENT)
    assert vault.open(new, rows["new"]) == {"written": "under 2"}
    own = place("crm.settings", UUID(int=8), None)
    assert vault.open(own, rows["own"]) == {"written": "own, under 1"}
    for number, sealed in enumerate(messages, 1):
        context = {"event": "E", "id": str(6 + number)}
        assert vault.open_inbox(sealed, context) == {"written": f"message {number}"}
    found = [one.hex() for one in vault.blind_indexes("phone", "+493012345")]
    assert found == EARLIER["blind"]
    assert not vault.inbox_was_changed


def test_stored_vault_passphrase_and_code_unlock(earlier: World) -> None:
    secret = earlier.keyring.unlock(TENANT, "s2", PASSPHRASE, earlier.hour())
    assert earlier.keyring.open(TENANT, earlier.vault.UnlockToken("s2", secret)).generation == 2

    assert earlier.keyring.recover(TENANT, "s3", EARLIER["code"], "new", earlier.hour())
