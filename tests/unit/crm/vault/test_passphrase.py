"""The passphrase layer: KMS and the passphrase, both; unlocks that end; a code for when it is forgotten."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from kit.ids import new_id
from tests.unit.crm.vault.world import PASSPHRASE, World

DOCUMENT = {"name": "Zoë"}


def test_a_locked_vault_opens_with_an_unlock_only(world: World) -> None:
    place = world.place()
    sealed = world.keyring.open(world.tenant).seal(place, DOCUMENT)

    unlock = world.lock()

    assert world.keyring.state(world.tenant) == "passphrase"
    with pytest.raises(world.vault.VaultLocked):
        world.keyring.open(world.tenant)
    vault = world.new_keyring().open(world.tenant, unlock)
    assert vault.has_passphrase
    assert vault.generations == [2, 1]
    assert vault.open(place, sealed) == DOCUMENT


def test_a_wrong_passphrase_is_wrong(world: World) -> None:
    world.lock()

    for wrong in ("", "a mule in Sienna", PASSPHRASE.upper(), PASSPHRASE + " "):
        with pytest.raises(world.vault.WrongPassphrase):
            world.unlock(passphrase=wrong)


def test_the_same_passphrase_from_another_keyboard(world: World) -> None:
    world.keyring.enable_passphrase(world.tenant, "Zoe\u0308 \ufb01nds \u2460")

    assert world.unlock(passphrase="Zo\u00eb finds 1")


@pytest.mark.parametrize("seconds", [0, 1, 86_400])
def test_an_unlock_ends_at_its_time(world: World, seconds: int) -> None:
    unlock = world.lock()
    world.moment += timedelta(hours=1, seconds=-1)
    assert world.keyring.open(world.tenant, unlock)

    world.moment += timedelta(seconds=1 + seconds)

    with pytest.raises(world.vault.UnlockExpired):
        world.keyring.open(world.tenant, unlock)


def test_the_time_cannot_be_put_off(world: World) -> None:
    unlock = world.lock()
    world.item("session#s1")["expires"] = {"S": "2099-01-01T00:00:00+00:00"}

    with pytest.raises(world.vault.UnlockExpired):
        world.keyring.open(world.tenant, unlock)


def test_the_table_forgets_it_as_well(world: World) -> None:
    world.lock()

    assert world.item("session#s1")["ttl"] == {"N": str(int(world.hour().timestamp()))}


def test_another_secret_does_not_open_it(world: World) -> None:
    unlock = world.lock()
    other = world.unlock("s2")

    for session_id, secret in [
        ("s1", other.secret),
        ("s2", unlock.secret),
        ("s1", ""),
        ("s1", unlock.secret[:-1]),
        ("s3", unlock.secret),
    ]:
        with pytest.raises(world.vault.UnlockExpired):
            world.keyring.open(world.tenant, world.vault.UnlockToken(session_id, secret))


def test_an_unlock_is_of_one_session(world: World) -> None:
    unlock = world.lock()
    world.put(world.tenant, "session#s2", world.item("session#s1"))

    with pytest.raises(world.vault.UnlockExpired):
        world.keyring.open(world.tenant, world.vault.UnlockToken("s2", unlock.secret))


def test_an_unlock_is_of_one_tenant(world: World) -> None:
    unlock, other = world.lock(), world.other_tenant()
    world.keyring.enable_passphrase(other, PASSPHRASE)
    world.put(other, "session#s1", world.item("session#s1"))

    with pytest.raises(world.vault.UnlockExpired):
        world.keyring.open(other, unlock)
    # Not even where the lock is the same, to its number.
    inside = world.inside()
    world.reseal_bag(lambda _: inside, other)
    with pytest.raises(world.vault.UnlockExpired):
        world.keyring.open(other, unlock)


def test_the_keys_under_a_lock_are_of_one_tenant_and_one_lock(world: World) -> None:
    world.lock()
    inside, other = world.inside(), new_id()
    lock_key = inside.lock_key_by_passphrase(world.tenant, PASSPHRASE)
    renamed = type(inside)("0" * 32, inside.current, inside.sealed, inside.slots)

    assert inside.open(world.tenant, lock_key)
    for wrong, tenant in [(inside, other), (renamed, world.tenant)]:
        with pytest.raises(world.vault.DecryptionFailed):
            wrong.open(tenant, lock_key)
        with pytest.raises(world.vault.WrongPassphrase):
            wrong.lock_key_by_passphrase(tenant, PASSPHRASE)


def test_a_slot_is_of_its_kind_and_its_costs(world: World) -> None:
    lock = world.module("passphrase")
    world.lock()
    inside = world.inside()
    slot = inside.slots["passphrase"]
    key = lock._derive(PASSPHRASE, slot.salt, slot.params)
    unwrap = world.module("primitives").unwrap
    right = (world.tenant, inside.lock_id, "passphrase", slot.params)

    assert unwrap(key, slot.wrapped, lock._slot_associated_data(*right))
    for place, wrong in enumerate(
        [
            new_id(),
            "0" * 32,
            "recovery",
            lock.Argon2Params(16, 1, 1),
            lock.Argon2Params(8, 2, 1),
            lock.Argon2Params(8, 1, 2),
        ]
    ):
        parts = list(right)
        parts[min(place, 3)] = wrong
        with pytest.raises(world.vault.DecryptionFailed):
            unwrap(key, slot.wrapped, lock._slot_associated_data(*parts))


def test_costs_are_kept_with_the_slot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = world.module("passphrase")
    world.lock()
    monkeypatch.setattr(lock, "ARGON2_PARAMS", lock.Argon2Params(16, 2, 1))

    assert world.unlock()
    world.keyring.change_passphrase(world.tenant, PASSPHRASE, "new")
    assert world.inside().slots["passphrase"].params == lock.Argon2Params(16, 2, 1)
    assert world.unlock(passphrase="new")


def test_a_passphrase_is_stretched_by_argon2id(world: World) -> None:
    lock = world.module("passphrase")
    salt = bytes(range(16))

    for costs in (
        lock.Argon2Params(16, 1, 1),
        lock.Argon2Params(8, 2, 1),
        lock.Argon2Params(16, 1, 2),
    ):
        argon = Argon2id(
            salt=salt,
            length=32,
            iterations=costs.passes,
            lanes=costs.lanes,
            memory_cost=costs.memory_kib,
        )
        assert lock._derive("Zo\u00eb", salt, costs) == argon.derive("Zo\u00eb".encode())
    assert lock.Argon2Params() == lock.Argon2Params(memory_kib=64 * 1024, passes=3, lanes=1)


def test_lock_ends_one_unlock(world: World) -> None:
    first = world.lock()
    second = world.unlock("s2")

    world.keyring.lock(world.tenant, "s1")

    with pytest.raises(world.vault.UnlockExpired):
        world.keyring.open(world.tenant, first)
    assert world.keyring.open(world.tenant, second)
    world.keyring.lock(world.tenant, "s1")


def test_panic_ends_them_all(world: World) -> None:
    unlocks = [world.lock(), world.unlock("s2")]
    kept = {name: dict(world.item(name)) for name in ("session#s1", "session#s2")}

    for _ in range(2):
        world.keyring.lock_all(world.tenant)
        assert not [name for name in world.names() if name.startswith("session#")]
        for unlock in unlocks:
            with pytest.raises(world.vault.UnlockExpired):
                world.keyring.open(world.tenant, unlock)
        # Brought back from a backup, they are as dead.
        for name, item in kept.items():
            world.put(world.tenant, name, item)
        for unlock in unlocks:
            with pytest.raises(world.vault.UnlockExpired):
                world.keyring.open(world.tenant, unlock)
    assert world.keyring.open(world.tenant, world.unlock("s3"))


@pytest.mark.parametrize("before", [0, 1])
def test_panic_ends_the_unlock_that_is_being_made(
    world: World, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    world.lock()
    for _ in range(before):
        world.keyring.lock_all(world.tenant)
    lock = world.module("passphrase")
    stretched = lock._derive

    def slowly(*arguments: object) -> bytes:
        key: bytes = stretched(*arguments)
        world.new_keyring().lock_all(world.tenant)
        return key

    monkeypatch.setattr(lock, "_derive", slowly)
    with pytest.raises(world.vault.UnlockExpired):
        world.unlock("s9")
    assert "session#s9" not in world.names()


def test_a_change_ends_the_unlock_that_is_being_made_with_the_old_passphrase(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.lock()
    lock = world.module("passphrase")
    stretched = lock._derive

    def slowly(*arguments: object) -> bytes:
        monkeypatch.setattr(lock, "_derive", stretched)
        key: bytes = stretched(*arguments)
        world.new_keyring().change_passphrase(world.tenant, PASSPHRASE, "new")
        return key

    monkeypatch.setattr(lock, "_derive", slowly)
    with pytest.raises(world.vault.UnlockExpired):
        world.unlock("s9")


def test_a_change_of_passphrase_is_one_write(world: World) -> None:
    unlock = world.lock()
    place = world.place()
    sealed = world.keyring.open(world.tenant, unlock).seal(place, DOCUMENT, 1)
    world.cloud.calls.clear()

    world.keyring.change_passphrase(world.tenant, PASSPHRASE, "new")

    assert world.cloud.count("dynamodb.transact_write_items") == 1
    assert world.keyring.open(world.tenant, unlock).open(place, sealed) == DOCUMENT
    assert world.unlock("s2", "new")
    with pytest.raises(world.vault.WrongPassphrase):
        world.unlock("s3", PASSPHRASE)
    with pytest.raises(world.vault.WrongPassphrase):
        world.keyring.change_passphrase(world.tenant, PASSPHRASE, "newer")


def test_the_recovery_code_puts_a_new_lock_on(world: World) -> None:
    unlock, place = world.lock(), world.place()
    sealed = world.keyring.open(world.tenant, unlock).seal(place, DOCUMENT, 1)
    typed = world.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")

    secret, code = world.keyring.recover(world.tenant, "s5", typed, "new", world.hour())

    fresh = world.vault.UnlockToken("s5", secret)
    assert world.keyring.open(world.tenant, fresh).open(place, sealed) == DOCUMENT
    assert world.unlock("s6", "new")
    with pytest.raises(world.vault.WrongPassphrase):
        world.unlock("s6", PASSPHRASE)
    with pytest.raises(world.vault.UnlockExpired):
        world.keyring.open(world.tenant, unlock)
    with pytest.raises(world.vault.WrongRecoveryCode):
        world.keyring.recover(world.tenant, "s5", world.code, "newer", world.hour())
    assert world.keyring.recover(world.tenant, "s5", code, "newer", world.hour())


def test_panic_ends_the_recovery_that_is_being_made(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.lock()
    lock = world.module("passphrase")
    stretched = lock._derive

    def slowly(*arguments: object) -> bytes:
        world.new_keyring().lock_all(world.tenant)
        key: bytes = stretched(*arguments)
        return key

    monkeypatch.setattr(lock, "_derive", slowly)
    with pytest.raises(world.vault.ConcurrentKeyChange):
        world.keyring.recover(world.tenant, "s5", world.code, "new", world.hour())
    assert "session#s5" not in world.names()


def test_a_mistyped_code_is_told_from_a_wrong_one(world: World) -> None:
    world.lock()
    world.cloud.calls.clear()
    codes = world.module("recovery_code")
    swapped = world.code[:5] + world.code[6] + world.code[5] + world.code[7:]

    for mistyped in ("", world.code[:-1], world.code + "0", "U" + world.code[1:], swapped):
        if mistyped != world.code:
            with pytest.raises(world.vault.MalformedRecoveryCode):
                world.keyring.recover(world.tenant, "s5", mistyped, "new", world.hour())
    assert world.cloud.calls == []

    other = codes.to_text(codes.new_code())
    with pytest.raises(world.vault.WrongRecoveryCode) as wrong:
        world.keyring.recover(world.tenant, "s5", other, "new", world.hour())
    assert wrong.type is world.vault.WrongRecoveryCode


def test_a_code_is_160_bits_and_comes_back(world: World) -> None:
    codes = world.module("recovery_code")

    every_letter = codes.from_text("0123456789ABCDEFGHJKMNPQRSTVWXYZ" + "8HVV")
    alike = "OI23\u20134567 89ab-cdef-ghjk-mnpq-rstv-wxyz\u00a08hvv"
    assert codes.from_text(alike) == codes.from_text(alike.replace("I", "l")) == every_letter
    for code in (every_letter, bytes(20), b"\xff" * 20, *(codes.new_code() for _ in range(50))):
        text = codes.to_text(code)
        assert len(code) == 20
        assert [len(group) for group in text.split("-")] == [4] * 9
        assert codes.from_text(text) == code
        assert codes.from_text(text.lower().replace("-", "")) == code


def test_another_recovery_code_ends_the_one_before(world: World) -> None:
    unlock = world.lock()
    with pytest.raises(world.vault.WrongPassphrase):
        world.keyring.new_recovery_code(world.tenant, "wrong")

    code = world.keyring.new_recovery_code(world.tenant, PASSPHRASE)

    assert world.keyring.open(world.tenant, unlock)
    with pytest.raises(world.vault.WrongRecoveryCode):
        world.keyring.recover(world.tenant, "s5", world.code, "new", world.hour())
    assert world.keyring.recover(world.tenant, "s5", code, "new", world.hour())


def test_a_lock_can_be_taken_off_and_put_on_again(world: World) -> None:
    unlock, place = world.lock(), world.place()
    sealed = world.keyring.open(world.tenant, unlock).seal(place, DOCUMENT, 1)
    kept = dict(world.item("session#s1"))

    world.keyring.disable_passphrase(world.tenant, unlock)

    vault = world.keyring.open(world.tenant)
    assert (vault.has_passphrase, vault.generations) == (False, [3, 2, 1])
    assert vault.open(place, sealed) == DOCUMENT
    assert not [name for name in world.names() if name.startswith("session#")]
    world.keyring.enable_passphrase(world.tenant, PASSPHRASE)
    world.put(world.tenant, "session#s1", kept)
    with pytest.raises(world.vault.UnlockExpired):
        world.keyring.open(world.tenant, unlock)


def test_what_does_not_fit_the_state_is_refused(world: World) -> None:
    keyring, tenant, unlock = world.keyring, world.tenant, world.vault.UnlockToken("s1", "x")
    acts: list[Callable[[], object]] = [
        lambda: world.unlock(),
        lambda: keyring.change_passphrase(tenant, PASSPHRASE, "new"),
        lambda: keyring.new_recovery_code(tenant, PASSPHRASE),
        lambda: keyring.disable_passphrase(tenant, unlock),
    ]
    for act in acts:
        with pytest.raises(world.vault.InvalidVaultState):
            act()
    world.lock()
    with pytest.raises(world.vault.InvalidVaultState):
        keyring.enable_passphrase(tenant, PASSPHRASE)
    lockeds: list[Callable[[], object]] = [
        lambda: keyring.rotate(tenant),
        lambda: keyring.drop_generation(tenant, None, 1),
    ]
    for locked in lockeds:
        with pytest.raises(world.vault.VaultLocked):
            locked()
    with pytest.raises(world.vault.UnlockExpired):
        keyring.disable_passphrase(tenant, world.vault.UnlockToken("s1", "guess"))


def test_a_new_generation_under_the_lock(world: World) -> None:
    unlock = world.lock()

    world.keyring.rotate(world.tenant, unlock)

    assert world.keyring.open(world.tenant, unlock).generations == [3, 2, 1]
    assert world.keyring.open(world.tenant, world.unlock("s2")).generations == [3, 2, 1]
    with pytest.raises(world.vault.VaultLocked):
        world.keyring.open(world.tenant)


def test_a_code_is_looked_at_before_it_is_tried(world: World) -> None:
    code = world.keyring.enable_passphrase(world.tenant, PASSPHRASE)
    world.vault.require_well_formed(code)
    for wrong in (code[:-1], f"{code[:-1]}{'0' if code[-1] != '0' else '1'}", "", "seven swans"):
        with pytest.raises(world.vault.MalformedRecoveryCode):
            world.vault.require_well_formed(wrong)
