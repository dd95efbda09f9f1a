"""Parser of client lists from other programs: CSV and JSON, with aliases of column names."""

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Self

from crm.domain.client_fields import BoundField
from crm.domain.clients import EDITED_FIELDS, STATUS_FIELDS
from crm.domain.csv_export import unescape_formula
from kit.errors import Invalid
from kit.formats import format_number
from kit.i18n import gettext as _

MAX_ROWS = 20_000
_MAX_COLUMNS = 200
_OTHER_COLUMNS = {
    "key": "id key externalid clientid kundennummer",
    "first": "firstname givenname vorname",
    "last": "lastname surname familyname nachname",
}
_IMPORTED_FIELDS = {field.name: field for field in EDITED_FIELDS} | {
    field.name: field for field in STATUS_FIELDS if field.declaration.import_names
}
_LIST_SEPARATOR = re.compile(r"[;|\n]+")
_COMMA_SEPARATOR = re.compile(r"[;,|\n]+")


@dataclass(frozen=True, slots=True)
class ImportRow:
    """Row of a client list. `line` is its number in the file."""

    line: int
    lists: Mapping[str, list[str]] = dataclass_field(default_factory=dict)
    texts: Mapping[str, str] = dataclass_field(default_factory=dict)

    def content_hash(self) -> str:
        """Return a hash of the whole row: the same row again is the same client."""
        text = [sorted((name, sorted(many)) for name, many in self.lists.items() if many)]
        whole = json.dumps([text, sorted(self.texts.items())], ensure_ascii=True)
        return hashlib.sha256(whole.encode()).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON."""
        return {"line": self.line, "lists": dict(self.lists), "texts": dict(self.texts)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Return the row of a JSON document."""
        return cls(document["line"], document["lists"], document["texts"])


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """Rows of a file, and its ignored columns."""

    rows: list[ImportRow]
    ignored_columns: list[str]


def parse_client_file(data: bytes) -> ParsedFile:
    """Return the rows of a CSV or JSON file; raise `Invalid` for any other file."""
    text = _decode(data)
    begin = text.lstrip()[:1]
    lines = _iter_json_rows(text) if begin in ("[", "{") else _iter_csv_rows(text)
    rows: list[ImportRow] = []
    ignored_columns: dict[str, None] = {}
    for number, line in lines:
        row, unknown = _parse_row(number, line)
        ignored_columns |= dict.fromkeys(unknown)
        if row.lists or row.texts:
            rows.append(row)
        if len(rows) > MAX_ROWS:
            raise Invalid(
                "import-too-long",
                _("Send at most %(rows)s rows in one file.", rows=format_number(MAX_ROWS)),
                field="content",
            )
    if not rows and not ignored_columns:
        raise _unreadable_file()
    if not any("name" in row.texts or row.lists for row in rows):
        raise Invalid(
            "columns-unknown",
            _("No column was recognised: use the names name, phone, email, tags, notes."),
            field="content",
        )
    return ParsedFile(rows, [name[:80] for name in ignored_columns][:50])


def _decode(data: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable_file()


def _iter_csv_rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    head = text.split("\n", 1)[0]
    # The most frequent candidate in the first line; csv.Sniffer guesses wrong with one column.
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = next(reader, [])
        if len(names) > _MAX_COLUMNS:
            raise _unreadable_file()
        while True:
            at = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield at, _merge_cells(zip(names, map(unescape_formula, cells), strict=False))
    except csv.Error as error:
        raise _unreadable_file() from error


def _merge_cells(cells: Iterable[tuple[str, str]]) -> dict[str, Any]:
    line: dict[str, Any] = {}
    for name, cell in cells:
        if cell.strip():
            line[name] = f"{line[name]}\n{cell}" if name in line else cell
    return line


def _iter_json_rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable_file() from error
    if isinstance(whole, dict):
        whole = whole.get("clients", [whole])
    if not isinstance(whole, list) or not all(isinstance(one, dict) for one in whole):
        raise _unreadable_file()
    return enumerate(whole, start=1)


def _parse_row(number: int, line: Mapping[str, Any]) -> tuple[ImportRow, list[str]]:
    lists: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    unknown = []
    for column, value in line.items():
        name = _FIELD_BY_COLUMN.get(_normalize_column(column))
        field = _IMPORTED_FIELDS.get(name or "")
        if name is None:
            unknown.append(column)
        elif field and field.is_list:
            if found := _split_values(field, value):
                lists.setdefault(name, []).extend(found)
        elif text := _cell_text(value):
            texts[name] = f"{texts[name]}\n{text}" if name in texts else text
    if names := " ".join(texts.pop(part) for part in ("first", "last") if part in texts):
        texts.setdefault("name", names)
    return ImportRow(number, lists, texts), unknown


def _normalize_column(column: str) -> str:
    plain_text = unicodedata.normalize("NFKD", column).casefold()
    return "".join(sign for sign in plain_text if sign.isascii() and sign.isalnum())


_FIELD_BY_COLUMN = {
    column: name for name, columns in _OTHER_COLUMNS.items() for column in columns.split()
} | {
    column: name
    for name, field in _IMPORTED_FIELDS.items()
    for column in (_normalize_column(name), *field.declaration.import_names.split())
}


def _split_values(field: BoundField, value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for one in value if (found := _list_item_text(one))]
    separator = _COMMA_SEPARATOR if field.declaration.comma_separates else _LIST_SEPARATOR
    return [found for one in separator.split(_cell_text(value)) if (found := one.strip())]


def _list_item_text(one: Any) -> str:
    match one:
        case {"site": site, "handle": handle} | [site, handle]:
            return f"{site}: {handle}"
    return _cell_text(one)


def _cell_text(value: Any) -> str:
    match value:
        case str():
            # A lone surrogate, which JSON can spell and PostgreSQL cannot store, becomes a question mark.
            whole = value.encode("utf-8", "replace").decode()
            return whole.replace("\r\n", "\n").strip()
        case bool() | None | dict() | list():
            return ""
    return str(value)


def _unreadable_file() -> Invalid:
    return Invalid(
        "import-unreadable",
        _("Send an exported archive, a CSV file with a line of column names, or a JSON list."),
        field="content",
    )
