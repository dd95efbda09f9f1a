"""The vocabulary check refuses each private word, and the cycle check each circle."""

import subprocess
from pathlib import Path

import pytest

from tools import import_cycles, vocabulary

GLOSSARY = """# Glossary

| noun | meaning |
|---|---|
| `audit log` | record of actions |
| `visit` | appointment |
| `query` | question to a table |
"""
SENTENCE_STARTS = ["What", "Who", "Whom", "Whoever", "Whose", "Somebody", "Nobody", "Everybody"]
SENTENCE_STARTS += ["It", "She", "He", "They", "How somebody"]
PHRASES = ["whoever", "somebody who", "what is kept", "what is there", "what is said"]
PHRASES += ["what is left", "what is over", "what was said", "what was kept"]
PHRASES += ["what was written down"]
CODE_WORDS = ["AtSheet", "AtDesk", "AtHall", "AtFrame", "BeforeBook", "InRoom", "AtShredder"]
CODE_WORDS += ["private_parts", "kept_among", "work_off", "take_in", "put_together", "handed_out"]
CODE_WORDS += ["say_now", "end_letters", "ended_wishes"]
CODE_WORDS += ["shreds", "addressees", "whom", "somebody", "whoever"]
CODE_WORDS += ["said", "told", "desk", "room", "rooms"]
CLASSES = (
    "Desk Door Hall Sheet Shelf Spot Stay Trail TrailTable Happening Kept Kind Wanted Sight Look"
)
CLASSES += " Room Wish Belongings Salon Keeper Town Dying Study"
FILES = "said hall door desk kept whom story sight every words bringing leaving standing deciding"
FILES += " moving finding belongings departed shelf"
FURTHER_FILES = (
    "room rooms gate sheet sheets trail forgetting emptying wiping proving opening anchor"
)
FURTHER_FILES += (
    " shreds reading requesting timekeeping upkeep sketch prose admin_room room_dependencies"
)
FUNCTIONS = "of see said kept told one some several shown there way _told"
TEST_WORDS = "whoever somebody whom she her hers nobody"
COMMENTS = {
    "docstring": ("functions/crm/a.py", '"""{}."""\n'),
    "comment": ("functions/crm/a.py", "a = 1\n# {}\n# more.\nb = 2\n"),
    "sql-comment": ("migrations/0001.a.sql", "-- {}.\nSELECT 1;\n"),
    "template-comment": ("functions/crm/templates/a.html", "<p>\n{{# {}. #}}\n</p>\n"),
    "document": ("docs/a.md", "# Title\n\n{}.\n"),
}


def _broken_rules(root: Path, path: str, text: str) -> list[str]:
    """Write one file below `root` and return the rules that the check finds broken there."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return [violation.rule for violation in vocabulary.find_violations(root)]


@pytest.mark.parametrize("word", CODE_WORDS)
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("functions/crm/a.py", "x = {}\n"),
        ("layers/common/python/kit/a.py", "def read_row({}: int) -> None: ...\n"),
        ("bench/a.py", 'query = "SELECT id FROM crm.{}"\n'),
        ("migrations/0001.a.sql", "CREATE TABLE crm.{} ();\n"),
        ("functions/crm/templates/a.html", "<p>{{{{ {} }}}}</p>\n"),
        ("docs/a.md", "# Title\n\nText.\n\nThe module `{}`.\n"),
        ("web/js/a.js", "let {} = 1;\n"),
    ],
)
def test_identifier_private_word_refused(tmp_path: Path, path: str, code: str, word: str) -> None:
    assert _broken_rules(tmp_path, path, code.format(word)) == ["identifier"]


@pytest.mark.parametrize(
    "word", ["shreds", "addressees", "whom", "somebody", "whoever", "said", "told", "desk", "room"]
)
@pytest.mark.parametrize(
    ("path", "prose"),
    [
        ("functions/crm/a.py", '"""Return a row.\n\nIt {} a file.\n"""\n'),
        ("migrations/0001.a.sql", "SELECT 1;  -- and {} too\n"),
        ("docs/a.md", "# Title\n\nShort text.\n\nLater {} stands here.\n"),
    ],
)
def test_identifier_word_within_prose_accepted(
    tmp_path: Path, path: str, prose: str, word: str
) -> None:
    assert _broken_rules(tmp_path, path, prose.format(word)) == []


@pytest.mark.parametrize("name", CLASSES.split())
def test_class_name_private_refused(tmp_path: Path, name: str) -> None:
    assert _broken_rules(tmp_path, "stacks/a.py", f"class {name}:\n    pass\n") == ["class-name"]


@pytest.mark.parametrize("name", ["AuditLog", "Roomy", "DeskLamp"])
def test_class_name_standard_accepted(tmp_path: Path, name: str) -> None:
    assert _broken_rules(tmp_path, "stacks/a.py", f"class {name}:\n    pass\n") == []


@pytest.mark.parametrize("suffix", ["py", "html"])
@pytest.mark.parametrize("name", [*FILES.split(), *FURTHER_FILES.split()])
def test_file_name_private_refused(tmp_path: Path, name: str, suffix: str) -> None:
    assert _broken_rules(tmp_path, f"functions/crm/pages/{name}.{suffix}", "") == ["file-name"]


@pytest.mark.parametrize(
    "name", ["age_gate.py", "opening_hours.py", "spreadsheets.py", "classroom.html", "keywords.py"]
)
def test_file_name_standard_accepted(tmp_path: Path, name: str) -> None:
    assert _broken_rules(tmp_path, f"functions/crm/pages/{name}", "") == []


@pytest.mark.parametrize("name", FUNCTIONS.split())
@pytest.mark.parametrize("indent", ["", "class A:\n    @classmethod\n    async "])
def test_function_name_without_object_refused(tmp_path: Path, name: str, indent: str) -> None:
    broken = _broken_rules(tmp_path, "local/a.py", f"{indent}def {name}(): ...\n")

    assert [rule for rule in broken if rule != "identifier"] == ["function-name"]


@pytest.mark.parametrize("name", ["from_row", "one_of", "get", "show_one"])
def test_function_name_verb_accepted(tmp_path: Path, name: str) -> None:
    assert _broken_rules(tmp_path, "local/a.py", f"def {name}(): ...\n") == []


@pytest.mark.parametrize("word", TEST_WORDS.split())
def test_test_name_pronoun_refused(tmp_path: Path, word: str) -> None:
    code = f"def test_page_{word}_signs_in(): ...\n"

    assert _broken_rules(tmp_path, "tests/unit/test_a.py", code) == ["test-name"]


@pytest.mark.parametrize("name", ["test_other_provider_gets_404", "test_sheriff_here_is_named"])
def test_test_name_unit_and_condition_accepted(tmp_path: Path, name: str) -> None:
    assert _broken_rules(tmp_path, "tests/unit/test_a.py", f"def {name}(): ...\n") == []


def test_test_name_in_two_files_refused_in_both(tmp_path: Path) -> None:
    code = "def test_page_is_rendered(): ...\n"
    _broken_rules(tmp_path, "tests/unit/test_a.py", code)

    assert _broken_rules(tmp_path, "tests/e2e/test_b.py", code) == ["test-name-twice"] * 2


@pytest.mark.parametrize("start", SENTENCE_STARTS)
@pytest.mark.parametrize("rule", COMMENTS)
def test_sentence_pronoun_first_refused(tmp_path: Path, rule: str, start: str) -> None:
    path, text = COMMENTS[rule]

    assert _broken_rules(tmp_path, path, text.format(f"{start} reads a row")) == [rule]


@pytest.mark.parametrize("phrase", PHRASES)
@pytest.mark.parametrize("rule", COMMENTS)
def test_sentence_clause_for_noun_refused(tmp_path: Path, rule: str, phrase: str) -> None:
    path, text = COMMENTS[rule]

    assert _broken_rules(tmp_path, path, text.format(f"Show {phrase} to a user")) == [rule]


@pytest.mark.parametrize("sentence", ["Items are read", "Heavy rows. It is slow", "Whole rows"])
@pytest.mark.parametrize("rule", COMMENTS)
def test_sentence_noun_first_accepted(tmp_path: Path, rule: str, sentence: str) -> None:
    path, text = COMMENTS[rule]

    assert _broken_rules(tmp_path, path, text.format(sentence)) == []


@pytest.mark.parametrize(
    "code",
    ['class A:\n    """What a row holds."""\n', 'def read():\n    """Whoever reads."""\n'],
)
def test_docstring_of_class_and_function_read(tmp_path: Path, code: str) -> None:
    assert _broken_rules(tmp_path, "functions/crm/a.py", code) == ["docstring"]


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("docs/a.md", "# What a row holds\n\nText.\n", "document"),
        ("docs/a.md", "# 7. Whoever reads\n\nText.\n", "document"),
        ("docs/a.md", "# Title\n\n```\nx\n```\n\n**What** a row holds.\n", "document"),
        ("web/css/a.css", "/* What a page shows. */\np { margin: 0 }\n", "comment"),
        ("web/js/a.js", "// What a page shows.\nlet a = 1;\n", "comment"),
        ("functions/crm/templates/a.html", "<!-- What a page shows. -->\n", "template-comment"),
    ],
)
def test_sentence_of_titles_and_scripts_read(
    tmp_path: Path, path: str, text: str, rule: str
) -> None:
    assert _broken_rules(tmp_path, path, text) == [rule]


def test_comment_within_string_accepted(tmp_path: Path) -> None:
    code = 'text = """\n# What a file holds.\n"""\n'

    assert _broken_rules(tmp_path, "functions/crm/a.py", code) == []


@pytest.mark.parametrize("name", ["visits", "audit_log", "audit_log_queries", "visit_query"])
def test_module_name_of_glossary_accepted(tmp_path: Path, name: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "glossary.md").write_text(GLOSSARY)

    assert _broken_rules(tmp_path, f"functions/crm/domain/{name}.py", "") == []


@pytest.mark.parametrize(
    "path",
    [
        "functions/crm/domain/logs.py",
        "functions/crm/vault/bag.py",
        "functions/crm/pages/attic/visits.py",
        "layers/common/python/kit/wallclock.py",
        "layers/common/python/contracts/visit_thing.py",
        "stacks/constructs/thing.py",
        "local/gadget/__init__.py",
    ],
)
def test_module_name_outside_glossary_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "glossary.md").write_text(GLOSSARY)
    if "attic" in path:
        _broken_rules(tmp_path, "functions/crm/pages/attic/__init__.py", "")

    assert _broken_rules(tmp_path, path, "") == ["module-name"]


@pytest.mark.parametrize(
    ("path", "rules"),
    [
        ("tests/unit/crm/test_visits.py", []),
        ("tests/unit/crm/test_visit_races.py", []),
        ("tests/integration/crm/test_audit_log_chain.py", []),
        ("tests/integration/crm/test_races.py", ["test-module-name"]),
        ("tests/integration/crm/test_visitors.py", ["test-module-name"]),
        ("tests/integration/crm/factory.py", []),
        ("tests/unit/crm/vault/test_theft.py", []),
        ("tests/e2e/test_journey.py", []),
    ],
)
def test_test_module_name_begins_with_noun_of_glossary(
    tmp_path: Path, path: str, rules: list[str]
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "glossary.md").write_text(GLOSSARY)

    assert _broken_rules(tmp_path, path, "") == rules


@pytest.mark.parametrize(
    "path",
    ["docs/glossary.md", "web/vendor/a.js", "tools/vocabulary.py", "docs/legal/terms.md", "app.py"],
)
def test_exempt_file_accepted(tmp_path: Path, path: str) -> None:
    assert _broken_rules(tmp_path, path, "# What private_parts holds.\n") == []


def test_main_restricted_to_path_and_rule_prints_those(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _broken_rules(tmp_path, "local/a.py", "class Room:\n    def of(self): ...\n")
    _broken_rules(tmp_path, "bench/a.py", "class Room:\n    pass\n")

    assert vocabulary.main(["local", "--rule", "class-name"], tmp_path) == 1
    assert capsys.readouterr().out == (
        "local/a.py:1: class-name: Room (write the name of docs/glossary.md for the thing)\n"
    )
    assert vocabulary.main(["--rule", "docstring"], tmp_path) == 0


# Commits


def _commit(root: Path, subject: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", root, "add", "-A"], check=True)
    commit = ["commit", "-q", "--allow-empty", "--no-verify", "-m", subject]
    subprocess.run(["git", "-C", root, *identity, *commit], check=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository whose second commit brings the check; the first one's subject is free."""
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path], check=True)
    _commit(tmp_path, "Whatever was said before")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "vocabulary.py").touch()
    _commit(tmp_path, "lint: refuse private vocabulary")
    return tmp_path


@pytest.mark.parametrize(
    "subject",
    [
        "crm: refuse duplicate phone numbers on import",
        "kit/http: answer 304",
        "auth(pages): redirect to the login",
        "crm: " + "a" * 67,
    ],
)
def test_commit_subject_imperative_accepted(repository: Path, subject: str) -> None:
    _commit(repository, subject)

    assert vocabulary.main(["commits"], repository) == 0


@pytest.mark.parametrize(
    "subject",
    [
        "Client book: of two who were one, one link ends all letters",
        "One suppression fewer",
        "Docs: a row has four cells",
        "crm: Refuse duplicates",
        "crm: fix",
        "crm: " + "a" * 70,
        "functions/crm: " + "a" * 60,
    ],
)
def test_commit_subject_without_area_or_too_long_refused(repository: Path, subject: str) -> None:
    _commit(repository, subject)

    assert vocabulary.main(["commits"], repository) == 1


def test_commit_of_merge_left_out(repository: Path) -> None:
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "checkout", "-q", "-b", "side"], check=True)
    _commit(repository, "crm: list visits of a client")
    subprocess.run([*git, "checkout", "-q", "main"], check=True)
    subprocess.run([*git, "merge", "-q", "--no-ff", "-m", "Merge side", "side"], check=True)

    assert vocabulary.main(["commits"], repository) == 0


def test_commits_without_history_not_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vocabulary.main(["commits"], tmp_path) == 0
    assert "not checked" in capsys.readouterr().out


def test_commits_of_shallow_clone_not_checked(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _commit(repository, "One suppression fewer")
    clone = repository / "clone"
    source = repository.as_uri()
    subprocess.run(["git", "clone", "-q", "--depth", "1", source, clone], check=True)

    assert vocabulary.main(["commits"], clone) == 0
    assert "not checked" in capsys.readouterr().out


# Circular imports


def _circles(root: Path, files: dict[str, str]) -> list[list[tuple[str, str]]]:
    """Write modules below `root` and return the circles among them."""
    for name, code in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    imports = import_cycles.list_imports(import_cycles.read_modules(root))
    return [
        [(each.importer, each.imported) for each in circle]
        for circle in import_cycles.find_cycles(imports)
    ]


def test_cycle_of_two_modules_found_with_its_imports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        "functions/crm/__init__.py": "",
        "functions/crm/a.py": "from crm import b\n",
        "functions/crm/b.py": "\n\nimport crm.a\n",
        "functions/crm/c.py": "from crm.a import b\n",
    }

    assert _circles(tmp_path, files) == [[("crm.a", "crm.b"), ("crm.b", "crm.a")]]
    assert import_cycles.main(tmp_path) == 1
    assert "functions/crm/b.py:3: crm.b imports crm.a" in capsys.readouterr().out


@pytest.mark.parametrize(
    "folder",
    [
        "functions/crm",
        "layers/common/python/kit",
        "local",
        "stacks",
        "bench",
        "tests",
        "tools",
        "web",
    ],
)
def test_cycle_in_every_folder_of_code_found(tmp_path: Path, folder: str) -> None:
    files = {f"{folder}/a.py": "from . import b\n", f"{folder}/b.py": "from . import a\n"}
    package = Path(folder).name

    assert _circles(tmp_path, files) == [
        [(f"{package}.a", f"{package}.b"), (f"{package}.b", f"{package}.a")]
    ]


@pytest.mark.parametrize(
    "late",
    [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from kit.a import A\n",
        "def read():\n    from kit.a import A\n",
        "class C:\n    def read(self):\n        try:\n            from .a import A\n        finally: ...\n",
    ],
)
def test_cycle_under_type_checking_or_in_function_found(tmp_path: Path, late: str) -> None:
    files = {
        "layers/common/python/kit/__init__.py": "",
        "layers/common/python/kit/a.py": "from kit.b import B\n",
        "layers/common/python/kit/b.py": late,
    }

    assert _circles(tmp_path, files) == [[("kit.a", "kit.b"), ("kit.b", "kit.a")]]


def test_cycle_through_name_of_package_found(tmp_path: Path) -> None:
    files = {
        "local/__init__.py": "from local.a import A\nlimit = 1\n",
        "local/a.py": "from local import limit\n",
    }

    assert _circles(tmp_path, files) == [[("local", "local.a"), ("local.a", "local")]]


def test_cycle_through_module_of_package_is_none(tmp_path: Path) -> None:
    files = {
        "local/__init__.py": "from local.a import A\n",
        "local/a.py": "from local import b\nimport local.c\n",
        "local/b.py": "",
        "local/c.py": "from local import b\n",
    }

    assert _circles(tmp_path, files) == []
    assert import_cycles.main(tmp_path) == 0
