"""docs/features.md promises nothing that no test shows."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|\n ").split("|")]
    for line in (ROOT / "docs" / "features.md").read_text().splitlines()
    if re.match(r"\| [A-Z]{1,2}\d", line)
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_what_works_is_shown_by_a_test_that_exists(row: list[str]) -> None:
    _, _, state, shown_by = row

    assert state in {"works", "not yet"}
    if state == "works":
        name, _, test = shown_by.partition("::")
        text = (ROOT / name).read_text()
        assert test == "*" or re.search(rf"^(async )?def {test}\(", text, re.MULTILINE)


def test_every_row_stands_once() -> None:
    ids = [row[0] for row in ROWS]

    assert len(ids) == len(set(ids))
    assert len(ids) > 50
