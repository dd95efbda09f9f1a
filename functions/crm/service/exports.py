"""Export of a workspace: archives of JSON and CSV, encrypted under a passphrase of their own.

A Lambda response is at most six megabytes, a third of them lost to base64. A large workspace is therefore exported in
several parts, each a whole archive that decrypts alone and bears its number.
"""

import io
import json
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from textwrap import fill
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
from kit.i18n import gettext as _
from kit.pagination import decode_cursor, encode_cursor

MAX_ARCHIVE_BYTES = 4 * 1024 * 1024
"""Maximum bytes of an archive."""
_BATCH_SIZE = 100
_MAX_COMPRESSED_BYTES = 1_250_000
"""Bytes of compressed JSON after which a part is full: CSV repeats the same data, and the last record may be long."""
_MAX_UNCOMPRESSED_BYTES = 24_000_000
_MAX_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Archive:
    """One part: the encrypted file, its number, its record counts, and the cursor of the next part."""

    content: bytes
    part: int
    counts: dict[str, int]
    next_part: str | None

    def file_name(self, moment: datetime) -> str:
        """Return a file name that reveals nothing."""
        return f"archive-{moment:%Y-%m-%d}-{self.part}.hmx"


@dataclass(slots=True)
class _PartBuilder:
    """Builder of one part: collects records until the part is full."""

    number: int
    ends_at: float
    records_by_table: dict[str, list[ExportRecord]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    uncompressed_bytes: int = 0
    compressed_bytes: int = 0
    compressor: Any = field(default_factory=lambda: zlib.compressobj(6))

    def add(self, name: str, record: ExportRecord) -> None:
        """Add a record."""
        self.records_by_table.setdefault(name, []).append(record)
        text = _json(record.to_json())
        self.uncompressed_bytes += len(text)
        self.compressed_bytes += len(self.compressor.compress(text))

    def is_full(self, now: float) -> bool:
        """Tell whether the part takes no more records."""
        records = sum(self.counts().values())
        full = (
            self.compressed_bytes > _MAX_COMPRESSED_BYTES
            or self.uncompressed_bytes > _MAX_UNCOMPRESSED_BYTES
            or records >= MAX_RECORDS
        )
        return full or now > self.ends_at

    def counts(self) -> dict[str, int]:
        """Return the number of records by table."""
        return {
            table.name: len(self.records_by_table.get(table.name, ())) for table in EXPORT_TABLES
        }


class ExportService:
    """Exports one unlocked workspace."""

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
        """Return one part of the workspace: the first, or the one at a cursor."""
        table_index, position, number = _decode_cursor(cursor)
        part = _PartBuilder(number, self._tick() + _MAX_SECONDS)
        try:
            next_part = self._fill(part, table_index, position)
            zipped = self._zip(part, next_part)
        except RecordRekeyed as error:
            raise Conflict(
                "workspace-busy",
                _("Your client book is being re-encrypted at this moment: try again."),
            ) from error
        content = seal(export_passphrase, zipped)
        if len(content) > MAX_ARCHIVE_BYTES:
            raise Invalid(
                "export-too-large", _("One entry is too large to be exported: shorten it.")
            )
        counts = part.counts()
        self._audit_log.append(
            AuditAction.EXPORTED, part=number, unreadable=len(part.unreadable), **counts
        )
        return Archive(content, number, counts, next_part)

    def _fill(self, part: _PartBuilder, table_index: int, position: ExportCursor) -> str | None:
        """Add records to the part; return the cursor of the next part if it becomes full."""
        for number in range(table_index, len(EXPORT_TABLES)):
            current: ExportCursor | None = position if number == table_index else ExportCursor()
            records_repository = ExportRecords(
                self._context.work, self._context.vault, EXPORT_TABLES[number]
            )
            while current is not None:
                if part.is_full(self._tick()):
                    return _encode_cursor(number, current, part.number + 1)
                read = records_repository.read_after(current, _BATCH_SIZE)
                part.unreadable += [
                    f"{EXPORT_TABLES[number].name}/{one}" for one in read.unreadable
                ]
                for record in read.records:
                    part.add(EXPORT_TABLES[number].name, record)
                    if part.is_full(self._tick()) and record is not read.records[-1]:
                        position = ExportCursor(
                            record.client_id or ExportCursor().client_id, record.id
                        )
                        return _encode_cursor(number, position, part.number + 1)
                current = read.next_cursor
        return None

    def _zip(self, part: _PartBuilder, next_part: str | None) -> bytes:
        readme = _readme(part.number, is_last=next_part is None)
        names = self._names(part)
        files = {"README.txt": readme.encode(), "data.json": _json(self._data(part, next_part))}
        for name, records in part.records_by_table.items():
            # With the byte order mark by which spreadsheets detect the encoding.
            files[f"{name}.csv"] = to_csv(records, names).encode("utf-8-sig", "replace")
        # Imported on first use: it loads every compression module, a tenth of a cold start.
        import zipfile

        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, content in files.items():
                zipped.writestr(name, content)
        return out.getvalue()

    def _data(self, part: _PartBuilder, next_part: str | None) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "providerId": str(self._context.provider_id),
            "exportedAt": self._context.now().isoformat(),
            "part": part.number,
            "isLast": next_part is None,
            "counts": part.counts(),
            "unreadable": part.unreadable,
        } | {
            table.name: [record.to_json() for record in part.records_by_table.get(table.name, ())]
            for table in EXPORT_TABLES
        }

    def _names(self, part: _PartBuilder) -> dict[str, str]:
        known = {
            record.fields["id"]: record.document.get("name", "")
            for record in part.records_by_table.get(CLIENTS.name, ())
        }
        missing = {
            record.client_id
            for records in part.records_by_table.values()
            for record in records
            if record.client_id and record.fields["client_id"] not in known
        }
        records_repository = ExportRecords(self._context.work, self._context.vault, CLIENTS)
        found = records_repository.documents_of([one for one in missing if one])
        return known | {str(one): document.get("name", "") for one, document in found.items()}


def _readme(part: int, *, is_last: bool) -> str:
    texts = [
        _(
            "data.json has everything, in the schema %(schema)s: each entry has `fields` (plaintext columns) and"
            " `document` (decrypted data).",
            schema=SCHEMA,
        ),
        _(
            "The CSV files have the same as tables, for spreadsheets. A cell that begins with ' was escaped: without"
            " it, a spreadsheet would take the cell for a formula."
        ),
        _("This is part %(part)s, the last one.", part=part)
        if is_last
        else _("This is part %(part)s.", part=part),
        _("It can be imported again: the same archive twice changes nothing."),
    ]
    return "\n\n".join(fill(text, 90) for text in texts) + "\n"


def _json(value: Any) -> bytes:
    # A lone surrogate, which UTF-8 cannot encode, becomes a question mark.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _encode_cursor(table_index: int, position: ExportCursor, part: int) -> str:
    return encode_cursor(
        {
            "table": table_index,
            "client": str(position.client_id),
            "id": str(position.id),
            "part": part,
        }
    )


def _decode_cursor(cursor: str | None) -> tuple[int, ExportCursor, int]:
    if cursor is None:
        return 0, ExportCursor(), 1
    values = decode_cursor(cursor, {"table": int, "client": str, "id": str, "part": int})
    try:
        position = ExportCursor(UUID(str(values["client"])), UUID(str(values["id"])))
    except ValueError:
        raise _invalid_cursor() from None
    table_index, part = values["table"], values["part"]
    if not isinstance(table_index, int) or not isinstance(part, int):
        raise _invalid_cursor()
    if not 0 <= table_index < len(EXPORT_TABLES) or not 1 < part < 10_000:
        raise _invalid_cursor()
    return table_index, position, part


def _invalid_cursor() -> Invalid:
    return Invalid(
        "cursor", _("There is no such part: start again from the first one."), field="part"
    )
