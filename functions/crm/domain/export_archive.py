"""An archive that comes back: read, and only if it is one of ours."""

import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from crm.domain.export_schema import (
    CLIENTS,
    EXPORT_TABLES,
    MAX_RECORDS,
    SCHEMA,
    ExportRecord,
    ExportTable,
)
from kit.errors import Invalid

MOST_PLAIN = 25_000_000
"""Bytes: what an export takes for a full part, and one sheet more."""
_LOCKED = 0x1
_MOST_DOCUMENT = 512 * 1024
_IDS = ("id", "client_id", "absorbed_id")
_TIMES = ("created_at", "updated_at", "merged_at")
# What reading a file raises that somebody made or damaged; the first one is also a feature of zip that nobody uses.
_MALFORMED = (RuntimeError, ArithmeticError, EOFError, LookupError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class ParsedArchive:
    """The sheets of an archive, shelf by shelf: clients first, since all else is about them."""

    provider: str
    """Whose book it was."""
    part: int
    is_last: bool
    shelves: list[tuple[ExportTable, list[dict[str, Any]]]]


def read_archive(zipped: bytes) -> ParsedArchive:
    """Return what is in the archive; raise `Invalid` for one that is not ours."""
    # Loaded by the first use: no cold start should wait for it.
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(zipped)) as files:
            found = files.getinfo("data.json")
            packed_as_ours = found.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            if not packed_as_ours or found.flag_bits & _LOCKED or found.file_size > MOST_PLAIN:
                raise _not_ours()
            data = json.loads(files.read("data.json"))
    except (zipfile.BadZipFile, zlib.error, *_MALFORMED) as error:
        raise _not_ours() from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise _not_ours()
    shelves = []
    for shelf in EXPORT_TABLES:
        sheets = data.get(shelf.name, [])
        if not isinstance(sheets, list):
            raise _not_ours()
        shelves.append((shelf, sheets))
    if sum(len(sheets) for _, sheets in shelves) > MAX_RECORDS:
        raise Invalid(
            "import-too-long", f"An archive has at most {MAX_RECORDS:,} entries.", field="content"
        )
    part = data.get("part")
    return ParsedArchive(
        str(data.get("providerId", "")),
        part if isinstance(part, int) else 1,
        data.get("isLast") is True,
        shelves,
    )


def parse_record(
    shelf: ExportTable, kept: Any, columns: set[str], tenant: UUID, provider: str
) -> ExportRecord:
    """Return one sheet for this book; raise `Invalid` for what cannot be one.

    Of another book every id is made anew, always the same: ids are one book's alone.
    """
    match kept:
        case {"fields": dict() as found, "document": dict() as document}:
            pass
        case _:
            raise _not_a_sheet("document")
    fields = {name: value for name, value in found.items() if name in columns}
    needed = ["id", *(["client_id"] if "client_id" in columns and not shelf.is_own else [])]
    _check_ids(fields, needed)
    _check_times(fields, columns)
    try:
        # As it will be sealed: without halves of pairs and numbers that are none.
        whole = json.dumps([fields, document], ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise _not_a_sheet("document") from None
    if len(whole) > _MOST_DOCUMENT:
        raise _not_a_sheet("document")
    if shelf is CLIENTS and not isinstance(document.get("name"), str):
        raise _not_a_sheet("name")
    if provider != str(tenant):
        for name in _IDS:
            if fields.get(name):
                fields[name] = str(uuid5(tenant, fields[name]))
        # Bookings are the other account's.
        if "booking_id" in fields:
            fields["booking_id"] = None
    return ExportRecord(fields=fields, document=document)


def _check_ids(fields: Mapping[str, Any], needed: list[str]) -> None:
    for name in _IDS:
        value = fields.get(name)
        if value is None and name not in needed:
            continue
        try:
            if str(UUID(value)) != value:
                raise _not_a_sheet(name)
        except (ValueError, AttributeError, TypeError):
            raise _not_a_sheet(name) from None


def _check_times(fields: Mapping[str, Any], columns: set[str]) -> None:
    for name in _TIMES:
        if name not in columns:
            continue
        try:
            if datetime.fromisoformat(fields[name]).tzinfo is None:
                raise _not_a_sheet(name)
        except (KeyError, TypeError, ValueError):
            raise _not_a_sheet(name) from None


def _not_a_sheet(field: str) -> Invalid:
    return Invalid("entry-malformed", "This entry is not as an export writes it.", field=field)


def _not_ours() -> Invalid:
    return Invalid(
        "not-an-export", "The archive opens, but what is in it is not an export of a book.",
        field="content",
    )  # fmt: skip
