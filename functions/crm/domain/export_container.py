"""The container that a book leaves in: a file under a passphrase of its own.

    HMX1 | length of header u32 | header (JSON) | check (32 bytes) | chunks

argon2id makes 64 bytes of the passphrase: the key, and the check, which tells a wrong passphrase from a damaged file.
The chunks are the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizar, "Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance", CRYPTO 2015) over AES-256-GCM: the nonce is a random prefix, the number of the chunk and
whether it is the last one. Number, flag and the hash of the header are authenticated besides. A file that was cut off,
lengthened, reordered or changed does not open. `crm/offline/decrypt_export.py` reads it without us.
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

MAGIC = b"HMX1"
FORMAT = "hmx/1"
CHUNK = 64 * 1024
TAG = 16
_LENGTH = struct.Struct(">I")
_COUNT = struct.Struct(">IB")
_MOST_HEADER = 4096
_CHECK = 32
_PREFIX = 7
_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES = 128 * 1024, 10, 4


@dataclass(frozen=True, slots=True)
class Argon2Params:
    """What one try of a passphrase costs (RFC 9106, section 4: the second recommended option)."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 1


ARGON2_PARAMS = Argon2Params()


def seal(passphrase: str, payload: bytes, costs: Argon2Params | None = None) -> bytes:
    """Return the container of `payload`."""
    costs = costs or ARGON2_PARAMS
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, prefix = os.urandom(16), os.urandom(_PREFIX)
    header = json.dumps(
        {
            "format": FORMAT,
            "help": "An encrypted archive: decrypt_export.py opens it with its passphrase.",
            "kdf": {
                "name": "argon2id",
                "memoryKib": costs.memory_kib,
                "passes": costs.passes,
                "lanes": costs.lanes,
                "salt": b64encode(salt).decode(),
            },
            "cipher": "AES-256-GCM STREAM",
            "noncePrefix": b64encode(prefix).decode(),
            "chunkSize": CHUNK,
        }
    ).encode()
    head = MAGIC + _LENGTH.pack(len(header)) + header
    key, check = _derive(passphrase, salt, costs)
    cipher, bound_to = AESGCM(key), hashlib.sha256(head).digest()
    starts = range(0, max(1, len(payload)), CHUNK)
    chunks = (
        cipher.encrypt(prefix + count, payload[start : start + CHUNK], bound_to + count)
        for start, count in zip(starts, _counts(len(starts)), strict=True)
    )
    return head + check + b"".join(chunks)


def open_sealed(passphrase: str, container: bytes) -> bytes:
    """Return what is in the container; raise `Invalid` for a wrong passphrase and for any damage."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    head, header = _header(container)
    salt, prefix, costs, size = _parameters(header)
    body = container[len(head) :]
    key, check = _derive(passphrase, salt, costs)
    if not hmac.compare_digest(check, body[:_CHECK]):
        raise Invalid(
            "wrong-export-passphrase",
            "This passphrase does not open the archive: use the one it was made with.",
            field="exportPassphrase",
        )
    sealed = body[_CHECK:]
    chunks = [sealed[at : at + size + TAG] for at in range(0, len(sealed), size + TAG)]
    cipher, bound_to = AESGCM(key), hashlib.sha256(head).digest()
    try:
        return (
            b"".join(
                cipher.decrypt(prefix + count, chunk, bound_to + count)
                for chunk, count in zip(chunks, _counts(len(chunks)), strict=True)
            )
            if chunks
            else _damaged()
        )
    except InvalidTag:
        raise _refusal() from None


def is_container(data: bytes) -> bool:
    """Tell whether somebody sends an archive of ours."""
    return data.startswith(MAGIC)


def _header(container: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes before the check, and what the header says."""
    begin = len(MAGIC) + _LENGTH.size
    if not is_container(container) or len(container) < begin:
        raise _refusal()
    length: int = _LENGTH.unpack_from(container, len(MAGIC))[0]
    if length > _MOST_HEADER or len(container) < begin + length + _CHECK:
        raise _refusal()
    try:
        header = json.loads(container[begin : begin + length])
    except ValueError:
        raise _refusal() from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise _refusal()
    return container[: begin + length], header


def _parameters(header: dict[str, Any]) -> tuple[bytes, bytes, Argon2Params, int]:
    """Return salt, nonce prefix, costs and size of a chunk; refuse what would only cost us memory."""
    try:
        kdf, size = header["kdf"], header["chunkSize"]
        salt, prefix = b64decode(kdf["salt"]), b64decode(header["noncePrefix"])
        costs = Argon2Params(kdf["memoryKib"], kdf["passes"], kdf["lanes"])
    except (KeyError, TypeError, ValueError):
        raise _refusal() from None
    whole = (size, costs.memory_kib, costs.passes, costs.lanes)
    if any(type(one) is not int or one < 1 for one in whole) or size > 16 * CHUNK:
        raise _refusal()
    if costs.memory_kib > _MOST_MEMORY_KIB or costs.passes > _MOST_PASSES:
        raise _refusal()
    if costs.lanes > _MOST_LANES or costs.memory_kib < 8 * costs.lanes:
        raise _refusal()
    if len(salt) < 8 or len(prefix) != _PREFIX:
        raise _refusal()
    return salt, prefix, costs, size


def _counts(number: int) -> Iterator[bytes]:
    """Yield what is told about each chunk: its number, and whether it is the last one."""
    return (_COUNT.pack(count, count == number - 1) for count in range(number))


def _derive(passphrase: str, salt: bytes, costs: Argon2Params) -> tuple[bytes, bytes]:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    argon = Argon2id(
        salt=salt,
        length=64,
        iterations=costs.passes,
        lanes=costs.lanes,
        memory_cost=costs.memory_kib,
    )
    # The same passphrase from another keyboard may come in other code points.
    made = argon.derive(unicodedata.normalize("NFKC", passphrase).encode())
    return made[:32], made[32:]


def _damaged() -> bytes:
    raise _refusal()


def _refusal() -> Invalid:
    return Invalid(
        "archive-damaged",
        "This archive is damaged or not whole: send the file as it was downloaded.",
        field="content",
    )
