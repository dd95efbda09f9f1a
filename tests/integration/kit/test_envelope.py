"""Integration tests of envelope encryption against the emulator's KMS."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kit import aws
from kit.envelope import DATA_KEY_LIFE, Envelope, UnreadableDocument
from kit.errors import Unavailable
from local.services.emulator import Emulator

CONTEXT = {"table": "users", "id": "1"}
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Clock:
    """Clock that the test advances."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def envelope(cloud: dict[str, str], clock: Clock) -> Envelope:
    return Envelope(cloud["PRIVATE_DATA_KEY_ARN"], "tests", clock)


@pytest.fixture
def kms_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a function that makes KMS unreachable."""

    def leave() -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
        aws.reset_clients()

    yield leave
    aws.reset_clients()


@pytest.mark.parametrize("plaintext", [b"", b"x", "Zoë, 24. Mai".encode(), bytes(300_000)])
def test_sealed_document_opens(envelope: Envelope, plaintext: bytes) -> None:
    sealed = envelope.seal(plaintext, CONTEXT)

    assert envelope.open(sealed, CONTEXT) == plaintext
    assert plaintext == b"" or plaintext not in sealed or len(plaintext) < 4


def test_sealed_document_opens_in_other_environment(
    envelope: Envelope, cloud: dict[str, str]
) -> None:
    sealed = envelope.seal(b"private", CONTEXT)

    assert Envelope(cloud["PRIVATE_DATA_KEY_ARN"], "tests").open(sealed, CONTEXT) == b"private"


def test_sealing_twice_gives_different_ciphertexts(envelope: Envelope) -> None:
    assert len({envelope.seal(b"private", CONTEXT) for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"table": "users"},
        {"table": "users", "id": "2"},
        {"table": "users", "id": "1", "more": ""},
        {"id": "users", "table": "1"},
        {"table": "user", "sid": "1"},
        {"tableusers": "id1"},
    ],
)
def test_open_with_other_context_fails(envelope: Envelope, other: dict[str, str]) -> None:
    sealed = envelope.seal(b"private", CONTEXT)

    with pytest.raises(UnreadableDocument):
        envelope.open(sealed, other)


def test_open_with_reordered_context_succeeds(envelope: Envelope) -> None:
    sealed = envelope.seal(b"private", CONTEXT)

    assert envelope.open(sealed, dict(reversed(CONTEXT.items()))) == b"private"


def test_open_with_other_purpose_fails(envelope: Envelope, cloud: dict[str, str]) -> None:
    sealed = envelope.seal(b"private", CONTEXT)

    with pytest.raises(UnreadableDocument):
        Envelope(cloud["PRIVATE_DATA_KEY_ARN"], "another").open(sealed, CONTEXT)


def test_open_altered_envelope_fails(envelope: Envelope) -> None:
    sealed = envelope.seal(b"private", CONTEXT)
    length = int.from_bytes(sealed[1:3])
    # Every byte of version, length, nonce, text and tag; of the wrapped key a few, since each costs a call to KMS.
    places = [0, 1, 2, 3, 10, 2 + length, *range(3 + length, len(sealed))]

    for place in places:
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(UnreadableDocument):
            envelope.open(bytes(changed), CONTEXT)


def test_open_truncated_envelope_fails(envelope: Envelope) -> None:
    sealed = envelope.seal(b"private", CONTEXT)
    length = int.from_bytes(sealed[1:3])

    for end in (0, 1, 2, 3, 4, 3 + length, 3 + length + 11, 3 + length + 27, len(sealed) - 1):
        with pytest.raises(UnreadableDocument):
            envelope.open(sealed[:end], CONTEXT)
    with pytest.raises(UnreadableDocument):
        envelope.open(sealed + b"x", CONTEXT)


@pytest.mark.parametrize(
    "junk",
    [
        b"plain text of an old row",
        b"\x01\x00\x00" + bytes(40),
        b"\x01\xff\xff" + bytes(70_000),
        b"\x01\x00\x10" + bytes(16) + bytes(40),
        b"\x02" + bytes(100),
    ],
)
def test_open_foreign_ciphertext_is_unreadable(envelope: Envelope, junk: bytes) -> None:
    with pytest.raises(UnreadableDocument):
        envelope.open(junk, CONTEXT)


def test_open_with_other_kms_key_fails(
    envelope: Envelope, emulator: Emulator, cloud: dict[str, str]
) -> None:
    kms = emulator.client("kms")
    other = Envelope(kms.create_key()["KeyMetadata"]["Arn"], "tests")

    with pytest.raises(UnreadableDocument):
        envelope.open(other.seal(b"private", CONTEXT), CONTEXT)


@pytest.mark.slow
def test_data_key_is_reused_until_expiry(envelope: Envelope, clock: Clock, kms_away: Any) -> None:
    sealed = envelope.seal(b"private", CONTEXT)
    kms_away()

    clock.moment += DATA_KEY_LIFE - timedelta(seconds=1)
    assert envelope.open(sealed, CONTEXT) == b"private"
    assert envelope.seal(b"more", CONTEXT)

    clock.moment += timedelta(seconds=1)
    with pytest.raises(Unavailable) as away:
        envelope.open(sealed, CONTEXT)
    assert away.value.retry_after
    with pytest.raises(Unavailable):
        envelope.seal(b"more", CONTEXT)


def test_seal_after_kms_outage_succeeds(
    envelope: Envelope, clock: Clock, kms_away: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = envelope.seal(b"private", CONTEXT)
    clock.moment += DATA_KEY_LIFE
    kms_away()
    with pytest.raises(Unavailable):
        envelope.open(sealed, CONTEXT)

    monkeypatch.delenv("AWS_ENDPOINT_URL_KMS")
    aws.reset_clients()

    assert envelope.open(sealed, CONTEXT) == b"private"
    assert envelope.open(envelope.seal(b"new", CONTEXT), CONTEXT) == b"new"


def test_open_with_disabled_key_fails_after_cache_expiry(
    emulator: Emulator, cloud: dict[str, str], clock: Clock
) -> None:
    kms = emulator.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    envelope = Envelope(arn, "tests", clock)
    sealed = envelope.seal(b"private", CONTEXT)
    kms.disable_key(KeyId=arn)
    clock.moment += DATA_KEY_LIFE

    with pytest.raises(Unavailable):
        envelope.open(sealed, CONTEXT)


def test_data_key_is_replaced_after_maximum_uses(
    envelope: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.envelope.DATA_KEY_USES", 3)

    sealed = [envelope.seal(b"x", CONTEXT) for _ in range(7)]

    wrapped = [one[3 : 3 + int.from_bytes(one[1:3])] for one in sealed]
    assert [wrapped.count(one) for one in dict.fromkeys(wrapped)] == [3, 3, 1]
    assert all(envelope.open(one, CONTEXT) == b"x" for one in sealed)


def test_decrypted_keys_cache_is_bounded(
    envelope: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.envelope.DATA_KEY_USES", 1)
    monkeypatch.setattr("kit.envelope._OPENED_KEYS", 3)

    sealed = [envelope.seal(str(number).encode(), CONTEXT) for number in range(8)]

    assert len(envelope._opened) <= 3
    assert [envelope.open(one, CONTEXT) for one in sealed] == [
        str(number).encode() for number in range(8)
    ]
