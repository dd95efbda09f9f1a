"""The journal of DynamoDB writes that are newer than the emulator's last saved state.

Standard library only: it runs inside the emulator's environment.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
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
_TABLE = re.compile(rb'"TableName"\s*:\s*"([^"]+)"')


@dataclass(frozen=True)
class Record:
    """A request as the emulator needs to see it to do the same again."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, scope: MutableMapping[str, Any], body: bytes) -> Record:
        """Take what matters from a request."""
        headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"])
        return cls(scope["method"], scope["path"], headers, body)

    def scope(self) -> MutableMapping[str, Any]:
        """Return the request as the emulator's server would hand it over."""
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
        """Return the operation's bare name where the protocol has one."""
        return self.target.rpartition(".")[2]

    @property
    def is_item_write(self) -> bool:
        """Tell whether it changes items of a DynamoDB table."""
        return self.target.startswith("DynamoDB") and self.operation in _ITEM_WRITES

    @property
    def tables(self) -> set[str]:
        """Return the names of the tables it mentions."""
        return {name.decode() for name in _TABLE.findall(self.body)} or {"unknown table"}


def is_change(record: Record) -> bool:
    """Tell whether a request may change what the emulator holds."""
    if record.method in {"GET", "HEAD", "OPTIONS"} or record.path.startswith("/_ministack/"):
        return False
    return not _READS.match(record.operation)


class Journal:
    """Append-only files, one per generation; a save of the whole state starts the next."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        numbers = [int(path.suffix[1:]) for path in folder.glob("journal.*")]
        self.generation = max(numbers, default=0)
        self._file = (folder / f"journal.{self.generation}").open("ab", buffering=0)
        self._kept: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()

    @property
    def size(self) -> int:
        """Return the bytes a start would have to replay."""
        return self._file.tell()

    def append(self, record: Record) -> None:
        """Hand one acknowledged write to the operating system; a SIGKILL cannot undo it."""
        line = {
            "path": record.path,
            "headers": record.headers,
            "body": base64.b64encode(record.body).decode(),
        }
        os.write(self._file.fileno(), json.dumps(line).encode() + b"\n")

    @contextmanager
    def next_generation(self) -> Iterator[None]:
        """Save within: the saved state names its generation, older journals are then void."""
        old, number = self._file, self.generation + 1
        self._file = (self._folder / f"journal.{number}").open("ab", buffering=0)
        self.generation = number
        yield
        old.close()
        for path in self._folder.glob("journal.*"):
            if int(path.suffix[1:]) < number:
                path.unlink()

    def unsaved(self, since: int) -> Iterator[Record]:
        """Yield the writes the saved state of generation `since` does not contain, in order."""
        paths = {int(path.suffix[1:]): path for path in self._folder.glob("journal.*")}
        for number in sorted(number for number in paths if number >= since):
            for line in paths[number].read_bytes().splitlines():
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue  # cut off by the crash, so never acknowledged
                headers = tuple((name, value) for name, value in entry["headers"])
                yield Record("POST", entry["path"], headers, base64.b64decode(entry["body"]))

    def recovered(self, record: Record, *, kept: bool) -> None:
        """Note the outcome of replaying one write."""
        (self._kept if kept else self._lost).update(record.tables)

    def report(self) -> None:
        """Write what a start replayed, and what it could not, for the start to tell."""
        path = self._folder / RECOVERY_FILE
        path.unlink(missing_ok=True)
        if self._kept or self._lost:
            path.write_text(json.dumps({"replayed": self._kept, "lost": self._lost}))
