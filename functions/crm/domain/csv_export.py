"""CSV export of a table, with cells that no spreadsheet runs as a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm.domain.export_schema import ExportRecord

_FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a formula (OWASP, "CSV Injection")."""


def to_csv(records: Sequence[ExportRecord], names: Mapping[str, str]) -> str:
    """Return the records as CSV; `names` holds the clients' names by id."""
    lines = [_flatten(record, names) for record in records]
    columns = list(dict.fromkeys(name for line in lines for name in line))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: escape_formula(text) for name, text in line.items()} for line in lines)
    return out.getvalue()


def escape_formula(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if _looks_like_formula(text) else text


def unescape_formula(cell: str) -> str:
    """Return a cell as it was before `escape_formula`."""
    return cell[1:] if cell.startswith("'") and _looks_like_formula(cell) else cell


def _looks_like_formula(text: str) -> bool:
    # Behind any number of quotes, so that removing one is always correct.
    return text.lstrip("'").startswith(_FORMULA_PREFIXES)


def _flatten(record: ExportRecord, names: Mapping[str, str]) -> dict[str, str]:
    line = {"id": record.fields["id"]}
    if client_id := record.fields.get("client_id"):
        line |= {"client_id": client_id, "client": names.get(client_id, "")}
    # Document fields first, then states and times.
    line |= {name: _format_cell(value) for name, value in record.document.items()}
    return line | {
        name: _format_cell(value) for name, value in record.fields.items() if name not in line
    }


def _format_cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return "; ".join(_format_item(one) for one in value)
        case dict():
            return "; ".join(f"{key}: {_format_item(one)}" for key, one in value.items())
    return str(value)


def _format_item(value: Any) -> str:
    if isinstance(value, list):
        return ": ".join(map(str, _format_cells(value)))
    return _format_cell(value)


def _format_cells(values: Iterable[Any]) -> list[str]:
    return [_format_cell(value) for value in values]
