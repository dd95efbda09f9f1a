"""OpenVault against the emulator's DynamoDB and KMS: documents open at their own reference only."""

from uuid import uuid4

import pytest

from crm.vault import (
    ClientShredded,
    DecryptionFailed,
    DocumentRef,
    Inbox,
    Keyring,
    VaultNotCreated,
    VaultState,
)


def test_document_on_aws_emulator_is_opened_again(keyring: Keyring) -> None:
    tenant, client_id = uuid4(), uuid4()
    keyring.create(tenant)
    vault = keyring.open(tenant)
    vault.new_clients([client_id])
    place = DocumentRef("crm.clients", uuid4(), client_id)

    sealed = vault.seal(place, {"name": "Zoë", "tags": ["a", 1, None]})

    assert keyring.state(tenant) is VaultState.OPEN
    assert keyring.open(tenant).open(place, sealed) == {"name": "Zoë", "tags": ["a", 1, None]}
    with pytest.raises(DecryptionFailed):
        vault.open(DocumentRef("crm.visits", place.row_id, client_id), sealed)


def test_document_without_client_uses_the_tenant_key(keyring: Keyring) -> None:
    tenant = uuid4()
    keyring.create(tenant)
    place = DocumentRef("crm.settings", uuid4(), None)

    sealed = keyring.open(tenant).seal(place, {"note": "mine"})

    assert keyring.open(tenant).open(place, sealed) == {"note": "mine"}


def test_inbox_message_on_emulator_is_opened(keyring: Keyring, key_table: str) -> None:
    tenant = uuid4()
    with pytest.raises(VaultNotCreated):
        Inbox(key_table).seal(tenant, {}, {})
    keyring.create(tenant)

    sealed = Inbox(key_table).seal(tenant, {"at": "noon"}, {"booking": "7"})

    assert keyring.open(tenant).open_inbox(sealed, {"booking": "7"}) == {"at": "noon"}
    with pytest.raises(DecryptionFailed):
        keyring.open(tenant).open_inbox(sealed, {"booking": "8"})


def test_shredded_client_on_emulator_cannot_be_read(keyring: Keyring) -> None:
    tenant, clients = uuid4(), [uuid4() for _ in range(130)]
    keyring.create(tenant)
    vault = keyring.open(tenant)
    vault.new_clients(clients)
    places = [DocumentRef("crm.clients", one, one) for one in clients]
    sealed = [vault.seal(place, {"n": 1}) for place in places]

    keyring.shred_clients(tenant, clients[:60])

    later = keyring.open(tenant)
    later.load(clients)
    assert all(later.open(place, one) for place, one in zip(places[60:], sealed[60:], strict=True))
    for place, one in zip(places[:60], sealed[:60], strict=True):
        with pytest.raises(ClientShredded):
            later.open(place, one)
