"""Check the vocabulary of names, sentences and commit subjects against docs/glossary.md.

python -m tools.vocabulary [PATH ...] [--rule NAME]   # exit 1 after `path:line: rule: text` per violation
python -m tools.vocabulary commits                    # the same for commit subjects
"""

from __future__ import annotations

import argparse
import ast
import gc
import io
import re
import shutil
import subprocess
import sys
import tokenize
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
GLOSSARY = "docs/glossary.md"
SCOPE = (
    "functions",
    "layers",
    "stacks",
    "local",
    "tests",
    "web",
    "migrations",
    "bench",
    "docs",
    "tools",
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
)
# Each path that stays unread, and the reason.
EXEMPT = {
    GLOSSARY: "names the words that were replaced",
    "tools/vocabulary.py": "holds the patterns",
    "tests/unit/test_vocabulary.py": "holds a case for each pattern",
    "web/vendor": "third-party files",
    "web/dist": "generated files",
    "functions/operations/openapi.json": "generated from the code",
    "docs/legal": "legal texts of the operator",
}
PARALLEL_FROM = 200
SUFFIXES = (".py", ".html", ".sql", ".md", ".js", ".css", ".sh", ".cjs")


class Source(StrEnum):
    """Parts of a file that a rule reads."""

    TEXT = "the whole text"
    WORD = "an identifier"
    CLASS = "the name of a class"
    FUNCTION = "the name of a function or method"
    TEST = "the name of a test"
    FILE = "the path of a Python module or template"
    MODULE = "the name of a module below a layer"
    TEST_MODULE = "the name of a test module of a feature, without test_"
    DOCSTRING = "the first sentence of a docstring"
    COMMENT = "the first sentence of a comment block"
    SQL_COMMENT = "the first sentence of a comment block of a migration"
    TEMPLATE_COMMENT = "the first sentence of a template's comment"
    DOCUMENT = "the title or the first sentence of a Markdown file"
    COMMIT = "the subject of a commit"


@dataclass(frozen=True)
class Rule:
    """Pattern that a source must not match, or must match where it is `required`."""

    name: str
    source: Source
    pattern: re.Pattern[str]
    instead: str
    required: bool = False


# Lists of words, so that the table below reads at a glance.
IDENTIFIERS = re.compile(
    r"\b(AtSheet|AtDesk|AtHall|AtFrame|BeforeBook|InRoom|AtShredder"
    r"|private_parts|kept_among|work_off|take_in|put_together|handed_out|say_now|end_letters|ended_wishes)\b"
)
# Words of English too, so refused as identifiers and not as prose.
WORDS = re.compile(r"\b(shreds|addressees|whom|somebody|whoever|said|told|desk|rooms?)\b")
CLASSES = re.compile(
    r"^(Desk|Door|Hall|Sheet|Shelf|Spot|Stay|Trail|TrailTable|Happening|Kept|Kind|Wanted|Sight|Look|Room"
    r"|Wish|Belongings|Salon|Keeper|Town|Dying|Study)$"
)
FILES = re.compile(
    r"(^|/)_?(test_)?(said|hall|door|desk|kept|whom|story|sight|every|words|bringing|leaving|standing"
    r"|deciding|moving|finding|belongings|departed|shelf|gate|forgetting|emptying|wiping|proving|opening"
    r"|anchor|shreds|reading|requesting|timekeeping|upkeep|sketch|prose)\.(py|html)$"
)
# Words refused in any position of a file's name: room_dependencies.py, door_layout.html.
FILE_PARTS = re.compile(
    r"(^|[/_])(rooms?|doors?|desks?|halls?|sheets?|trails?|said|kept|whom|sight|shelf)(_[^/]*)?\.(py|html)$"
)
FUNCTIONS = re.compile(r"^_*(of|see|said|kept|told|one|some|several|shown|there|way)$")
TESTS = re.compile(r"(^|_)(whoever|somebody|whom|she|her|hers|nobody)(_|$)")
STARTS = re.compile(
    r"^(What|Who|Whom|Whoever|Whose|Somebody|Nobody|Everybody|It|She|He|They|How somebody)\b"
)
PHRASES = re.compile(
    r"\b(whoever|somebody who|what is (kept|there|said|left|over)|what was (said|kept|written down))\b"
)
SUBJECT = re.compile(r"^(?=.{1,72}$)[a-z][a-z0-9_./ -]*(\([a-z0-9_/-]+\))?: [a-z].{3,68}$")

_GLOSSARY_NAME = "the name of docs/glossary.md for the thing"
_MODULE_NAME = "the resource or the job of the module, as in docs/glossary.md"
_VERB_FIRST = "begin with an active verb or the noun of the glossary"
_NO_CLAUSE = "name the client, the provider, the caller or the record"

RULES = (
    Rule("identifier", Source.TEXT, IDENTIFIERS, _GLOSSARY_NAME),
    Rule("identifier", Source.WORD, WORDS, _GLOSSARY_NAME),
    Rule("class-name", Source.CLASS, CLASSES, _GLOSSARY_NAME),
    Rule("file-name", Source.FILE, FILES, _MODULE_NAME),
    Rule("file-name", Source.FILE, FILE_PARTS, _MODULE_NAME),
    Rule("function-name", Source.FUNCTION, FUNCTIONS, "a verb with an object"),
    Rule("test-name", Source.TEST, TESTS, "test_<unit>_<condition>_<expected>"),
    Rule("docstring", Source.DOCSTRING, STARTS, _VERB_FIRST),
    Rule("docstring", Source.DOCSTRING, PHRASES, _NO_CLAUSE),
    Rule("comment", Source.COMMENT, STARTS, "begin with the reason or the noun"),
    Rule("comment", Source.COMMENT, PHRASES, _NO_CLAUSE),
    Rule("sql-comment", Source.SQL_COMMENT, STARTS, "begin with the table or the reason"),
    Rule("sql-comment", Source.SQL_COMMENT, PHRASES, _NO_CLAUSE),
    Rule("template-comment", Source.TEMPLATE_COMMENT, STARTS, "begin with the noun of the part"),
    Rule("template-comment", Source.TEMPLATE_COMMENT, PHRASES, _NO_CLAUSE),
    Rule("document", Source.DOCUMENT, STARTS, "begin with the subject of the document"),
    Rule("document", Source.DOCUMENT, PHRASES, _NO_CLAUSE),
    Rule("commit-subject", Source.COMMIT, SUBJECT, "area: imperative verb object", required=True),
)
# Rules that need more than one pattern: the glossary's table, and a look across files.
MODULE_RULE = "module-name"
TEST_MODULE_RULE = "test-module-name"
TWICE_RULE = "test-name-twice"
RULE_NAMES = tuple(
    dict.fromkeys([rule.name for rule in RULES] + [MODULE_RULE, TEST_MODULE_RULE, TWICE_RULE])
)

LAYERS = re.compile(
    r"^(?:functions/[^/]+/(?:domain|repository|service|schemas|routes|pages|vault)"
    r"|layers/common/python/(?:kit|contracts)|stacks/constructs|local)/(?P<module>.+)\.py$"
)

TEST_MODULES = re.compile(r"^tests/(?:unit|integration)/[^/]+/test_(?P<module>\w+)\.py$")


@dataclass(frozen=True)
class Piece:
    """Part of a file: its kind, its line and its text."""

    source: Source
    line: int
    text: str


@dataclass(frozen=True, order=True)
class Violation:
    """Place where a rule is broken."""

    path: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


def list_files(root: Path) -> list[str]:
    """List the files in scope as paths below `root`, exempt ones left out."""
    found: list[str] = []
    for name in SCOPE:
        top = root / name
        if top.is_file():
            found.append(name)
        for folder, folders, files in top.walk():
            below = folder.relative_to(root).as_posix()
            folders[:] = [
                each
                for each in folders
                if each[0] != "." and each not in {"__pycache__", "node_modules"}
            ]
            found += [f"{below}/{each}" for each in files if each.endswith(SUFFIXES)]
    return sorted(path for path in found if not _is_below(path, EXEMPT))


def find_violations(
    root: Path, paths: Sequence[str] = (), rule: str | None = None
) -> list[Violation]:
    """Find every violation below `root`, restricted to `paths` and to one rule if given."""
    rules = [*RULES]
    glossary = root / GLOSSARY
    if glossary.is_file():
        choice = _choice_of(read_nouns(glossary.read_text()))
        module = re.compile(rf"^(?:{choice})(?:_(?:{choice}))*$")
        test = re.compile(rf"^(?:{choice})(?:_.+)?$")
        instead = "a noun or a job of the glossary"
        rules += [
            Rule(MODULE_RULE, Source.MODULE, module, instead, required=True),
            Rule(TEST_MODULE_RULE, Source.TEST_MODULE, test, f"{instead} first", required=True),
        ]
    by_source: dict[Source, list[Rule]] = defaultdict(list)
    for each in rules:
        by_source[each.source].append(each)
    check = partial(_check_file, root, dict(by_source))
    found: list[Violation] = []
    tests: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for path, violations, names in _map_files(check, list_files(root)):
        found += violations
        for name, line in names:
            tests[name].append((path, line))
    found += _repeated_tests(tests)
    return sorted(
        {
            each
            for each in found
            if (rule is None or each.rule == rule) and (not paths or _is_below(each.path, paths))
        }
    )


type Checked = tuple[str, list[Violation], list[tuple[str, int]]]


def _check_file(root: Path, rules: dict[Source, list[Rule]], path: str) -> Checked:
    """Return the violations of one file, and the names of its tests."""
    found: list[Violation] = []
    tests: list[tuple[str, int]] = []
    for piece in read_pieces(path, (root / path).read_text(encoding="utf-8")):
        if piece.source is Source.TEST:
            tests.append((piece.text, piece.line))
        found += _break_rules(path, piece, rules.get(piece.source, ()))
    return path, found, tests


def _map_files(check: Callable[[str], Checked], files: list[str]) -> Iterator[Checked]:
    """Check a few files here and a whole repository on every processor, since parsing is most of the time."""
    if len(files) < PARALLEL_FROM:
        yield from map(check, files)
        return
    # Trees hold no cycles of ours: collecting garbage among them would double the time.
    with ProcessPoolExecutor(initializer=gc.disable) as pool:
        yield from pool.map(check, files, chunksize=32)


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(
        path == folder or path.startswith(f"{folder}/") or folder == "." for folder in folders
    )


def _break_rules(path: str, piece: Piece, rules: Iterable[Rule]) -> Iterator[Violation]:
    """Report every match in a text, and each rule once for a name or a sentence."""
    broken: set[str] = set()
    for rule in rules:
        if rule.required or piece.source not in {Source.TEXT, Source.WORD}:
            is_broken = (rule.pattern.search(piece.text) is None) is rule.required
            if is_broken and rule.name not in broken:
                broken.add(rule.name)
                yield _violation(path, piece.line, rule, piece.text)
            continue
        for match in rule.pattern.finditer(piece.text):
            line = piece.line + piece.text.count("\n", 0, match.start())
            yield _violation(path, line, rule, match[0])


def _violation(path: str, line: int, rule: Rule, text: str) -> Violation:
    return Violation(path, line, rule.name, f"{text} (write {rule.instead})")


def _repeated_tests(tests: dict[str, list[tuple[str, int]]]) -> Iterator[Violation]:
    for name, places in tests.items():
        files = {path for path, _ in places}
        if len(files) == 1:
            continue
        for path, line in places:
            others = ", ".join(sorted(files - {path}))
            yield Violation(path, line, TWICE_RULE, f"{name} is in {others} too")


# Modules and the glossary


def read_nouns(glossary: str) -> set[str]:
    """Read the backticked words in the first column of each table of the glossary."""
    cells = (line.split("|")[1] for line in glossary.splitlines() if line.startswith("|"))
    return {
        re.sub(r"\W+", "_", noun.lower())
        for cell in cells
        for noun in re.findall(r"`([^`]+)`", cell)
    }


def _choice_of(nouns: Iterable[str]) -> str:
    """Build the pattern of one noun or its plural, the longest first."""
    forms = {form for noun in nouns for form in (noun, plural_form(noun))}
    return "|".join(sorted(map(re.escape, forms), key=lambda form: (-len(form), form))) or "(?!)"


def plural_form(noun: str) -> str:
    """Form the plural of an English noun."""
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def _module_piece(path: str) -> Iterator[Piece]:
    test = TEST_MODULES.match(path)
    if test is not None:
        yield Piece(Source.TEST_MODULE, 1, test["module"])
    match = LAYERS.match(path)
    if match is None:
        return
    parts = PurePosixPath(match["module"]).parts
    if parts[-1] == "__init__":
        parts = parts[:-1]
    if parts and not parts[-1].startswith("__"):
        yield Piece(Source.MODULE, 1, parts[-1].removeprefix("_"))


# Pieces of files


def read_pieces(path: str, text: str) -> Iterator[Piece]:
    """Read the pieces of one file that rules look at."""
    yield Piece(Source.TEXT, 1, text)
    if path.endswith((".py", ".html")):
        yield Piece(Source.FILE, 1, path)
    has_words = WORDS.search(text) is not None
    if path.endswith(".py"):
        yield from _module_piece(path)
        yield from _python_pieces(text, is_test=path.startswith("tests/"))
        # Tokenizing costs as much as parsing: only where the word is left outside docstrings and comments.
        if has_words and WORDS.search(_drop_prose(text)):
            yield from _python_words(text)
        return
    yield from _comment_pieces(path, text)
    if has_words:
        yield from _code_words(path, text)


_BLOCK = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _anywhere(pattern: re.Pattern[str]) -> str:
    """Loosen a rule's pattern for a search of the whole text: no ends, any white space."""
    return pattern.pattern.strip("^$").replace(" ", r"\s+")


# Parsing is most of the time. A file where none of these is found breaks no rule that needs its tree.
# Four searches that begin with a literal take two thirds of the time of one search with four branches.
_SUSPECTS = (
    re.compile(rf"[\"'][\s\\]*(?:{_anywhere(STARTS)})"),
    re.compile(_anywhere(PHRASES).removeprefix(r"\b")),
    re.compile(rf"class\s+(?:{_anywhere(CLASSES)})\b"),
    re.compile(rf"def\s+(?:{_anywhere(FUNCTIONS)})\b"),
)
_TEST_DEFINITION = re.compile(r"^[ \t]*(?:async[ ]+)?def[ ]+(test_\w+)", re.MULTILINE)


def _python_pieces(text: str, *, is_test: bool) -> Iterator[Piece]:
    yield from _python_comments(text)
    if any(suspect.search(text) for suspect in _SUSPECTS):
        yield from _tree_pieces(text)
    if is_test:
        for match in _TEST_DEFINITION.finditer(text):
            yield Piece(Source.TEST, text.count("\n", 0, match.start()) + 1, match[1])


def _tree_pieces(text: str) -> Iterator[Piece]:
    tree = ast.parse(text)
    yield from _docstring(tree)
    for node in _definitions(tree.body):
        yield from _docstring(node)
        if isinstance(node, ast.ClassDef):
            yield Piece(Source.CLASS, node.lineno, node.name)
            continue
        yield Piece(Source.FUNCTION, node.lineno, node.name)


def _definitions(
    body: Iterable[ast.AST],
) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Walk statements only: expressions define no name, and are most of a tree."""
    for node in body:
        if isinstance(node, _BLOCK):
            yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, field, None)
            if isinstance(inner, list):
                yield from _definitions(inner)


def _docstring(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> Iterator[Piece]:
    match node.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str(text)), lineno=line)]:
            yield Piece(Source.DOCSTRING, line, first_sentence(text))


def first_sentence(text: str) -> str:
    """Cut the first sentence out of a text, on one line."""
    return re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0]


_LONG_STRING = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""', re.DOTALL)
_HASH_LINES = re.compile(r"(?:^[ \t]*#.*\n?)+", re.MULTILINE)


def _python_comments(text: str) -> Iterator[Piece]:
    comments: set[int] | None = None
    for piece in _line_comments(text, _HASH_LINES, "#", Source.COMMENT):
        if STARTS.search(piece.text) or PHRASES.search(piece.text):
            comments = _comment_lines(text) if comments is None else comments
            if piece.line not in comments:
                continue
        yield piece


def _comment_lines(text: str) -> set[int]:
    """List the lines of comments; tokenize only where a long string holds such a line too."""
    if not any(_HASH_LINES.search(match[0]) for match in _LONG_STRING.finditer(text)):
        return set(range(1, text.count("\n") + 2))
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0] for token in tokens if token.type == tokenize.COMMENT}


_NAME_LIST = re.compile(r"[\w.]+(?:\s*,\s*[\w.]+)*")
_SQL = re.compile(r"\b(?:SELECT|INSERT|UPDATE|DELETE|FROM|JOIN|WHERE|TABLE)\b")
_QUALIFIED = re.compile(rf"[a-z_]+\.{WORDS.pattern[2:]}")


_WHOLE_LINE_COMMENT = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)


def _drop_prose(text: str) -> str:
    """Drop comments and docstrings; a long string that holds SQL stays."""
    code = _WHOLE_LINE_COMMENT.sub("", text)
    return _LONG_STRING.sub(lambda match: match[0] if _SQL.search(match[0]) else "", code)


def _python_words(text: str) -> Iterator[Piece]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if not WORDS.search(token.string):
            continue
        if token.type == tokenize.NAME:
            yield Piece(Source.WORD, token.start[0], token.string)
        elif token.type in {tokenize.STRING, tokenize.FSTRING_MIDDLE}:
            inner = token.string.strip("rbfuRBFU").strip("\"'")
            if _NAME_LIST.fullmatch(inner) or _SQL.search(inner):
                yield Piece(Source.WORD, token.start[0], inner)
            else:
                for match in _QUALIFIED.finditer(inner):
                    yield Piece(Source.WORD, token.start[0], match[0])


_SQL_LINES = re.compile(r"(?:^[ \t]*--.*\n?)+", re.MULTILINE)
_SLASH_LINES = re.compile(r"(?:^[ \t]*//.*\n?)+", re.MULTILINE)
_SLASH_BLOCK = re.compile(r"/\*(.*?)\*/", re.DOTALL)
_TEMPLATE_BLOCK = re.compile(r"\{#-?(.*?)-?#\}|<!--(.*?)-->", re.DOTALL)


def _comment_pieces(path: str, text: str) -> Iterator[Piece]:
    match PurePosixPath(path).suffix:
        case ".sql":
            yield from _line_comments(text, _SQL_LINES, "-", Source.SQL_COMMENT)
            yield from _block_comments(text, _SLASH_BLOCK, Source.SQL_COMMENT)
        case ".html":
            yield from _block_comments(text, _TEMPLATE_BLOCK, Source.TEMPLATE_COMMENT)
        case ".md":
            yield from _document_pieces(text)
        case ".sh":
            yield from _line_comments(text, _HASH_LINES, "#", Source.COMMENT)
        case _:
            yield from _line_comments(text, _SLASH_LINES, "/", Source.COMMENT)
            yield from _block_comments(text, _SLASH_BLOCK, Source.COMMENT)


def _line_comments(text: str, lines: re.Pattern[str], mark: str, source: Source) -> Iterator[Piece]:
    for match in lines.finditer(text):
        words = "\n".join(line.strip().lstrip(mark) for line in match[0].splitlines())
        yield Piece(source, text.count("\n", 0, match.start()) + 1, first_sentence(words))


def _block_comments(text: str, block: re.Pattern[str], source: Source) -> Iterator[Piece]:
    for match in block.finditer(text):
        words = next(group for group in match.groups() if group is not None)
        yield Piece(
            source, text.count("\n", 0, match.start()) + 1, first_sentence(words.strip(" *"))
        )


_FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_NO_PROSE = re.compile(r"^\s*([#|<]|!\[|---)")


def _document_pieces(text: str) -> Iterator[Piece]:
    """Yield the title and the first paragraph; fences become empty lines, so that lines keep their number."""
    lines = _FENCE.sub(lambda match: "\n" * match[0].count("\n"), text).splitlines()
    for number, line in enumerate(lines, 1):
        if line.startswith("# "):
            yield Piece(Source.DOCUMENT, number, re.sub(r"^[\d.]+ ", "", line[2:]))
            break
    for number, line in enumerate(lines, 1):
        if not line.strip() or _NO_PROSE.match(line):
            continue
        paragraph = "\n".join(lines[number - 1 :]).partition("\n\n")[0]
        yield Piece(Source.DOCUMENT, number, first_sentence(paragraph.lstrip("*_>- ")))
        break


_SQL_CODE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
_TEMPLATE_CODE = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}|\b(?:name|id|for)=\"([^\"{]*)\"", re.DOTALL)
_MARKDOWN_CODE = re.compile(r"`([^`\n]+)`")
_SCRIPT_TEXT = re.compile(
    r"//[^\n]*|^\s*#[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'",
    re.DOTALL | re.MULTILINE,
)


def _code_words(path: str, text: str) -> Iterator[Piece]:
    match PurePosixPath(path).suffix:
        case ".html":
            code = _TEMPLATE_CODE
        case ".md":
            code = _MARKDOWN_CODE
        case suffix:
            prose = _SQL_CODE if suffix == ".sql" else _SCRIPT_TEXT
            yield Piece(Source.WORD, 1, prose.sub(lambda match: "\n" * match[0].count("\n"), text))
            return
    for match in code.finditer(text):
        words = re.sub(r"\"[^\"]* [^\"]*\"", '""', match[0]) if path.endswith(".html") else match[0]
        yield Piece(Source.WORD, text.count("\n", 0, match.start()) + 1, words)


# Commits


def find_commit_violations(root: Path) -> list[Violation] | None:
    """Find the subjects since this check that break the form, or None where git cannot tell."""
    if _git(root, "rev-parse", "--is-shallow-repository").strip() != "false":
        return None
    added = _git(root, "log", "--diff-filter=A", "--format=%H", "--", "tools/vocabulary.py").split()
    if not added:
        return None
    log = _git(root, "log", "--no-merges", "--format=%h%x09%s", f"{added[-1]}..HEAD")
    rules = [rule for rule in RULES if rule.source is Source.COMMIT]
    found: list[Violation] = []
    for line in log.splitlines():
        commit, _, subject = line.partition("\t")
        found += _break_rules(commit, Piece(Source.COMMIT, 1, subject), rules)
    return found


def _git(root: Path, *arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "-C", str(root), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
    return done.stdout if done.returncode == 0 else ""


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Print the violations and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.vocabulary", description=__doc__)
    parser.add_argument("paths", nargs="*", help="`commits`, or files and folders (default: all)")
    parser.add_argument("--rule", choices=RULE_NAMES)
    options = parser.parse_args(arguments)
    found: list[Violation] | None
    if options.paths == ["commits"]:
        found = find_commit_violations(root)
    else:
        paths = [path.removeprefix("./").rstrip("/") for path in options.paths]
        found = find_violations(root, paths, options.rule)
    if found is None:
        sys.stdout.write("commit subjects were not checked: the git history is absent or shallow\n")
        return 0
    sys.stdout.writelines(f"{violation}\n" for violation in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
