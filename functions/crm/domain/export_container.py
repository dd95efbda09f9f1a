"""Container format of an export archive: a file encrypted under a passphrase of its own.

    HMX1 | length of header u32 | header (JSON) | check (32 bytes) | chunks

argon2id derives 64 bytes from the passphrase: the key, and the check, which tells a wrong passphrase from a damaged
file. The chunks are the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizar, "Online Authenticated-Encryption
and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015) over AES-256-GCM: the nonce is a random prefix, the number of the
chunk and whether it is the last one. Number, flag and the hash of the header are authenticated besides. A file that was
cut off, lengthened, reordered or changed does not decrypt. `crm/offline/decrypt_export.py` decrypts it offline.
"""

import hashlib
import hmac
import json
import os
import struct
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kit.errors import Invalid
from kit.i18n import gettext as _

MAGIC = b"HMX1"
FORMAT = "hmx/1"
CHUNK = 64 * 1024
TAG = 16
_LENGTH = struct.Struct(">I")
_CHUNK_LABEL = struct.Struct(">IB")
_MAX_HEADER_BYTES = 4096
_CHECK_BYTES = 32
_NONCE_PREFIX_BYTES = 7
_MAX_MEMORY_KIB, _MAX_PASSES, _MAX_LANES = 128 * 1024, 10, 4


@dataclass(frozen=True, slots=True)
class Argon2Params:
    """Cost of one passphrase attempt (RFC 9106, section 4: the second recommended option)."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 1


ARGON2_PARAMS = Argon2Params()


def seal(passphrase: str, payload: bytes, params: Argon2Params | None = None) -> bytes:
    """Return the container of `payload`."""
    params = params or ARGON2_PARAMS
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, prefix = os.urandom(16), os.urandom(_NONCE_PREFIX_BYTES)
    header = json.dumps(
        {
            "format": FORMAT,
            "help": "An encrypted archive: decrypt_export.py opens it with its passphrase.",
            "kdf": {
                "name": "argon2id",
                "memoryKib": params.memory_kib,
                "passes": params.passes,
                "lanes": params.lanes,
                "salt": b64encode(salt).decode(),
            },
            "cipher": "AES-256-GCM STREAM",
            "noncePrefix": b64encode(prefix).decode(),
            "chunkSize": CHUNK,
        }
    ).encode()
    head = MAGIC + _LENGTH.pack(len(header)) + header
    key, check = _derive(passphrase, salt, params)
    cipher, bound_to = AESGCM(key), hashlib.sha256(head).digest()
    starts = range(0, max(1, len(payload)), CHUNK)
    chunks = (
        cipher.encrypt(prefix + count, payload[start : start + CHUNK], bound_to + count)
        for start, count in zip(starts, _chunk_labels(len(starts)), strict=True)
    )
    return head + check + b"".join(chunks)


def open_sealed(passphrase: str, container: bytes) -> bytes:
    """Return the payload of a container; raise `Invalid` for a wrong passphrase and for any damage."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    head, header = _read_header(container)
    salt, prefix, params, size = _read_parameters(header)
    body = container[len(head) :]
    key, check = _derive(passphrase, salt, params)
    if not hmac.compare_digest(check, body[:_CHECK_BYTES]):
        raise Invalid(
            "wrong-export-passphrase",
            _("This passphrase does not open the archive: use the one it was made with."),
            field="exportPassphrase",
        )
    sealed = body[_CHECK_BYTES:]
    chunks = [sealed[at : at + size + TAG] for at in range(0, len(sealed), size + TAG)]
    cipher, bound_to = AESGCM(key), hashlib.sha256(head).digest()
    try:
        return (
            b"".join(
                cipher.decrypt(prefix + count, chunk, bound_to + count)
                for chunk, count in zip(chunks, _chunk_labels(len(chunks)), strict=True)
            )
            if chunks
            else _raise_damaged()
        )
    except InvalidTag:
        raise _damaged_error() from None


def is_container(data: bytes) -> bool:
    """Tell whether the data begins like an export archive."""
    return data.startswith(MAGIC)


def _read_header(container: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes before the check, and the parsed header."""
    begin = len(MAGIC) + _LENGTH.size
    if not is_container(container) or len(container) < begin:
        raise _damaged_error()
    length: int = _LENGTH.unpack_from(container, len(MAGIC))[0]
    if length > _MAX_HEADER_BYTES or len(container) < begin + length + _CHECK_BYTES:
        raise _damaged_error()
    try:
        header = json.loads(container[begin : begin + length])
    except ValueError:
        raise _damaged_error() from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise _damaged_error()
    return container[: begin + length], header


def _read_parameters(header: dict[str, Any]) -> tuple[bytes, bytes, Argon2Params, int]:
    """Return salt, nonce prefix, cost and chunk size; refuse values that would exhaust memory."""
    try:
        kdf, size = header["kdf"], header["chunkSize"]
        salt, prefix = b64decode(kdf["salt"]), b64decode(header["noncePrefix"])
        params = Argon2Params(kdf["memoryKib"], kdf["passes"], kdf["lanes"])
    except (KeyError, TypeError, ValueError):
        raise _damaged_error() from None
    numbers = (size, params.memory_kib, params.passes, params.lanes)
    if any(type(one) is not int or one < 1 for one in numbers) or size > 16 * CHUNK:
        raise _damaged_error()
    if params.memory_kib > _MAX_MEMORY_KIB or params.passes > _MAX_PASSES:
        raise _damaged_error()
    if params.lanes > _MAX_LANES or params.memory_kib < 8 * params.lanes:
        raise _damaged_error()
    if len(salt) < 8 or len(prefix) != _NONCE_PREFIX_BYTES:
        raise _damaged_error()
    return salt, prefix, params, size


def _chunk_labels(number: int) -> Iterator[bytes]:
    """Yield the authenticated label of each chunk: its number, and whether it is the last one."""
    return (_CHUNK_LABEL.pack(count, count == number - 1) for count in range(number))


def _derive(passphrase: str, salt: bytes, params: Argon2Params) -> tuple[bytes, bytes]:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    argon = Argon2id(
        salt=salt,
        length=64,
        iterations=params.passes,
        lanes=params.lanes,
        memory_cost=params.memory_kib,
    )
    # The same passphrase from another keyboard may come in other code points.
    derived = argon.derive(unicodedata.normalize("NFKC", passphrase).encode())
    return derived[:32], derived[32:]


def _raise_damaged() -> bytes:
    raise _damaged_error()


def _damaged_error() -> Invalid:
    return Invalid(
        "archive-damaged",
        _("This archive is damaged or incomplete: send the file as it was downloaded."),
        field="content",
    )
