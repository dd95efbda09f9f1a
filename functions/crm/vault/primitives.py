"""The three operations that everything here is made of: derive, wrap, unwrap.

HKDF-SHA256 (RFC 5869) and AES-256-GCM with random 96-bit nonces, both from `cryptography`, which is imported by the
first use because no cold start should wait for it. What a ciphertext is bound to is a list of parts, each with its
length before it, so that no two lists read alike.
"""

from __future__ import annotations

import os
import struct

from crm.vault.errors import Unreadable

KEY = 32
NONCE = 12
TAG = 16
type Part = str | int | bytes


def packed(*parts: Part) -> bytes:
    """Return the parts as bytes that no other list of parts makes."""
    return b"".join(struct.pack(">I", len(part)) + part for part in map(_as_bytes, parts))


def derive(key: bytes, *purpose: Part) -> bytes:
    """Return the key of that purpose; `key` is random, never a passphrase."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY, None, packed(*purpose)).derive(key)


def new_key() -> bytes:
    """Return 256 random bits."""
    return os.urandom(KEY)


def wrap(key: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
    """Return nonce, ciphertext and tag."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, bound_to)


def unwrap(key: bytes, wrapped: bytes, bound_to: bytes) -> bytes:
    """Return what was wrapped with this key and bound to this; raise `Unreadable` for anything else."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(wrapped) < NONCE + TAG:
        raise Unreadable("too short to be sealed")
    try:
        return AESGCM(key).decrypt(wrapped[:NONCE], wrapped[NONCE:], bound_to)
    except InvalidTag:
        raise Unreadable("another key, another place, or changed since") from None


def _as_bytes(part: Part) -> bytes:
    if isinstance(part, bytes):
        return part
    return str(part).encode()
