#!/usr/bin/env python3
"""Opens an exported archive on your own computer; nobody else is asked.

    python decrypt_export.py archive.hmx folder/

It needs Python 3.11 or later and the package `cryptography` (44 or later: `python -m pip install cryptography`). It
asks for the passphrase that the archive was made with (or reads it from a pipe), and writes what is in the archive,
JSON and CSV, into the folder. Unless the whole archive is right, it writes nothing.

The file: `HMX1`, the length of the header (4 bytes, the highest first), the header (JSON), 32 bytes of check, chunks.
argon2id makes 64 bytes of the passphrase: 32 of key, 32 of check. Each chunk is AES-256-GCM; its nonce is the header's
prefix, the chunk's number (4 bytes) and 1 for the last chunk or else 0; authenticated besides are the SHA-256 of
everything before the check, the number and that byte.
"""

import base64
import getpass
import hashlib
import hmac
import io
import json
import struct
import sys
import unicodedata
import zipfile
from pathlib import Path


class Refused(Exception):
    """Why the archive is not opened, as a sentence."""


DAMAGED = (
    "This archive is damaged or not whole (cut off, reordered or changed). Nothing was written."
)
WRONG = "This passphrase does not open the archive. Nothing was written."


def opened(container: bytes, passphrase: str) -> bytes:
    """Return the zip file in the container."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    if container[:4] != b"HMX1" or len(container) < 8:
        raise Refused("This is not an exported archive. Nothing was written.")
    end = 8 + struct.unpack(">I", container[4:8])[0]
    try:
        header = json.loads(container[8:end])
        kdf = header["kdf"]
        prefix, size = base64.b64decode(header["noncePrefix"]), int(header["chunkSize"])
        argon = Argon2id(
            salt=base64.b64decode(kdf["salt"]),
            length=64,
            iterations=kdf["passes"],
            lanes=kdf["lanes"],
            memory_cost=kdf["memoryKib"],
        )
    except (ValueError, KeyError, TypeError):
        raise Refused(DAMAGED) from None
    made = argon.derive(unicodedata.normalize("NFKC", passphrase).encode())
    if not hmac.compare_digest(made[32:], container[end : end + 32]):
        raise Refused(WRONG)
    sealed, cipher = container[end + 32 :], AESGCM(made[:32])
    bound_to = hashlib.sha256(container[:end]).digest()
    chunks = [sealed[at : at + size + 16] for at in range(0, len(sealed), size + 16)]
    if not chunks:
        raise Refused(DAMAGED)
    parts = []
    for number, chunk in enumerate(chunks):
        count = struct.pack(">IB", number, number == len(chunks) - 1)
        try:
            parts.append(cipher.decrypt(prefix + count, chunk, bound_to + count))
        except (InvalidTag, ValueError):
            raise Refused(DAMAGED) from None
    return b"".join(parts)


def write(archive: bytes, folder: Path) -> list[str]:
    """Write the files of the zip into the folder; return their names."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        found = {name: files.read(name) for name in files.namelist()}
    for name in found:
        if name != Path(name).name or name.startswith("."):
            raise Refused(DAMAGED)
    there = [name for name in found if (folder / name).exists()]
    if there:
        raise Refused(f"{folder} has a file {there[0]} already: choose an empty folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in found.items():
        (folder / name).write_bytes(data)
    return sorted(found)


def main(arguments: list[str]) -> int:
    """Open the archive that was named; return the exit code."""
    if len(arguments) != 2:
        sys.stderr.write("Use it so: python decrypt_export.py archive.hmx folder/\n")
        return 2
    try:
        container = Path(arguments[0]).read_bytes()
        names = write(opened(container, _passphrase()), Path(arguments[1]))
    except Refused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}. Nothing more was written.\n")
        return 1
    except ImportError:
        sys.stderr.write("Install what is missing first: python -m pip install cryptography\n")
        return 1
    sys.stdout.write("".join(f"{Path(arguments[1]) / name}\n" for name in names))
    return 0


def _passphrase() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Passphrase of the archive: ")
    return sys.stdin.readline().rstrip("\r\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
