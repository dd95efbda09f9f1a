"""Lists of clients from elsewhere: CSV and JSON, whatever the columns are called."""

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from crm.domain.csv_export import unescape_formula
from kit.errors import Invalid

MAX_ROWS = 20_000
_MOST_COLUMNS = 200
COLUMN_ALIASES = {
    "key": "id key externalid clientid kundennummer",
    "name": "name client clientname fullname displayname kunde kundenname",
    "first": "firstname givenname vorname",
    "last": "lastname surname familyname nachname",
    "aliases": "alias aliases aka nickname nicknames spitzname",
    "phones": "phone phones phonenumber phonenumbers mobile mobilephone cell cellphone tel telephone"
    " telefon telefonnummer handy mobil phone1 phone2 whatsapp",
    "emails": "email emails emailaddress emailaddresses mail email1 email2",
    "tags": "tag tags label labels category categories group groups",
    "sites": "referencesite referencesites sites",
    "preferences": "preference preferences likes vorlieben",
    "notes": "note notes comment comments remark remarks notiz notizen bemerkung bemerkungen",
    "screening_status": "screening screeningstatus",
    "communication_preference": "communicationpreference contactpreference",
}
_FIELDS = {column: name for name, columns in COLUMN_ALIASES.items() for column in columns.split()}
_LISTS = frozenset({"aliases", "phones", "emails", "tags", "sites"})
_BETWEEN = re.compile(r"[;|\n]+")
_BETWEEN_WORDS = re.compile(r"[;,|\n]+")


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row of a list. `line` is where it stands in the file."""

    line: int
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    def content_hash(self) -> str:
        """Return what stands for its whole content: the same row again is the same client."""
        said = [sorted((name, sorted(many)) for name, many in self.lists.items() if many)]
        whole = json.dumps([said, sorted(self.texts.items())], ensure_ascii=True)
        return hashlib.sha256(whole.encode()).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        """Return it as it waits."""
        return {"line": self.line, "lists": dict(self.lists), "texts": dict(self.texts)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Return what waited."""
        return cls(kept["line"], kept["lists"], kept["texts"])


@dataclass(frozen=True, slots=True)
class ReadFile:
    """The rows of a file, and the columns that nothing was made of."""

    rows: list[ImportRow]
    not_taken: list[str]


def read_clients(data: bytes) -> ReadFile:
    """Return the rows of a CSV or JSON file; raise `Invalid` for what is neither."""
    text = _decoded(data)
    begin = text.lstrip()[:1]
    lines = _json_lines(text) if begin in ("[", "{") else _csv_lines(text)
    rows: list[ImportRow] = []
    not_taken: dict[str, None] = {}
    for number, line in lines:
        row, unknown = _row(number, line)
        not_taken |= dict.fromkeys(unknown)
        if row.lists or row.texts:
            rows.append(row)
        if len(rows) > MAX_ROWS:
            raise Invalid(
                "import-too-long", f"Send at most {MAX_ROWS:,} rows in one file.", field="content"
            )
    if not rows and not not_taken:
        raise _nothing()
    if not any("name" in row.texts or row.lists for row in rows):
        raise Invalid(
            "columns-unknown",
            "No column was understood: call them name, phone, email, tags, notes.",
            field="content",
        )
    return ReadFile(rows, [name[:80] for name in not_taken][:50])


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _nothing()


def _csv_lines(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    head = text.split("\n", 1)[0]
    # The sign that the first line has most of; csv.Sniffer guesses wrong with one column.
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = next(reader, [])
        if len(names) > _MOST_COLUMNS:
            raise _nothing()
        while True:
            at = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield at, _joined(zip(names, map(unescape_formula, cells), strict=False))
    except csv.Error as error:
        raise _nothing() from error


def _joined(cells: Iterable[tuple[str, str]]) -> dict[str, Any]:
    line: dict[str, Any] = {}
    for name, cell in cells:
        if cell.strip():
            line[name] = f"{line[name]}\n{cell}" if name in line else cell
    return line


def _json_lines(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _nothing() from error
    if isinstance(whole, dict):
        whole = whole.get("clients", [whole])
    if not isinstance(whole, list) or not all(isinstance(one, dict) for one in whole):
        raise _nothing()
    return enumerate(whole, start=1)


def _row(number: int, line: Mapping[str, Any]) -> tuple[ImportRow, list[str]]:
    lists: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    unknown = []
    for column, value in line.items():
        name = _FIELDS.get(_folded(column))
        if name is None:
            unknown.append(column)
        elif name in _LISTS:
            found = _many(name, value)
            if found:
                lists.setdefault(name, []).extend(found)
        elif said := _one(value):
            texts[name] = f"{texts[name]}\n{said}" if name in texts else said
    if names := " ".join(texts.pop(part) for part in ("first", "last") if part in texts):
        texts.setdefault("name", names)
    return ImportRow(number, lists, texts), unknown


def _folded(column: str) -> str:
    plain_text = unicodedata.normalize("NFKD", column).casefold()
    return "".join(sign for sign in plain_text if sign.isascii() and sign.isalnum())


def _many(name: str, value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for one in value if (found := _listed(one))]
    between = _BETWEEN if name in ("phones", "sites", "aliases") else _BETWEEN_WORDS
    return [found for one in between.split(_one(value)) if (found := one.strip())]


def _listed(one: Any) -> str:
    match one:
        case {"site": site, "handle": handle} | [site, handle]:
            return f"{site}: {handle}"
    return _one(one)


def _one(value: Any) -> str:
    match value:
        case str():
            # Half of a pair, which JSON can spell and nothing can keep, becomes a question mark.
            whole = value.encode("utf-8", "replace").decode()
            return whole.replace("\r\n", "\n").strip()
        case bool() | None | dict() | list():
            return ""
    return str(value)


def _nothing() -> Invalid:
    return Invalid(
        "import-unreadable",
        "Send an exported archive, a CSV file with a line of column names, or a JSON list.",
        field="content",
    )
