"""Parser of an export archive, which refuses any other file."""

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
from kit.formats import format_number
from kit.i18n import gettext as _

MAX_UNCOMPRESSED_BYTES = 25_000_000
"""Bytes: the contents of a full part, and one more record."""
_ENCRYPTED_FLAG = 0x1
_MAX_RECORD_BYTES = 512 * 1024
_ID_FIELDS = ("id", "client_id", "absorbed_id")
_REQUIRED_TIMESTAMPS = ("created_at", "updated_at", "merged_at")
# Errors that a crafted or damaged zip file raises; the first one also stands for zip features that are not used.
_ZIP_ERRORS = (RuntimeError, ArithmeticError, EOFError, LookupError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class ParsedArchive:
    """Records of an archive by table: clients first, since the other tables refer to them."""

    provider: str
    """Provider that exported the archive."""
    part: int
    is_last: bool
    tables: list[tuple[ExportTable, list[dict[str, Any]]]]


def read_archive(zipped: bytes) -> ParsedArchive:
    """Return the contents of an archive; raise `Invalid` for any other file."""
    # Imported on first use: no cold start should wait for it.
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(zipped)) as files:
            found = files.getinfo("data.json")
            is_supported = found.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            if (
                not is_supported
                or found.flag_bits & _ENCRYPTED_FLAG
                or found.file_size > MAX_UNCOMPRESSED_BYTES
            ):
                raise _not_an_export()
            data = json.loads(files.read("data.json"))
    except (zipfile.BadZipFile, zlib.error, *_ZIP_ERRORS) as error:
        raise _not_an_export() from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise _not_an_export()
    tables = []
    for table in EXPORT_TABLES:
        records = data.get(table.name, [])
        if not isinstance(records, list):
            raise _not_an_export()
        tables.append((table, records))
    if sum(len(records) for _, records in tables) > MAX_RECORDS:
        raise Invalid(
            "import-too-long",
            _("An archive has at most %(records)s entries.", records=format_number(MAX_RECORDS)),
            field="content",
        )
    part = data.get("part")
    return ParsedArchive(
        str(data.get("providerId", "")),
        part if isinstance(part, int) else 1,
        data.get("isLast") is True,
        tables,
    )


def parse_record(
    table: ExportTable, raw: Any, columns: set[str], tenant: UUID, provider: str
) -> ExportRecord:
    """Return one record for this workspace; raise `Invalid` for a malformed one.

    Ids from another workspace are replaced, always by the same: ids belong to one workspace.
    """
    match raw:
        case {"fields": dict() as found, "document": dict() as document}:
            pass
        case _:
            raise _malformed_record("document")
    fields = {name: value for name, value in found.items() if name in columns}
    required = [
        "id",
        *(["client_id"] if "client_id" in columns and not table.client_is_optional else []),
    ]
    _check_ids(fields, required)
    _check_times(fields, columns)
    try:
        # As it will be encrypted: lone surrogates and NaN cannot be stored.
        whole = json.dumps([fields, document], ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise _malformed_record("document") from None
    if len(whole) > _MAX_RECORD_BYTES:
        raise _malformed_record("document")
    if table is CLIENTS and not isinstance(document.get("name"), str):
        raise _malformed_record("name")
    if provider != str(tenant):
        for name in _ID_FIELDS:
            if fields.get(name):
                fields[name] = str(uuid5(tenant, fields[name]))
        # Bookings belong to the other account.
        if "booking_id" in fields:
            fields["booking_id"] = None
    return ExportRecord(fields=fields, document=document)


def _check_ids(fields: Mapping[str, Any], required: list[str]) -> None:
    for name in _ID_FIELDS:
        value = fields.get(name)
        if value is None and name not in required:
            continue
        try:
            if str(UUID(value)) != value:
                raise _malformed_record(name)
        except (ValueError, AttributeError, TypeError):
            raise _malformed_record(name) from None


def _check_times(fields: Mapping[str, Any], columns: set[str]) -> None:
    for name in _REQUIRED_TIMESTAMPS:
        if name not in columns:
            continue
        try:
            if datetime.fromisoformat(fields[name]).tzinfo is None:
                raise _malformed_record(name)
        except (KeyError, TypeError, ValueError):
            raise _malformed_record(name) from None


def _malformed_record(field: str) -> Invalid:
    return Invalid(
        "entry-malformed", _("This record does not have the format of an export."), field=field
    )


def _not_an_export() -> Invalid:
    return Invalid(
        "not-an-export", _("The archive can be decrypted, but is not an export of a client book."),
        field="content",
    )  # fmt: skip
