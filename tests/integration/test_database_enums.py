"""Enum types of PostgreSQL: each has the values of an enum in Python, so that neither gets a value alone."""

from enum import StrEnum
from importlib import import_module
from pathlib import Path

from kit.db import Database

ROOT = Path(__file__).parents[2]
# Reference data of jurisdictions; code asks for two of its values only.
WITHOUT_PYTHON_ENUM = {"escorts.capability"}


def _python_enums(feature: str) -> list[set[str]]:
    """Return the values of the enums of a feature's domain and repository, and of all contracts."""
    functions, layer = ROOT / "functions", ROOT / "layers" / "common" / "python"
    folders = [functions / feature / "domain", functions / feature / "repository"]
    names = [
        ".".join(path.relative_to(functions).with_suffix("").parts)
        for folder in folders
        for path in folder.glob("*.py")
    ] + [f"contracts.{path.stem}" for path in (layer / "contracts").glob("*.py")]
    return [
        {member.value for member in value}
        for name in names
        for value in vars(import_module(name.removesuffix(".__init__"))).values()
        if isinstance(value, type) and issubclass(value, StrEnum)
    ]


def test_database_enum_has_values_of_python_enum(database: Database) -> None:
    with database.transaction() as work:
        rows = work.execute(
            "SELECT n.nspname AS schema, t.typname AS name, array_agg(e.enumlabel::text) AS labels"
            " FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid"
            " JOIN pg_namespace n ON n.oid = t.typnamespace GROUP BY 1, 2"
        ).fetchall()

    different = {
        f"{row['schema']}.{row['name']}": sorted(row["labels"])
        for row in rows
        if set(row["labels"]) not in _python_enums(row["schema"])
    }
    assert different.keys() == WITHOUT_PYTHON_ENUM
    assert len(rows) > 20
