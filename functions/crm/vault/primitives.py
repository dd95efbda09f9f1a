"""The three operations that the vault is built of: derive, wrap, unwrap.

HKDF-SHA256 (RFC 5869) and AES-256-GCM with random 96-bit nonces, both from `cryptography`, which is imported at first
use because no cold start should wait for it. Associated data is a list of parts, each with its length before it, so
that no two lists encode alike.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from crm.vault.errors import DecryptionFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY = 32
NONCE = 12
TAG = 16
type Part = str | int | bytes


def length_prefixed(*parts: Part) -> bytes:
    """Encode the parts as bytes that no other list of parts encodes to."""
    texts = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    return b"".join([len(text).to_bytes(4) + text for text in texts])


def derive(key: bytes, *purpose: Part) -> bytes:
    """Derive the key of a purpose; `key` is random, never a passphrase."""
    return _hkdf()(key, length_prefixed(*purpose))


def new_key() -> bytes:
    """Return 256 random bits."""
    return os.urandom(KEY)


def wrap(key: bytes, plaintext: bytes, associated_data: bytes) -> bytes:
    """Encrypt; return nonce, ciphertext and tag."""
    nonce = os.urandom(NONCE)
    return nonce + _aes_gcm()(key).encrypt(nonce, plaintext, associated_data)


def unwrap(key: bytes, wrapped: bytes, associated_data: bytes) -> bytes:
    """Decrypt a text wrapped with this key and associated data; raise `DecryptionFailed` for anything else."""
    if len(wrapped) < NONCE + TAG:
        raise DecryptionFailed("too short to be sealed")
    try:
        return _aes_gcm()(key).decrypt(wrapped[:NONCE], wrapped[NONCE:], associated_data)
    except _invalid_tag():
        raise DecryptionFailed("another key, another place, or changed since") from None


@cache
def _hkdf() -> Callable[[bytes, bytes], bytes]:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    digest = SHA256()
    return lambda key, purpose: HKDF(digest, KEY, None, purpose).derive(key)


@cache
def _aes_gcm() -> type[AESGCM]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM


@cache
def _invalid_tag() -> type[Exception]:
    from cryptography.exceptions import InvalidTag

    return InvalidTag
