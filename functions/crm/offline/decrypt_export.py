#!/usr/bin/env python3
"""Decrypts an exported archive on your own computer, without any server.

    python decrypt_export.py archive.hmx folder/

Requires Python 3.11 or later and the package `cryptography` (44 or later: `python -m pip install cryptography`). The
program asks for the archive passphrase (or reads it from a pipe), and writes the contents of the archive, JSON and CSV,
into the folder. Unless the whole archive is intact, nothing is written.

Format of the file: `HMX1`, the length of the header (4 bytes, big-endian), the header (JSON), 32 bytes of check,
chunks. argon2id derives 64 bytes from the passphrase: 32 of key, 32 of check. Each chunk is AES-256-GCM; its nonce is
the header's prefix, the chunk's number (4 bytes) and 1 for the last chunk or else 0; authenticated besides are the
SHA-256 of everything before the check, the number and that byte.
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


class ArchiveError(Exception):
    """Error that explains why the archive was not decrypted."""


DAMAGED = (
    "This archive is damaged or incomplete (cut off, reordered or changed). Nothing was written."
)
WRONG_KEY = "This passphrase does not open the archive. Nothing was written."


def decrypt(container: bytes, passphrase: str) -> bytes:
    """Return the zip file in the container."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    if container[:4] != b"HMX1" or len(container) < 8:
        raise ArchiveError("This is not an exported archive. Nothing was written.")
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
        raise ArchiveError(DAMAGED) from None
    derived = argon.derive(unicodedata.normalize("NFKC", passphrase).encode())
    if not hmac.compare_digest(derived[32:], container[end : end + 32]):
        raise ArchiveError(WRONG_KEY)
    sealed, cipher = container[end + 32 :], AESGCM(derived[:32])
    bound_to = hashlib.sha256(container[:end]).digest()
    chunks = [sealed[at : at + size + 16] for at in range(0, len(sealed), size + 16)]
    if not chunks:
        raise ArchiveError(DAMAGED)
    parts = []
    for number, chunk in enumerate(chunks):
        count = struct.pack(">IB", number, number == len(chunks) - 1)
        try:
            parts.append(cipher.decrypt(prefix + count, chunk, bound_to + count))
        except (InvalidTag, ValueError):
            raise ArchiveError(DAMAGED) from None
    return b"".join(parts)


def write_files(archive: bytes, folder: Path) -> list[str]:
    """Write the files of the zip into the folder; return their names."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        files_by_name = {name: files.read(name) for name in files.namelist()}
    for name in files_by_name:
        if name != Path(name).name or name.startswith("."):
            raise ArchiveError(DAMAGED)
    existing = [name for name in files_by_name if (folder / name).exists()]
    if existing:
        raise ArchiveError(f"{folder} has a file {existing[0]} already: choose an empty folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files_by_name.items():
        (folder / name).write_bytes(data)
    return sorted(files_by_name)


def main(arguments: list[str]) -> int:
    """Decrypt the archive named by the arguments; return the exit code."""
    if len(arguments) != 2:
        sys.stderr.write("Usage: python decrypt_export.py archive.hmx folder/\n")
        return 2
    try:
        container = Path(arguments[0]).read_bytes()
        names = write_files(decrypt(container, _passphrase()), Path(arguments[1]))
    except ArchiveError as refused:
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
        return getpass.getpass("Archive passphrase: ")
    return sys.stdin.readline().rstrip("\r\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
