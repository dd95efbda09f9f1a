"""Code style rules that no linter checks."""

import ast
import subprocess
from pathlib import Path

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
    migrations = {
        name for name in TRACKED if name.startswith("migrations/") and name.endswith(".sql")
    }
    stems = {name.removesuffix(".sql").removesuffix(".rollback") for name in migrations}
    needed = {f"{stem}{kind}.sql" for stem in stems for kind in ("", ".rollback")}

    assert sorted(needed - migrations) == []
    assert migrations
