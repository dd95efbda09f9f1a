"""Checks of docs/features.md: every feature that works names an existing test."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|\n ").split("|")]
    for line in (ROOT / "docs" / "features.md").read_text().splitlines()
    if re.match(r"\| [A-Z]{1,2}\d", line)
]


def test_features_marked_working_name_existing_tests() -> None:
    wrong = [row[0] for row in ROWS if not _is_shown(*row)]

    assert wrong == []


def _is_shown(_id: str, _title: str, state: str, shown_by: str) -> bool:
    if state == "works":
        name, _, test = shown_by.partition("::")
        file = ROOT / name
        return file.is_file() and (
            test == "*"
            or bool(re.search(rf"^(async )?def {test}\(", file.read_text(), re.MULTILINE))
        )
    return state == "not yet"


def test_features_rows_are_unique() -> None:
    ids = [row[0] for row in ROWS]

    assert len(ids) == len(set(ids))
    assert len(ids) > 50
