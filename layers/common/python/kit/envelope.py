"""Envelope encryption of private documents: AES-256-GCM under a data key that only KMS can open.

Format: `1 | len(wrapped key) as 2 bytes | wrapped key | 12-byte nonce | ciphertext and tag`. The context (the
owner and the record of the document) is authenticated, so that a document copied to another row does not decrypt.
One data key serves an environment for `DATA_KEY_LIFE` and at most `DATA_KEY_USES` documents, far under the bound of
2^32 random nonces per key (NIST SP 800-38D, section 8.3). KMS sees the purpose alone, so that its calls can be
shared; the rest of the context is bound by GCM.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from kit import clock
from kit.aws import client
from kit.errors import Unavailable
from kit.i18n import gettext as _

DATA_KEY_LIFE = timedelta(minutes=5)
DATA_KEY_USES = 100_000
_OPENED_KEYS = 1_000
_VERSION = b"\x01"
_NONCE = 12
_TAG = 16
# KMS's errors for a wrapped key that is not ours: altered, of another KMS key, or too long.
_FOREIGN_KEY_ERRORS = {"InvalidCiphertextException", "IncorrectKeyException", "ValidationException"}


class UnreadableDocument(Exception):
    """Error: the document was not encrypted by us, or for another context, or was altered."""


class Envelope:
    """Encryption and decryption of documents of one `purpose` under the KMS key `key_arn`."""

    def __init__(self, key_arn: str, purpose: str, now: clock.Clock = clock.now) -> None:
        self._key_arn = key_arn
        self._kms_context = {"purpose": purpose}
        self._now = now
        self._current: tuple[bytes, bytes, datetime] | None = None
        self._uses = 0
        self._opened: dict[bytes, tuple[bytes, datetime]] = {}

    def seal(self, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Return `plaintext` encrypted for `context`; raise `Unavailable` if KMS is unreachable."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key, wrapped = self._data_key()
        nonce = os.urandom(_NONCE)
        head = _VERSION + struct.pack(">H", len(wrapped)) + wrapped
        return head + nonce + AESGCM(key).encrypt(nonce, plaintext, _associated_data(head, context))

    def open(self, sealed: bytes, context: Mapping[str, str]) -> bytes:
        """Return the plaintext of a document encrypted for `context`.

        Raises `UnreadableDocument` for any other document, `Unavailable` if KMS is unreachable.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        length = int.from_bytes(sealed[1:3])
        head, rest = sealed[: 3 + length], sealed[3 + length :]
        if sealed[:1] != _VERSION or length == 0 or len(rest) < _NONCE + _TAG:
            raise UnreadableDocument("not a sealed document")
        key = self._decrypted_key(head[3:])
        try:
            return AESGCM(key).decrypt(
                rest[:_NONCE], rest[_NONCE:], _associated_data(head, context)
            )
        except (InvalidTag, ValueError) as error:
            raise UnreadableDocument("sealed for something else, or changed since") from error

    def _data_key(self) -> tuple[bytes, bytes]:
        self._uses += 1
        if self._current is None or self._now() >= self._current[2] or self._uses > DATA_KEY_USES:
            answer = _call_kms(
                lambda: client("kms").generate_data_key(
                    KeyId=self._key_arn, KeySpec="AES_256", EncryptionContext=self._kms_context
                )
            )
            key, wrapped = answer["Plaintext"], answer["CiphertextBlob"]
            self._current, self._uses = (key, wrapped, self._now() + DATA_KEY_LIFE), 1
            self._cache_key(wrapped, key)
        return self._current[0], self._current[1]

    def _decrypted_key(self, wrapped: bytes) -> bytes:
        known = self._opened.get(wrapped)
        if known is not None and self._now() < known[1]:
            return known[0]
        key = _call_kms(
            lambda: client("kms").decrypt(
                KeyId=self._key_arn, CiphertextBlob=wrapped, EncryptionContext=self._kms_context
            )
        )["Plaintext"]
        self._cache_key(wrapped, key)
        return key

    def _cache_key(self, wrapped: bytes, key: bytes) -> None:
        if len(self._opened) >= _OPENED_KEYS:
            self._opened.clear()
        self._opened[wrapped] = (key, self._now() + DATA_KEY_LIFE)


def _associated_data(head: bytes, context: Mapping[str, str]) -> bytes:
    # Length-prefixed, so that two contexts are never encoded alike.
    parts = [text.encode() for pair in sorted(context.items()) for text in pair]
    return head + b"".join(struct.pack(">I", len(part)) + part for part in parts)


def _call_kms[T](call: Callable[[], T]) -> T:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in _FOREIGN_KEY_ERRORS:
            raise UnreadableDocument("the data key was not wrapped by our key") from error
        raise _kms_unavailable() from error
    except BotoCoreError as error:
        raise _kms_unavailable() from error


def _kms_unavailable() -> Unavailable:
    return Unavailable(
        "keys-unavailable",
        _("Private data is out of reach for a moment: try again."),
        retry_after=5,
    )
