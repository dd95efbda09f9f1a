"""A book leaves: archives of JSON and CSV under a passphrase of their own.

A function answers with at most six megabytes, a third of them lost to base64. A large book therefore leaves in several
parts, each a whole archive that opens alone and says which part it is.
"""

import io
import json
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.csv_export import to_csv
from crm.domain.export_container import seal
from crm.domain.export_schema import CLIENTS, EXPORT_TABLES, MAX_RECORDS, SCHEMA, ExportRecord
from crm.repository.export_records import ExportCursor, ExportRecords
from crm.service.audit_log import AuditLog
from crm.service.unlocked_context import UnlockedContext
from crm.vault import RecordRekeyed
from kit.errors import Conflict, Invalid
from kit.pagination import decode_cursor, encode_cursor

MOST = 4 * 1024 * 1024
"""Bytes of an archive."""
_BATCH = 100
_PACKED = 1_250_000
"""Bytes of packed JSON after which a part is full: CSV says it all again, and the last entry may be long."""
_PLAIN = 24_000_000
_SECONDS = 6.0
_README = """\
data.json   everything, in the schema {schema}: each entry has `fields` (what is kept in clear)
            and `document` (what is sealed).
*.csv       the same as tables, for spreadsheets. A cell that begins with ' was defused: without
            it, a spreadsheet would take the cell for a formula.

This is part {part}{last}. It can be imported again: the same archive twice changes nothing.
"""


@dataclass(frozen=True, slots=True)
class Archive:
    """One part: the sealed file, its number, what is in it, and the cursor of the next part."""

    content: bytes
    part: int
    counts: dict[str, int]
    next_part: str | None

    def file_name(self, moment: datetime) -> str:
        """Return a name that says nothing."""
        return f"archive-{moment:%Y-%m-%d}-{self.part}.hmx"


@dataclass(slots=True)
class _Part:
    """What goes into one part, until it is full."""

    number: int
    ends_at: float
    shelves: dict[str, list[ExportRecord]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    plain: int = 0
    packed: int = 0
    packer: Any = field(default_factory=lambda: zlib.compressobj(6))

    def add(self, name: str, sheet: ExportRecord) -> None:
        """Put a sheet in."""
        self.shelves.setdefault(name, []).append(sheet)
        text = _json(sheet.to_json())
        self.plain += len(text)
        self.packed += len(self.packer.compress(text))

    def is_full(self, now: float) -> bool:
        """Tell whether nothing more goes in."""
        sheets = sum(self.counts().values())
        full = self.packed > _PACKED or self.plain > _PLAIN or sheets >= MAX_RECORDS
        return full or now > self.ends_at

    def counts(self) -> dict[str, int]:
        """Return how many sheets of each shelf are in it."""
        return {shelf.name: len(self.shelves.get(shelf.name, ())) for shelf in EXPORT_TABLES}


class ExportService:
    """One open book, on its way out."""

    def __init__(
        self,
        context: UnlockedContext,
        audit_log: AuditLog,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._audit_log = audit_log
        self._tick = tick

    def next_part(self, export_passphrase: str, cursor: str | None = None) -> Archive:
        """Return one part of the book, the first or the one that a cursor names."""
        shelf, spot, number = _place_of(cursor)
        part = _Part(number, self._tick() + _SECONDS)
        try:
            following = self._fill(part, shelf, spot)
            zipped = self._zipped(part, following)
        except RecordRekeyed as error:
            raise Conflict(
                "workspace-busy", "Your book is being sealed anew at this moment: try again."
            ) from error
        content = seal(export_passphrase, zipped)
        if len(content) > MOST:
            raise Invalid(
                "export-too-large", "One entry is too large to leave the book: shorten it."
            )
        counts = part.counts()
        self._audit_log.append(
            AuditAction.EXPORTED, part=number, unreadable=len(part.unreadable), **counts
        )
        return Archive(content, number, counts, following)

    def _fill(self, part: _Part, shelf: int, spot: ExportCursor) -> str | None:
        """Put in what there is; return the cursor where it becomes too much."""
        for number in range(shelf, len(EXPORT_TABLES)):
            at: ExportCursor | None = spot if number == shelf else ExportCursor()
            table = ExportRecords(self._context.work, self._context.vault, EXPORT_TABLES[number])
            while at is not None:
                if part.is_full(self._tick()):
                    return _cursor(number, at, part.number + 1)
                read = table.after(at, _BATCH)
                part.unreadable += [
                    f"{EXPORT_TABLES[number].name}/{one}" for one in read.unreadable
                ]
                for sheet in read.sheets:
                    part.add(EXPORT_TABLES[number].name, sheet)
                    if part.is_full(self._tick()) and sheet is not read.sheets[-1]:
                        spot = ExportCursor(sheet.client_id or ExportCursor().client_id, sheet.id)
                        return _cursor(number, spot, part.number + 1)
                at = read.last
        return None

    def _zipped(self, part: _Part, following: str | None) -> bytes:
        readme = _README.format(
            schema=SCHEMA, part=part.number, last="" if following else ", the last one"
        )
        names = self._names(part)
        files = {"README.txt": readme.encode(), "data.json": _json(self._data(part, following))}
        for name, sheets in part.shelves.items():
            # With the mark by which spreadsheets know the encoding.
            files[f"{name}.csv"] = to_csv(sheets, names).encode("utf-8-sig", "replace")
        # It loads every way of packing there is, a tenth of a cold start: by the first use.
        import zipfile

        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, content in files.items():
                zipped.writestr(name, content)
        return out.getvalue()

    def _data(self, part: _Part, following: str | None) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "providerId": str(self._context.provider_id),
            "exportedAt": self._context.now().isoformat(),
            "part": part.number,
            "isLast": following is None,
            "counts": part.counts(),
            "unreadable": part.unreadable,
        } | {
            shelf.name: [sheet.to_json() for sheet in part.shelves.get(shelf.name, ())]
            for shelf in EXPORT_TABLES
        }

    def _names(self, part: _Part) -> dict[str, str]:
        known = {
            sheet.fields["id"]: sheet.document.get("name", "")
            for sheet in part.shelves.get(CLIENTS.name, ())
        }
        asked = {
            sheet.client_id
            for sheets in part.shelves.values()
            for sheet in sheets
            if sheet.client_id and sheet.fields["client_id"] not in known
        }
        table = ExportRecords(self._context.work, self._context.vault, CLIENTS)
        found = table.documents([one for one in asked if one])
        return known | {str(one): document.get("name", "") for one, document in found.items()}


def _json(value: Any) -> bytes:
    # Half of a pair, which no file in UTF-8 can hold, becomes a question mark.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _cursor(shelf: int, spot: ExportCursor, part: int) -> str:
    return encode_cursor(
        {"shelf": shelf, "client": str(spot.client_id), "id": str(spot.id), "part": part}
    )


def _place_of(cursor: str | None) -> tuple[int, ExportCursor, int]:
    if cursor is None:
        return 0, ExportCursor(), 1
    values = decode_cursor(cursor, {"shelf": int, "client": str, "id": str, "part": int})
    try:
        spot = ExportCursor(UUID(str(values["client"])), UUID(str(values["id"])))
    except ValueError:
        raise _no_cursor() from None
    shelf, part = values["shelf"], values["part"]
    if not isinstance(shelf, int) or not isinstance(part, int):
        raise _no_cursor()
    if not 0 <= shelf < len(EXPORT_TABLES) or not 1 < part < 10_000:
        raise _no_cursor()
    return shelf, spot, part


def _no_cursor() -> Invalid:
    return Invalid("cursor", "There is no such part: start again from the first one.", field="part")
