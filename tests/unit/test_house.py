"""The house rules that no linter knows."""

import ast
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FEATURES = sorted(path.parent.name for path in (ROOT / "functions").glob("*/__init__.py"))
TRACKED = subprocess.run(
    ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    check=True,
    text=True,
).stdout.split("\0")
PYTHON = [name for name in TRACKED if name.endswith(".py") and (ROOT / name).exists()]


@pytest.mark.parametrize("name", PYTHON)
def test_a_file_is_one_job(name: str) -> None:
    limit = 500 if name.startswith("tests/") else 300

    assert (ROOT / name).read_text().count("\n") <= limit


@pytest.mark.parametrize("name", [name for name in PYTHON if not name.startswith("tests/")])
def test_a_function_is_one_thought(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text())

    long = [
        f"{node.name} ({size})"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or 0) - node.lineno + 1) > 50
    ]

    assert long == []


def test_every_feature_stands_under_every_import_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]

    roots = set(contracts["root_packages"])
    independent = next(c for c in contracts["contracts"] if c["type"] == "independence")
    assert set(FEATURES) <= roots
    assert set(FEATURES) == set(independent["modules"])


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_says_what_it_owns(feature: str) -> None:
    docstring = ast.get_docstring(
        ast.parse((ROOT / "functions" / feature / "__init__.py").read_text())
    )

    assert docstring is not None
    assert len(docstring) > 80


@pytest.mark.parametrize(
    "name", [name for name in TRACKED if name.startswith("migrations/") and name.endswith(".sql")]
)
def test_every_migration_has_its_way_back(name: str) -> None:
    stem = name.removesuffix(".sql").removesuffix(".rollback")

    assert (ROOT / f"{stem}.sql").exists()
    assert (ROOT / f"{stem}.rollback.sql").exists()
