"""Key bundle under KMS: bound to one tenant and one KMS key, and cached for at most a minute."""

import logging
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.identifiers import Algorithm

from kit.errors import Unavailable
from kit.ids import new_id
from tests.fakes.vault_cloud import client_error
from tests.unit.crm.vault.world import World


def test_vault_state_follows_each_operation(world: World) -> None:
    stranger = new_id()
    world.cloud.calls.clear()

    assert world.keyring.state(stranger) == "none"
    assert world.keyring.state(world.tenant) == "open"
    assert not [call for call in world.cloud.calls if call.startswith("kms")]
    with pytest.raises(world.vault.VaultNotCreated):
        world.keyring.open(stranger)


def test_create_vault_twice_keeps_the_first(world: World) -> None:
    item = dict(world.item("bundle"))

    world.keyring.create(world.tenant)

    assert world.item("bundle") == item
    assert item["generation"] == {"N": "1"}


def test_create_vault_concurrently_finds_the_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, other = new_id(), world.new_keyring()
    store = world.module("keyring")
    first_keys = store.first_keys

    def faster(*arguments: object) -> object:
        monkeypatch.setattr(store, "first_keys", first_keys)
        other.create(tenant)
        return first_keys(*arguments)

    monkeypatch.setattr(store, "first_keys", faster)
    world.keyring.create(tenant)

    place = world.vault.DocumentRef("crm.settings", new_id(), None)
    sealed = other.open(tenant).seal(place, {})
    assert world.keyring.open(tenant).open(place, sealed) == {}


def test_bundle_of_other_tenant_does_not_open(world: World) -> None:
    other = world.other_tenant()
    # The bundle is also cached from the other tenant's use.
    world.keyring.open(other)
    world.put(world.tenant, "bundle", world.item("bundle", other))

    for keyring in (world.keyring, world.new_keyring()):
        with pytest.raises(world.vault.DecryptionFailed):
            keyring.open(world.tenant)


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"purpose": "crm"},
        {"purpose": "other", "tenant": "TENANT"},
        {"purpose": "crm", "tenant": "TENANT", "more": ""},
    ],
    ids=["none", "no-tenant", "purpose", "more"],
)
def test_message_with_other_context_does_not_open(world: World, context: dict[str, str]) -> None:
    encryption_context = {
        key: value.replace("TENANT", str(world.tenant)) for key, value in context.items()
    }
    message = reseal(world, context=encryption_context)
    world.item("bundle")["message"] = {"B": message}

    with pytest.raises(world.vault.DecryptionFailed):
        world.new_keyring().open(world.tenant)


@pytest.mark.parametrize(
    "suite",
    [Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA256, Algorithm.AES_256_GCM_IV12_TAG16],
    ids=["hkdf", "bare"],
)
def test_message_without_key_commitment_does_not_open(world: World, suite: Algorithm) -> None:
    world.item("bundle")["message"] = {"B": reseal(world, suite=suite)}

    with pytest.raises(world.vault.DecryptionFailed):
        world.new_keyring().open(world.tenant)


def test_message_signed_does_not_open(world: World) -> None:
    signed = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384
    world.item("bundle")["message"] = {"B": reseal(world, suite=signed)}

    with pytest.raises(world.vault.DecryptionFailed):
        world.new_keyring().open(world.tenant)


def test_message_with_two_data_keys_does_not_open(world: World) -> None:
    second = world.cloud.kms.create_key()
    world.item("bundle")["message"] = {"B": reseal(world, more=[second])}

    with pytest.raises(world.vault.DecryptionFailed):
        world.new_keyring().open(world.tenant)


def test_message_under_other_kms_key_is_not_tried(world: World) -> None:
    ours, world.arn = world.arn, world.cloud.kms.create_key()
    message = reseal(world)
    world.arn = ours
    world.item("bundle")["message"] = {"B": message}
    world.cloud.calls.clear()

    with pytest.raises(world.vault.DecryptionFailed):
        world.new_keyring().open(world.tenant)
    assert world.cloud.count("kms.decrypt") == 0


def test_message_written_commits_unsigned_under_our_key(world: World) -> None:
    message = world.item("bundle")["message"]["B"]

    assert message[:3] == b"\x02" + (0x0478).to_bytes(2)
    assert message.count(world.arn.encode()) == 2  # the SDK's key name, and the one of the fake
    context = {"tenant": str(world.tenant), "purpose": "crm"}
    assert world.cloud.kms.contexts == [context]


def test_message_with_changed_byte_does_not_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure appears in no log, nor in a warning of the garbage collector."""
    message = world.item("bundle")["message"]["B"]
    logged: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", logged.append)
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", logged.append)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)

    for index in range(len(message)):
        changed = bytearray(message)
        changed[index] ^= 1
        world.item("bundle")["message"] = {"B": bytes(changed)}
        with pytest.raises(world.vault.DecryptionFailed):
            world.keyring.open(world.tenant)
    assert logged == []


def test_message_truncated_does_not_open(world: World) -> None:
    message = world.item("bundle")["message"]["B"]

    for piece in (*(message[:end] for end in range(0, len(message), 7)), message + b"x"):
        world.item("bundle")["message"] = {"B": piece}
        with pytest.raises(world.vault.DecryptionFailed):
            world.keyring.open(world.tenant)


def test_bundle_with_foreign_contents_does_not_open(world: World) -> None:
    kms_message, unavailable = (
        world.module("kms_message"),
        world.module("table").key_table_unavailable(),
    )
    for text in (b'{"other": ""}', b"{}", b"[]"):
        message = kms_message.seal(world.arn, world.tenant, text, unavailable)
        world.item("bundle")["message"] = {"B": message}
        with pytest.raises(world.vault.DecryptionFailed):
            world.keyring.open(world.tenant)


def test_bundle_cache_fifty_clients_cost_one_kms_call(world: World) -> None:
    clients = [new_id() for _ in range(50)]
    vault = world.keyring.open(world.tenant)
    vault.new_clients(clients)
    places = [world.place(client_id=one) for one in clients]
    sealed = [vault.seal(place, {"n": 1}) for place in places]
    keyring = world.new_keyring()
    world.cloud.calls.clear()

    for _ in range(3):
        later = keyring.open(world.tenant)
        later.load(clients)
        for place, one in zip(places, sealed, strict=True):
            assert later.open(place, one) == {"n": 1}

    assert [call for call in world.cloud.calls if call.startswith("kms")] == ["kms.decrypt"]
    assert world.cloud.count("dynamodb.batch_get_item") == 6


def test_bundle_cache_expires_after_a_minute(world: World) -> None:
    keyring = world.new_keyring()
    keyring.open(world.tenant)
    world.cloud.unavailable = {"kms"}

    world.moment += timedelta(seconds=59, milliseconds=999)
    assert keyring.open(world.tenant)
    world.moment += timedelta(milliseconds=1)
    with pytest.raises(Unavailable) as error:
        keyring.open(world.tenant)

    assert (error.value.code, error.value.status) == ("keys-unavailable", 503)
    assert error.value.retry_after
    assert keyring._store._cipher._cached == {}


def test_bundle_cache_holds_written_bundle(world: World) -> None:
    keyring = world.new_keyring()
    keyring.rotate(world.tenant)
    world.cloud.calls.clear()

    keyring.open(world.tenant)

    assert not [call for call in world.cloud.calls if call.startswith("kms")]


def test_bundle_cache_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.module("key_bundle"), "_CACHED_BUNDLES", 3)
    tenants = [world.other_tenant() for _ in range(6)]

    for tenant in tenants:
        world.keyring.open(tenant)
        assert len(world.keyring._store._cipher._cached) <= 3
    world.cloud.calls.clear()
    for tenant in tenants[-3:]:
        world.keyring.open(tenant)
    assert not [call for call in world.cloud.calls if call.startswith("kms")]


def test_bundle_cache_ignores_older_bundle(world: World) -> None:
    keyring = world.new_keyring()
    keyring.open(world.tenant)

    world.new_keyring().rotate(world.tenant)

    assert keyring.open(world.tenant).generation == 2


@pytest.mark.parametrize("service", ["kms", "dynamodb"])
@pytest.mark.parametrize("how", ["unavailable", "throttled"])
def test_service_outage_raises_unavailable_and_writes_nothing(
    world: World, service: str, how: str
) -> None:
    unlock = world.lock()
    before = {name: dict(world.item(name)) for name in world.names()}
    keyring, stranger = world.new_keyring(), new_id()
    getattr(world.cloud, how).add(service)

    acts: list[Callable[[], object]] = [
        lambda: keyring.open(world.tenant, unlock),
        lambda: keyring.create(stranger),
        lambda: keyring.rotate(world.tenant, unlock),
        lambda: keyring.change_passphrase(world.tenant, "a mule in Siena", "new"),
        lambda: keyring.disable_passphrase(world.tenant, unlock),
        lambda: keyring.recover(world.tenant, "s2", world.code, "new", world.hour()),
    ]
    for act in acts:
        with pytest.raises(Unavailable):
            act()
    assert {name: dict(world.item(name)) for name in world.names()} == before
    assert not world.names(stranger)


@pytest.mark.parametrize("service", ["kms"])
def test_kms_outage_before_write_writes_nothing(world: World, service: str) -> None:
    unlock = world.lock()
    world.keyring.open(world.tenant, unlock)
    before = {name: dict(world.item(name)) for name in world.names()}
    world.cloud.unavailable = {service}

    acts: list[Callable[[], object]] = [
        lambda: world.keyring.rotate(world.tenant, unlock),
        lambda: world.keyring.disable_passphrase(world.tenant, unlock),
        lambda: world.keyring.new_recovery_code(world.tenant, "a mule in Siena"),
    ]
    for act in acts:
        with pytest.raises(Unavailable):
            act()
    assert {name: dict(world.item(name)) for name in world.names()} == before


def test_disabled_kms_key_is_an_outage(world: World) -> None:
    world.cloud.kms.disabled.add(world.arn)

    with pytest.raises(Unavailable):
        world.new_keyring().open(world.tenant)


@pytest.mark.parametrize(
    "code", ["InvalidCiphertextException", "IncorrectKeyException", "ValidationException"]
)
def test_unknown_kms_ciphertext_is_tampering(world: World, code: str) -> None:
    def refuse(**_: object) -> object:
        raise client_error(code, "Decrypt")

    world.cloud.kms.decrypt = refuse  # type: ignore[method-assign]

    with pytest.raises(world.vault.DecryptionFailed):
        world.new_keyring().open(world.tenant)


def test_kms_answer_of_other_key_is_refused(world: World) -> None:
    decrypt = world.cloud.kms.decrypt
    other = world.cloud.kms.create_key()
    world.cloud.kms.decrypt = lambda **asked: {**decrypt(**asked), "KeyId": other}  # type: ignore[method-assign]

    with pytest.raises(world.vault.DecryptionFailed):
        world.new_keyring().open(world.tenant)


def reseal(
    world: World,
    *,
    context: dict[str, str] | None = None,
    suite: Algorithm = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
    more: list[str] | None = None,
) -> bytes:
    """Return the plaintext of the key bundle as another message, as an attacker with every right on KMS can."""
    from aws_encryption_sdk.key_providers.kms import KMSMasterKey

    keys = world.keyring.open(world.tenant)._keys
    others = [KMSMasterKey(client=world.cloud.kms, key_id=arn) for arn in more or []]

    class Several(KMSMasterKey):  # type: ignore[misc] # the SDK has no types
        def master_keys_for_encryption(self, *_: object, **__: object) -> object:
            return self, [self, *others]

    provider = Several(client=world.cloud.kms, key_id=world.arn)
    message, _ = EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
        if suite.is_committing()
        else CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
    ).encrypt(
        source=world.module("key_bundle")._to_bytes(keys),
        key_provider=provider,
        algorithm=suite,
        encryption_context={"tenant": str(world.tenant), "purpose": "crm"}
        if context is None
        else context,
    )
    return bytes(message)
