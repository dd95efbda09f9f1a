"""Round trips of generated documents, contexts, codes and keys."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.vault.document_ref import DocumentRef
from crm.vault.inbox import open_sealed
from crm.vault.keys import Keys, new_generation
from crm.vault.open_vault import OpenVault
from crm.vault.passphrase import Argon2Params, KeySlot, PassphraseProtectedKeys
from crm.vault.primitives import length_prefixed
from crm.vault.recovery_code import from_text, to_text
from crm.vault.table import KeyTable

# Slow examples on a busy machine must not fail the test.
SLOW = [HealthCheck.too_slow]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEYS = Keys({1: new_generation(NOON), 7: new_generation(NOON)})
TEXT = st.text(st.characters(), max_size=20)
NUMBERS = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(TEXT, inside, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(TEXT, VALUES, max_size=6)
PARTS = st.lists(st.one_of(TEXT, st.binary(max_size=8), st.integers()), max_size=5)


@pytest.mark.slow
@settings(deadline=None, suppress_health_check=SLOW, max_examples=80)
@given(DOCUMENTS, st.uuids(), st.uuids(), TEXT, st.sampled_from([None, 1, 7]))
def test_document_any_content_round_trips(
    document: dict[str, Any], tenant: UUID, row: UUID, table: str, generation: int | None
) -> None:
    vault = OpenVault(KeyTable("none"), tenant, KEYS, has_passphrase=False)
    place = DocumentRef(table.encode(errors="replace").decode(), row, None)

    sealed = vault.seal(place, document, generation)

    assert vault.open(place, sealed) == document
    assert int.from_bytes(sealed[1:5]) == (generation or 7)


@pytest.mark.slow
@settings(deadline=None, suppress_health_check=SLOW, max_examples=80)
@given(DOCUMENTS, st.uuids(), st.dictionaries(TEXT, TEXT, max_size=4))
def test_inbox_message_any_content_round_trips(
    document: dict[str, Any], tenant: UUID, context: dict[str, str]
) -> None:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    from crm.vault import inbox
    from crm.vault.document_ref import to_bytes

    plain_context = {_plain(key): _plain(value) for key, value in context.items()}
    bound_to = inbox._associated_data(tenant, 7, plain_context)
    public = X25519PublicKey.from_public_bytes(KEYS.generations[7].inbox_public)
    sealed = inbox._suite().encrypt(to_bytes(document), public, bound_to)

    assert open_sealed(KEYS, tenant, b"\x01\x00\x00\x00\x07" + sealed, plain_context) == document


@settings(deadline=None, suppress_health_check=SLOW)
@given(st.binary(min_size=20, max_size=20))
def test_recovery_code_any_bytes_round_trip(code: bytes) -> None:
    assert from_text(to_text(code)) == code


@settings(deadline=None, suppress_health_check=SLOW)
@given(PARTS, PARTS)
def test_length_prefixed_any_lists_differ(some: list[Any], others: list[Any]) -> None:
    def texts(parts: list[Any]) -> list[bytes]:
        return [one if isinstance(one, bytes) else str(one).encode() for one in parts]

    some, others = _encodable(some), _encodable(others)
    assert (length_prefixed(*some) == length_prefixed(*others)) == (texts(some) == texts(others))


@settings(deadline=None, suppress_health_check=SLOW, max_examples=30)
@given(
    st.text(alphabet="0123456789abcdef", min_size=1),
    st.integers(1, 2**31),
    st.binary(),
    st.binary(),
    st.integers(8, 2**20),
)
def test_protected_keys_any_values_round_trip(
    lock_id: str, current: int, sealed: bytes, salt: bytes, memory: int
) -> None:
    slot = KeySlot(salt, sealed, Argon2Params(memory, 3, 1))
    locked = PassphraseProtectedKeys(
        lock_id, current, sealed, {"passphrase": slot, "recovery": slot}
    )

    assert PassphraseProtectedKeys.from_bytes(locked.to_bytes()) == locked


def test_keys_any_values_round_trip() -> None:
    assert Keys.from_bytes(KEYS.to_bytes()) == KEYS
    assert KEYS.current == 7
    assert KEYS.newest_first == [7, 1]


def _plain(text: str) -> str:
    return text.encode(errors="replace").decode()


def _encodable(parts: list[Any]) -> list[Any]:
    return [_plain(one) if isinstance(one, str) else one for one in parts]
