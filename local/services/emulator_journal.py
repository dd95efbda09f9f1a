"""Journal of changes since the emulator's last saved state.

Standard library only: it runs inside the emulator's environment.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["RECOVERY_FILE", "Journal", "Record", "is_change"]

RECOVERY_FILE = "recovery.json"
_ITEM_WRITES = frozenset(
    {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
    | {"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"}
)
_READS = re.compile(
    r"(Get|List|Describe|Query|Scan|Batch(Get|Check)|TransactGet|Receive|Head|Sign|Verify"
    r"|Encrypt|Decrypt|ReEncrypt|Generate|Derive|Lookup)"
)
_SEND_MAIL = "/v2/email/outbound-emails"
_TABLE = re.compile(rb'"TableName"\s*:\s*"([^"]+)"')


@dataclass(frozen=True)
class Record:
    """Request with all that the emulator needs to replay it."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def from_request(cls, scope: MutableMapping[str, Any], body: bytes) -> Record:
        """Return the record of a request."""
        headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"])
        return cls(scope["method"], scope["path"], headers, body)

    @classmethod
    def from_entry(cls, entry: Mapping[str, Any]) -> Record:
        """Return the request of a journal entry."""
        headers = tuple((name, value) for name, value in entry["headers"])
        return cls("POST", entry["path"], headers, base64.b64decode(entry["body"]))

    def to_entry(self) -> dict[str, Any]:
        """Return the journal entry of the request."""
        body = base64.b64encode(self.body).decode()
        return {"path": self.path, "headers": self.headers, "body": body}

    def scope(self) -> MutableMapping[str, Any]:
        """Return the request as an ASGI scope."""
        return {
            "type": "http",
            "http_version": "1.1",
            "scheme": "http",
            "method": self.method,
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": b"",
            "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in self.headers],
            "client": ("127.0.0.1", 0),
        }

    @property
    def target(self) -> str:
        """Return the JSON protocols' operation, e.g. `DynamoDB_20120810.PutItem`."""
        return next((v for k, v in self.headers if k.lower() == "x-amz-target"), "")

    @property
    def operation(self) -> str:
        """Return the operation's name without its target prefix, where the protocol has one."""
        return self.target.rpartition(".")[2]

    @property
    def is_item_write(self) -> bool:
        """Tell whether the request changes items of a DynamoDB table."""
        return self.target.startswith("DynamoDB") and self.operation in _ITEM_WRITES

    @property
    def is_message(self) -> bool:
        """Tell whether the request changes only queues or mailboxes."""
        return self.target.startswith("AmazonSQS") or self.path == _SEND_MAIL

    @property
    def tables(self) -> set[str]:
        """Return the names of the request's tables."""
        return {name.decode() for name in _TABLE.findall(self.body)} or {"unknown table"}


def is_change(record: Record) -> bool:
    """Tell whether a request may change the emulator's state."""
    if record.method in {"GET", "HEAD", "OPTIONS"} or record.path.startswith("/_ministack/"):
        return False
    return not _READS.match(record.operation)


class Journal:
    """Journal of append-only files, one per generation: a save of the whole state begins the next."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        numbers = [int(path.suffix[1:]) for path in folder.glob("journal.*")]
        self.generation = max(numbers, default=0)
        self._file = (folder / f"journal.{self.generation}").open("ab", buffering=0)
        self._kept: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()

    @property
    def size(self) -> int:
        """Return the size of the current generation in bytes."""
        return self._file.tell()

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write one acknowledged change to the file, where a SIGKILL cannot undo it."""
        os.write(self._file.fileno(), json.dumps(entry, default=_tag_bytes).encode() + b"\n")

    def begin_generation(self) -> int:
        """Begin the next generation; return its number, which the saved states record."""
        self._file.close()
        self.generation += 1
        self._file = (self._folder / f"journal.{self.generation}").open("ab", buffering=0)
        return self.generation

    def delete_before(self, generation: int) -> None:
        """Delete older generations: every saved state records `generation` or a later one."""
        for path in self._folder.glob("journal.*"):
            if int(path.suffix[1:]) < generation:
                path.unlink()

    def entries(self, since: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the changes of generation `since` and later ones, in order, each with its generation."""
        paths = {int(path.suffix[1:]): path for path in self._folder.glob("journal.*")}
        for number in sorted(number for number in paths if number >= since):
            for line in paths[number].read_bytes().splitlines():
                try:
                    yield number, json.loads(line, object_hook=_untag_bytes)
                except ValueError:
                    continue  # cut off by the crash, so never acknowledged

    def record_replay(self, record: Record, *, kept: bool) -> None:
        """Record the result of replaying one write."""
        (self._kept if kept else self._lost).update(record.tables)

    def write_report(self) -> None:
        """Write the report of replayed and lost writes, which the start prints."""
        path = self._folder / RECOVERY_FILE
        path.unlink(missing_ok=True)
        if self._kept or self._lost:
            path.write_text(json.dumps({"replayed": self._kept, "lost": self._lost}))


def _tag_bytes(value: object) -> dict[str, str]:
    if isinstance(value, bytes | bytearray):
        return {"__bytes__": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} cannot be written to the journal")


def _untag_bytes(found: dict[str, Any]) -> Any:
    return base64.b64decode(found["__bytes__"]) if found.keys() == {"__bytes__"} else found
