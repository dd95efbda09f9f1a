"""Benchmark of fifty clients with five fields each, decrypted by AES-GCM alone, by the vault, and by the Encryption
SDK.
"""

import json
import os
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.identifiers import Algorithm, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.kms import KMSMasterKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crm.vault import DocumentRef, Keyring
from kit.aws import client
from kit.ids import new_id

CLIENTS = 50
FIELDS = ("name", "phone", "email", "tags", "notes")
_TEXT = "What somebody may want to remember of somebody else. "
_ROUNDS = 20


def documents() -> list[dict[str, str]]:
    """Return the profiles of fifty clients."""
    return [
        {field: f"{field} {number} {_TEXT * 2}" for field in FIELDS} for number in range(CLIENTS)
    ]


def rows(
    keyring: Keyring, tenant: UUID, key_arn: str, kms_calls: Callable[[], int]
) -> list[list[str]]:
    """Return the table: each method, its time and its calls to KMS."""
    floor = _best(_floor())
    ours = _best(_vault(keyring, tenant))
    raw = _best(_sdk(_LocalKey()), rounds=3)
    before = kms_calls()
    with_kms = _best(_sdk(KMSMasterKey(client=client("kms"), key_id=key_arn)), rounds=1)
    # Encryption called KMS as often as decryption.
    calls = (kms_calls() - before) // 2
    return [
        _row("AES-256-GCM alone, one document a client (the floor)", floor, floor, 0),
        _row("the vault: a key of each client's own, bound to its row", ours, floor, 0),
        _row("Encryption SDK field by field, local key, no KMS", raw, floor, 0),
        _row("Encryption SDK field by field, KMS (emulator, same machine)", with_kms, floor, calls),
    ]


def _row(title: str, seconds: float, floor: float, calls: int) -> list[str]:
    return [title, f"{seconds * 1000:,.2f} ms", f"{seconds / floor:,.0f}", str(calls)]


type Way = Callable[[], float]
"""Function that decrypts all documents once and returns the seconds it took."""


def _best(once: Way, rounds: int = _ROUNDS) -> float:
    return min(once() for _ in range(rounds))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _floor() -> Way:
    key, nonce = AESGCM(os.urandom(32)), os.urandom(12)
    sealed = [key.encrypt(nonce, json.dumps(one).encode(), b"") for one in documents()]
    return lambda: _timed(lambda: [json.loads(key.decrypt(nonce, one, b"")) for one in sealed])


def _vault(keyring: Keyring, tenant: UUID) -> Way:
    keyring.create(tenant)
    vault = keyring.open(tenant)
    ids = [new_id() for _ in range(CLIENTS)]
    vault.new_clients(ids)
    places = [DocumentRef("clients", one, one) for one in ids]
    sealed = [
        (place, vault.seal(place, document))
        for place, document in zip(places, documents(), strict=True)
    ]

    def once() -> float:
        # Keys are cached as within a request, so the round trip to the key table is not measured.
        fresh = keyring.open(tenant)
        fresh.load(ids)
        return _timed(lambda: [fresh.open(place, one) for place, one in sealed])

    return once


def _sdk(key: Any) -> Way:
    sdk = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    suite = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
    sealed = [
        sdk.encrypt(source=text.encode(), key_provider=key, algorithm=suite)[0]
        for one in documents()
        for text in one.values()
    ]
    return lambda: _timed(lambda: [sdk.decrypt(source=one, key_provider=key) for one in sealed])


class _LocalKey(RawMasterKeyProvider):  # type: ignore[misc] # the SDK has no types
    """Wrapping key in this process, so that the SDK's own work is measured without the network."""

    provider_id = "bench"

    def __init__(self) -> None:
        self._key = WrappingKey(
            wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
            wrapping_key=os.urandom(32),
            wrapping_key_type=EncryptionKeyType.SYMMETRIC,
        )
        self.add_master_key("bench")

    def _get_raw_key(self, _key_id: str) -> WrappingKey:
        return self._key
