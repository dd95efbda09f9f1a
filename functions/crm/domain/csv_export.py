"""A shelf as CSV, for spreadsheets: a line each, and nothing in it that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm.domain.export_schema import ExportRecord

_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")
"""What a formula begins with (OWASP, "CSV Injection")."""


def to_csv(sheets: Sequence[ExportRecord], names: Mapping[str, str]) -> str:
    """Return the sheets as CSV; `names`: what the clients are called, by id."""
    lines = [_flat(sheet, names) for sheet in sheets]
    columns = list(dict.fromkeys(name for line in lines for name in line))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: escape_formula(text) for name, text in line.items()} for line in lines)
    return out.getvalue()


def escape_formula(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if _looks_run(text) else text


def unescape_formula(cell: str) -> str:
    """Return a cell as it was before it was defused."""
    return cell[1:] if cell.startswith("'") and _looks_run(cell) else cell


def _looks_run(text: str) -> bool:
    # Behind any number of marks of ours, so that taking one off again is always right.
    return text.lstrip("'").startswith(_RUN_BY_SPREADSHEETS)


def _flat(sheet: ExportRecord, names: Mapping[str, str]) -> dict[str, str]:
    line = {"id": sheet.fields["id"]}
    if client_id := sheet.fields.get("client_id"):
        line |= {"client_id": client_id, "client": names.get(client_id, "")}
    # What is said of somebody first, then the states and times.
    line |= {name: _cell(value) for name, value in sheet.document.items()}
    return line | {name: _cell(value) for name, value in sheet.fields.items() if name not in line}


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return "; ".join(_inner(one) for one in value)
        case dict():
            return "; ".join(f"{key}: {_inner(one)}" for key, one in value.items())
    return str(value)


def _inner(value: Any) -> str:
    if isinstance(value, list):
        return ": ".join(map(str, _texts(value)))
    return _cell(value)


def _texts(values: Iterable[Any]) -> list[str]:
    return [_cell(value) for value in values]
