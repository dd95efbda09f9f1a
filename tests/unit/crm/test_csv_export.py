"""CSV export and the parser of client lists."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.client_files import parse_client_file
from crm.domain.client_import import merge_into_existing, parse_row
from crm.domain.csv_export import escape_formula, to_csv, unescape_formula
from crm.domain.export_schema import ExportRecord
from kit.errors import Invalid

RISKY = st.text(alphabet="=+-@\t\r'\"ab,;\n ", max_size=8)
ID = "01a201e0-9a07-751c-b04e-d418f480943b"


@settings(deadline=None, derandomize=True)
@given(RISKY)
def test_escape_formula_is_safe_and_reversible(text: str) -> None:
    assert not escape_formula(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unescape_formula(escape_formula(text)) == text


@settings(deadline=None, derandomize=True)
@given(st.lists(RISKY, min_size=1, max_size=5))
def test_csv_export_parses_to_the_same_rows(notes: list[str]) -> None:
    records = [
        ExportRecord(fields={"id": ID, "version": number}, document={"name": "Leo", "notes": note})
        for number, note in enumerate(notes)
    ]
    found = list(csv.DictReader(io.StringIO(to_csv(records, {}), newline="")))
    assert [unescape_formula(line["notes"]) for line in found] == notes


@pytest.mark.parametrize(
    "data",
    [
        "name,phone\nZo\u00eb,+49 30 1234567\n".encode(),
        "name,phone\r\nZo\u00eb,+49 30 1234567\r\n".encode("utf-8-sig"),
        "name;phone\nZo\u00eb;+49 30 1234567\n".encode("cp1252"),
        "name\tphone\nZo\u00eb\t+49 30 1234567\n".encode("utf-16"),
        "Vorname,Nachname,Handy\nZo\u00eb,,'+49 30 1234567\n".encode(),
        '[{"name": "Zo\u00eb", "phones": ["+49 30 1234567"]}]'.encode(),
    ],
    ids=["plain", "marked", "western", "utf-16", "german", "json"],
)
def test_parse_client_file_in_any_encoding_reads_the_row(data: bytes) -> None:
    (row,) = parse_client_file(data).rows
    wanted = parse_row(row, None)
    assert (wanted.profile.name, wanted.profile.phones) == ("Zo\u00eb", ("+49301234567",))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.binary(max_size=200))
def test_parse_client_file_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    try:
        rows = parse_client_file(data).rows
    except Invalid:
        return
    for row in rows:
        try:
            details = parse_row(row, "DE").profile
        except Invalid:
            continue
        assert merge_into_existing(details, details) == details
