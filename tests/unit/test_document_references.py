"""References of documents: paths, links and identifiers that the repository must contain."""

import subprocess
from pathlib import Path

import pytest

from tools import document_references

ROOT = Path(__file__).parents[2]
FILES = {
    "functions/crm/__init__.py": "",
    "functions/crm/domain/tasks.py": "class Task:\n    due_at = 1\n",
    "functions/crm/service/tasks.py": "",
    "functions/escorts/__init__.py": "",
    "functions/escorts/domain/views.py": "",
    "layers/common/python/kit/db.py": "",
    "migrations/0001.crm.sql": "CREATE TABLE crm.tasks (id uuid);\n",
    "migrations/0001.crm.rollback.sql": "DROP TABLE crm.tasks;\n",
    "tests/unit/crm/test_tasks.py": "def test_task_is_due(): ...\n",
    "docs/testing.md": "# Testing\n\n## What it costs\n",
}


def list_missing(root: Path, document: str, text: str) -> list[str]:
    """Write a repository with one document and return its references without a target."""
    for name, content in {**FILES, document: text}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    subprocess.run(["git", "init", "-q", root], check=True)
    tree = document_references.read_tree(root)
    return [
        f"{each.line} {each.kind} {each.text}" for each in document_references.find_missing(tree)
    ]


def test_documents_refer_to_existing_paths_links_and_names() -> None:
    tree = document_references.read_tree(ROOT)

    assert [str(each) for each in document_references.find_missing(tree)] == []


@pytest.mark.parametrize(
    "text",
    [
        "`functions/crm/domain/tasks.py`",
        "`crm/domain/tasks.py`, `kit/db.py`",
        "`functions/crm/domain/`",
        "`functions/<feature>/domain/<noun>.py`",
        "`functions/crm/{domain,service}/tasks.py`",
        "1. `functions/crm/domain/tasks.py`,\n   `service/tasks.py`",
        "- `migrations/`: `<number>.<feature>.sql` with its `.rollback.sql`",
        "`Task`, `due_at`, `crm.tasks`, `crm.domain`",
        "[costs](docs/testing.md#what-it-costs), [site](https://example.com/x)",
        "```sh\nmake test ONLY=tests/unit/crm/test_tasks.py::test_task_is_due\n```",
        "## Kept, because\n\n| `Task` (was `Job`) | `SomethingElse` | reason |",
    ],
)
def test_reference_with_target_accepted(tmp_path: Path, text: str) -> None:
    assert list_missing(tmp_path, "CONTRIBUTING.md", f"# A\n\n{text}\n") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`functions/crm/domain/visits.py`", "3 path functions/crm/domain/visits.py"),
        ("`functions/<feature>/routes/`", "3 path functions/<feature>/routes/"),
        ("`functions/crm/{domain,pages}/tasks.py`", "3 path functions/crm/{domain,pages}/tasks.py"),
        ("1. `functions/crm/domain/tasks.py`\n2. `service/tasks.py`", "4 path service/tasks.py"),
        ("Long text and\n`tasks.py`", "4 path tasks.py"),
        ("`Visit`", "3 name Visit (Visit)"),
        ("`crm.due_at`", "3 name crm.due_at (crm.due_at)"),
        ("[a](docs/none.md)", "3 link docs/none.md"),
        ("## Kept, because\n\n| `Visit` | `Task` | reason |", "5 name Visit (Visit)"),
        ("[a](docs/testing.md#none)", "3 link docs/testing.md#none"),
        ("```\ntests/unit/crm/test_none.py\n```", "3 path tests/unit/crm/test_none.py"),
        (
            "```\ntests/unit/crm/test_tasks.py::test_none\n```",
            "3 path tests/unit/crm/test_tasks.py::test_none",
        ),
    ],
)
def test_reference_without_target_found(tmp_path: Path, text: str, expected: str) -> None:
    assert list_missing(tmp_path, "CONTRIBUTING.md", f"# A\n\n{text}\n") == [expected]


@pytest.mark.parametrize(
    ("document", "path", "accepted"),
    [
        ("docs/features/crm-keys.md", "domain/tasks.py", True),
        ("docs/features/search.md", "domain/views.py", True),
        ("docs/features/search.md", "domain/tasks.py", False),
        ("docs/pages.md", "domain/tasks.py", True),
        ("docs/features/search.md", "test_tasks.py", True),
        ("docs/testing.md", "crm/test_tasks.py", True),
        ("docs/testing.md", "crm/test_none.py", False),
    ],
)
def test_short_path_resolved_in_the_feature_of_its_document(
    tmp_path: Path, document: str, path: str, accepted: bool
) -> None:
    missing = list_missing(tmp_path, document, f"# A\n\n`{path}`\n")

    assert missing == ([] if accepted else [f"3 path {path}"])


def test_main_prints_references_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    list_missing(tmp_path, "README.md", "`kit/none.py`\n")

    assert document_references.main(tmp_path) == 1
    assert capsys.readouterr().out == "README.md:1: path: kit/none.py\n"
