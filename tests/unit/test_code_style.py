"""Code style rules that no linter checks."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MIGRATIONS = ROOT / "migrations"
FEATURES = sorted(path.parent.name for path in (ROOT / "functions").glob("*/__init__.py"))
TRACKED = subprocess.run(
    ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    check=True,
    text=True,
).stdout.split("\0")
PYTHON = [name for name in TRACKED if name.endswith(".py") and (ROOT / name).exists()]


def test_functions_outside_tests_have_at_most_50_lines() -> None:
    long = [
        f"{name}: {node.name} ({size} lines)"
        for name in PYTHON
        if not name.startswith("tests/")
        for node in ast.walk(ast.parse((ROOT / name).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or 0) - node.lineno + 1) > 50
    ]

    assert long == []


def test_feature_packages_have_a_docstring_of_what_they_own() -> None:
    docstrings = {
        feature: ast.get_docstring(
            ast.parse((ROOT / "functions" / feature / "__init__.py").read_text())
        )
        for feature in FEATURES
    }

    assert [feature for feature, text in docstrings.items() if len(text or "") <= 80] == []


def test_migrations_have_a_rollback() -> None:
    migrations = {path.name for path in MIGRATIONS.glob("*.sql")}
    stems = {name.removesuffix(".sql").removesuffix(".rollback") for name in migrations}
    needed = {f"{stem}{kind}.sql" for stem in stems for kind in ("", ".rollback")}

    assert sorted(needed - migrations) == []
    assert migrations


def test_migrations_are_numbered_without_gaps_or_repetitions() -> None:
    stems = {
        path.name.removesuffix(".sql").removesuffix(".rollback")
        for path in MIGRATIONS.glob("*.sql")
    }
    numbers = [re.fullmatch(r"(\d{4})\.[a-z]+(-[a-z]+)*", stem) for stem in sorted(stems)]

    assert [match and int(match[1]) for match in numbers] == list(range(1, len(stems) + 1))


def test_each_migration_depends_on_the_one_before() -> None:
    paths = sorted(path for path in MIGRATIONS.glob("*.sql") if ".rollback" not in path.name)

    found = [re.findall(r"^-- depends: (.*)$", path.read_text(), re.MULTILINE) for path in paths]

    assert found == [[], *([path.stem] for path in paths[:-1])]


def test_repeatable_migrations_have_unique_numbers() -> None:
    names = [path.name for path in (MIGRATIONS / "repeatable").iterdir()]
    numbers = [re.fullmatch(r"(\d{3})\.[a-z]+\.[a-z0-9_]+\.sql", name) for name in names]

    assert [name for name, match in zip(names, numbers, strict=True) if not match] == []
    assert len({match[1] for match in numbers if match}) == len(names)


def test_repeatable_migrations_can_be_applied_again() -> None:
    """A view is dropped before it is created; functions and triggers are replaced, since tables depend on them."""
    for path in (MIGRATIONS / "repeatable").iterdir():
        text = path.read_text()
        views = re.findall(r"^CREATE VIEW (\S+)", text, re.MULTILINE)
        dropped = re.findall(r"^DROP VIEW IF EXISTS (\S+) CASCADE;$", text, re.MULTILINE)
        assert views == dropped, path.name
        assert not re.search(
            r"^CREATE (?!VIEW|OR REPLACE (FUNCTION|TRIGGER))", text, re.MULTILINE
        ), path.name
