"""Keyring against the emulator: life cycle of a passphrase, races, outages, and the KMS calls of a list."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest

from crm.vault import (
    ConcurrentKeyChange,
    DecryptionFailed,
    DocumentRef,
    Inbox,
    InvalidVaultState,
    Keyring,
    UnlockExpired,
    UnlockToken,
    VaultLocked,
    VaultState,
    WrongPassphrase,
    passphrase,
)
from kit import aws
from kit.errors import Unavailable
from local.services.emulator import Emulator
from tests.factories.waiting import PATIENCE
from tests.integration.crm.vault.conftest import Clock

PASSPHRASE = "a mule in Siena"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make passphrase attempts cheap: each would take a quarter of a second."""
    monkeypatch.setattr(
        passphrase, "ARGON2_PARAMS", passphrase.Argon2Params(memory_kib=8, passes=1, lanes=1)
    )


@pytest.fixture
def tenant(keyring: Keyring) -> UUID:
    one = uuid4()
    keyring.create(one)
    return one


@pytest.fixture
def kms_calls(cloud: dict[str, str]) -> Iterator[list[str]]:
    """Return the list that records calls to KMS."""
    calls: list[str] = []
    events = aws.client("kms").meta.events

    def note(model: Any, **_: object) -> None:
        calls.append(model.name)

    events.register("before-call.kms", note)
    yield calls
    events.unregister("before-call.kms", note)


def at_once[T](*acts: Callable[[], T]) -> list[T | Exception]:
    """Run all functions at the same moment; return the result or error of each."""
    barrier = Barrier(len(acts), timeout=PATIENCE)

    def act(one: Callable[[], T]) -> T | Exception:
        barrier.wait()
        try:
            return one()
        except Exception as error:  # the result of this function
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


def test_keyring_passphrase_life_cycle_opens_and_locks(
    keyring: Keyring, tenant: UUID, clock: Clock
) -> None:
    client_id, hour = uuid4(), clock() + timedelta(hours=1)
    place = DocumentRef("crm.visits", uuid4(), client_id)
    keyring.open(tenant).new_clients([client_id])
    sealed = keyring.open(tenant).seal(place, {"note": "Siena"})

    code = keyring.enable_passphrase(tenant, PASSPHRASE)

    assert keyring.state(tenant) is VaultState.PASSPHRASE
    with pytest.raises(VaultLocked):
        keyring.open(tenant)
    with pytest.raises(WrongPassphrase):
        keyring.unlock(tenant, "s1", "a mule in Sienna", hour)
    unlock = UnlockToken("s1", keyring.unlock(tenant, "s1", PASSPHRASE, hour))
    vault = keyring.open(tenant, unlock)
    vault.begin_rekey([client_id])
    sealed = vault.seal(place, vault.open(place, sealed))
    vault.finish_rekey([client_id])
    clock.moment += timedelta(minutes=20)
    assert keyring.drop_generation(tenant, unlock, 1)

    keyring.lock_all(tenant)
    with pytest.raises(UnlockExpired):
        keyring.open(tenant, unlock)
    secret, _ = keyring.recover(tenant, "s2", code, "another mule", clock() + timedelta(hours=1))
    unlock = UnlockToken("s2", secret)
    assert keyring.open(tenant, unlock).open(place, sealed) == {"note": "Siena"}
    keyring.disable_passphrase(tenant, unlock)
    assert keyring.open(tenant).generations == [3, 2]
    assert keyring.open(tenant).open(place, sealed) == {"note": "Siena"}
    keyring.shred(tenant)
    assert keyring.state(tenant) is VaultState.SHREDDED


def test_enable_passphrase_concurrently_one_wins(
    key_table: str, key_arn: str, clock: Clock
) -> None:
    for _ in range(5):
        tenant = uuid4()
        keyrings = [Keyring(key_table, key_arn, clock) for _ in range(2)]
        keyrings[0].create(tenant)

        answers = at_once(
            partial(keyrings[0].enable_passphrase, tenant, "first"),
            partial(keyrings[1].enable_passphrase, tenant, "second"),
        )

        codes = [one for one in answers if isinstance(one, str)]
        refused = [
            one for one in answers if isinstance(one, ConcurrentKeyChange | InvalidVaultState)
        ]
        assert (len(codes), len(refused)) == (1, 1), answers
        hour = clock() + timedelta(hours=1)
        winner = "first" if isinstance(answers[0], str) else "second"
        assert keyrings[0].unlock(tenant, "s1", winner, hour)
        assert keyrings[0].recover(tenant, "s2", codes[0], "third", hour)


def test_create_vault_concurrently_gives_one_vault(key_table: str, key_arn: str) -> None:
    tenant, place = uuid4(), DocumentRef("crm.settings", uuid4(), None)
    keyrings = [Keyring(key_table, key_arn) for _ in range(4)]

    assert at_once(*(partial(one.create, tenant) for one in keyrings)) == [None] * 4

    sealed = keyrings[0].open(tenant).seal(place, {"n": 1})
    assert all(one.open(tenant).open(place, sealed) == {"n": 1} for one in keyrings)
    message = Inbox(key_table).seal(tenant, {"n": 2}, {})
    assert all(one.open(tenant).open_inbox(message, {}) == {"n": 2} for one in keyrings)


def test_lock_all_concurrent_unlock_is_ended(keyring: Keyring, tenant: UUID, clock: Clock) -> None:
    keyring.enable_passphrase(tenant, PASSPHRASE)
    hour = clock() + timedelta(hours=1)
    for attempt in range(5):
        names = [f"s{attempt}-{number}" for number in range(3)]
        unlocks = [partial(keyring.unlock, tenant, name, PASSPHRASE, hour) for name in names]
        before = UnlockToken("s", keyring.unlock(tenant, "s", PASSPHRASE, hour))

        *answers, panicked = at_once(*unlocks, partial(keyring.lock_all, tenant))

        # Unlocks that begin after the lock may last; those from before must not.
        assert panicked is None
        assert all(isinstance(one, str | UnlockExpired) for one in answers), answers
        assert not is_open(keyring, tenant, before)
        keyring.lock_all(tenant)
        for name, secret in zip(names, answers, strict=True):
            assert not is_open(keyring, tenant, UnlockToken(name, str(secret)))


def is_open(keyring: Keyring, tenant: UUID, unlock: UnlockToken) -> bool:
    try:
        keyring.open(tenant, unlock)
    except UnlockExpired:
        return False
    return True


def test_begin_rekey_concurrently_gives_one_key(keyring: Keyring, tenant: UUID) -> None:
    clients = [uuid4() for _ in range(8)]
    keyring.open(tenant).new_clients(clients)
    keyring.rotate(tenant)
    vaults = [keyring.open(tenant) for _ in range(3)]

    assert at_once(*(partial(one.begin_rekey, clients) for one in vaults)) == [None] * 3

    for one in clients:
        place = DocumentRef("crm.visits", uuid4(), one)
        sealed = vaults[0].seal(place, {})
        assert all(vault.open(place, sealed) == {} for vault in vaults)


def test_new_clients_concurrently_share_keys(keyring: Keyring, tenant: UUID) -> None:
    clients = [uuid4() for _ in range(120)]
    vaults = [keyring.open(tenant) for _ in range(3)]

    answers = at_once(*(partial(one.new_clients, clients) for one in vaults))

    assert answers == [None] * 3
    for one in (clients[0], clients[60], clients[119]):
        place = DocumentRef("crm.visits", uuid4(), one)
        sealed = vaults[0].seal(place, {})
        assert all(vault.open(place, sealed) == {} for vault in vaults)


def test_open_fifty_clients_costs_one_kms_call(
    keyring: Keyring, tenant: UUID, key_table: str, key_arn: str, kms_calls: list[str]
) -> None:
    clients = [uuid4() for _ in range(50)]
    vault = keyring.open(tenant)
    vault.new_clients(clients)
    rows = {
        (place := DocumentRef("crm.clients", one, one)): vault.seal(place, {}) for one in clients
    }
    fresh = Keyring(key_table, key_arn)
    kms_calls.clear()

    for _ in range(2):
        later = fresh.open(tenant)
        later.load(clients)
        assert all(later.open(place, sealed) == {} for place, sealed in rows.items())

    assert kms_calls == ["Decrypt"]


def test_key_bundle_of_other_tenant_does_not_open(
    keyring: Keyring, tenant: UUID, key_table: str, emulator: Emulator
) -> None:
    other = uuid4()
    keyring.create(other)
    dynamodb = aws.client("dynamodb")
    bundle = dynamodb.get_item(
        TableName=key_table, Key={"tenant": {"S": str(other)}, "item": {"S": "bundle"}}
    )["Item"]
    dynamodb.put_item(TableName=key_table, Item={**bundle, "tenant": {"S": str(tenant)}})

    with pytest.raises(DecryptionFailed):
        keyring.open(tenant)


@pytest.mark.slow
def test_kms_outage_raises_unavailable(
    tenant: UUID, key_table: str, key_arn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    aws.reset_clients()
    fresh, stranger = Keyring(key_table, key_arn), uuid4()

    for act in (
        lambda: fresh.open(tenant),
        lambda: fresh.rotate(tenant),
        lambda: fresh.create(stranger),
    ):
        with pytest.raises(Unavailable) as error:
            act()
        assert error.value.code == "keys-unavailable"
    assert fresh.state(stranger) is VaultState.NONE
    assert Inbox(key_table).seal(tenant, {}, {})
    aws.reset_clients()


def test_dynamodb_outage_raises_unavailable(
    tenant: UUID, key_table: str, key_arn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    aws.reset_clients()

    for act in (Keyring(key_table, key_arn).open, Keyring(key_table, key_arn).lock_all):
        with pytest.raises(Unavailable):
            act(tenant)
    aws.reset_clients()


def test_kms_disabled_key_raises_unavailable(
    key_table: str, emulator: Emulator, clock: Clock
) -> None:
    kms = emulator.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    keyring, tenant = Keyring(key_table, arn, clock), uuid4()
    keyring.create(tenant)
    kms.disable_key(KeyId=arn)

    assert keyring.open(tenant)
    clock.moment += timedelta(seconds=60)
    with pytest.raises(Unavailable):
        keyring.open(tenant)
