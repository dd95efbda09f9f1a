"""Check that documents name paths, links and identifiers that exist in the repository.

python -m tools.document_references     # exit 1 after `path:line: kind: text` per reference without a target
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = re.compile(r"^(?:docs/.+|README|CONTRIBUTING|SECURITY)\.md$")
# Folders on the import path, so `kit/db.py` and `crm/domain/tasks.py` are paths too.
IMPORT_PATH = ("", "functions/", "layers/common/python/")
# Written while the product runs or is built, so in no commit.
GENERATED = re.compile(
    r"^(?:\.cache|\.tools|\.test-results|web/dist|layers/certificates|(?:layers/common/python/)?kit/locale"
    r"|postgres|aws)(?:/|$)"
)
# A format's name and an address range, which look like paths.
NO_PATHS = re.compile(r"^(?:hellomahi-crm-export/\d|[\d.]+/\d+)$")
# Names of AWS, PostgreSQL, libraries and tools, and of examples.
FOREIGN = {
    "AssumeRole",
    "SigningKeyB",
    "UPDATE_ROLLBACK_FAILED",
    "Z0123",
    "clusters",
    "defer_build",
    "githubusercontent",
    "pdb",
    "pluralize",
    "s13",
    "security_barrier",
    "v13",
}
# Compares names that stayed, in the first column, with those that were proposed.
COMPARISON = "## Kept, because"

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"^(?!/)[\w.<>*{},-]+(?:/[\w.<>*{},-]*)*$")
_SUFFIX = re.compile(r"\.(?:cjs|css|html|js|md|py|sh|sql|toml|tsv)$")
_PATH_IN_FENCE = re.compile(
    r"\b(?:bench|docs|functions|layers|local|migrations|stacks|tests|tools|web)/[\w./-]*\w(?:::\w+)?"
)
_WORD = re.compile(r"[A-Za-z_]\w*")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_ITEM_START = re.compile(r"^\s*(?:[-*|#]|\d+\.)|^\s*$")


@dataclass(frozen=True, order=True)
class Missing:
    """Reference without a target."""

    path: str
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind}: {self.text}"


class Tree:
    """Files of the repository, and the words of those that are no documents."""

    def __init__(self, root: Path, files: Iterable[str]) -> None:
        self.root = root
        self.files = frozenset(files)
        self.paths = self.files | {
            parent.as_posix() for name in self.files for parent in PurePosixPath(name).parents
        }
        self.features = sorted(
            name.split("/")[1]
            for name in self.files
            if re.match(r"functions/\w+/__init__\.py$", name)
        )

    @cached_property
    def words(self) -> frozenset[str]:
        """Identifiers of names and contents of files, `schema.table` of SQL included."""
        found: set[str] = set()
        for name in self.files:
            if name.endswith((".md", ".txt")) or name.startswith("web/vendor/"):
                continue
            text = f"{name.replace('/', ' ')} {self.read(name)}"
            found.update(_WORD.findall(text))
            found.update(re.findall(r"\b[a-z]+\.[a-z]\w*", text))
        found.update([part for word in found for part in word.split("_")])
        return frozenset(found)

    def read(self, name: str) -> str:
        """Return the text of a file, empty if the file is binary."""
        try:
            return (self.root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return ""

    def has_path(self, path: str) -> bool:
        """Tell whether a file or folder matches; `<placeholder>` and `*` stand for any part of a name."""
        if not re.search(r"[<*]", path):
            return path.rstrip("/") in self.paths
        pattern = _path_pattern(path)
        return any(pattern.fullmatch(name) for name in self.paths)

    def has_end(self, path: str) -> bool:
        """Tell whether the path of a file or folder ends with `path`."""
        pattern = _path_pattern(path)
        separator = "" if path.startswith(".") else "/"
        return any(re.search(f"{separator}{pattern.pattern}$", f"/{name}") for name in self.paths)


def _path_pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"<[^>]+>|\*", path.rstrip("/"))
    return re.compile("[^/]+".join(map(re.escape, parts)))


def read_tree(root: Path) -> Tree:
    """List the files that git tracks or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True)  # noqa: S603
    return Tree(root, (name for name in listed.stdout.split("\0") if (root / name).is_file()))


def find_missing(tree: Tree) -> list[Missing]:
    """Find every reference of a document that has no target."""
    found: set[Missing] = set()
    for document in tree.files:
        if DOCUMENTS.match(document):
            found.update(_missing_in(tree, document, tree.read(document)))
    return sorted(found)


def _missing_in(tree: Tree, document: str, text: str) -> Iterator[Missing]:
    before, title, comparison = text.partition(COMPARISON)
    text = before + title + "\n".join(_kept_name(line) for line in comparison.split("\n"))
    prose = _FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)
    for match in _LINK.finditer(prose):
        if not _has_link(tree, document, match[1]):
            yield Missing(document, _line(text, match.start()), "link", match[1])
    for fence in _FENCE.finditer(text):
        for match in _PATH_IN_FENCE.finditer(fence[0]):
            if not GENERATED.match(match[0]) and not _has_test(tree, match[0]):
                yield Missing(document, _line(text, fence.start()), "path", match[0])
    for line, item in _split_items(prose):
        yield from _missing_in_item(tree, document, line, item)


def _kept_name(line: str) -> str:
    """Return the first cell of a row without the former name."""
    cells = line.split("|")
    return f"|{re.sub(r'[(]was [^)]*[)]', '', cells[1])}|" if len(cells) > 2 else line


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _split_items(prose: str) -> Iterator[tuple[int, str]]:
    """Split a document into list items, table rows and paragraphs, with the line of each."""
    start, item = 1, ""
    for number, line in enumerate(prose.splitlines(), 1):
        if _ITEM_START.match(line) and item:
            yield start, item
            start, item = number, ""
        item += f"{line}\n"
    yield start, item


def _missing_in_item(tree: Tree, document: str, line: int, item: str) -> Iterator[Missing]:
    """Resolve a path also beside the paths before it in the same item."""
    folders = _folders_of_document(tree, document)
    for match in _SPAN.finditer(item):
        span = re.sub(r"\s+", " ", match[1])
        number = line + item.count("\n", 0, match.start())
        if _is_path(span):
            full = [_resolve(tree, one, folders) for one in _expand_braces(span)]
            if None in full and not _may_be_short(tree, document, span):
                yield Missing(document, number, "path", span)
            folders = [f"{parent}/" for path in full if path for parent in _folders(path)] + folders
            continue
        if GENERATED.match(span) or NO_PATHS.match(span):
            continue
        unknown = _unknown_words(tree, span)
        if unknown:
            yield Missing(document, number, "name", f"{span} ({', '.join(unknown)})")


def _folders_of_document(tree: Tree, document: str) -> list[str]:
    """List the folders that a document's short paths begin in."""
    stem = PurePosixPath(document).stem
    if document.startswith("docs/features/"):
        feature = stem.partition("-")[0]
        # The directory has several pages: search, saved items, views, availability.
        return [f"functions/{feature if feature in tree.features else 'escorts'}/"]
    if document.startswith("docs/"):
        return [f"functions/{feature}/" for feature in tree.features]
    return []


def _may_be_short(tree: Tree, document: str, path: str) -> bool:
    """Accept the end of a path in a text; a recipe, and a feature's page for its layers, must say which file."""
    is_recipe = document == "CONTRIBUTING.md"
    is_layered = document.startswith("docs/features/") and "/" in path
    return not is_recipe and not is_layered and tree.has_end(path)


def _folders(path: str) -> list[str]:
    parents = [parent.as_posix() for parent in PurePosixPath(path).parents][:-1]
    return [path.rstrip("/"), *parents]


def _is_path(span: str) -> bool:
    if not _PATH.match(span) or GENERATED.match(span) or NO_PATHS.match(span):
        return False
    return "/" in span or _SUFFIX.search(span) is not None


def _expand_braces(path: str) -> list[str]:
    parts = re.split(r"\{([^}]*,[^}]*)\}", path)
    return ["".join(choice) for choice in product(*(part.split(",") for part in parts))]


def _resolve(tree: Tree, path: str, folders: Sequence[str]) -> str | None:
    if path.startswith(".") and "/" not in path:
        path = f"*{path}"
    if path.startswith("kit/") and path.endswith(".html"):
        path = path.replace("kit/", "kit/pages/templates/")
    for base in (*IMPORT_PATH, *folders):
        if tree.has_path(base + path):
            return base + path
    return None


def _unknown_words(tree: Tree, span: str) -> list[str]:
    words = [word for word in _WORD.findall(span) if len(word) > 2]
    pairs = re.findall(rf"^(?:app|outbox|{'|'.join(tree.features) or 'app'})\.\w+$", span)
    return [one for one in dict.fromkeys([*words, *pairs]) if not _is_known(tree, one)]


def _is_known(tree: Tree, name: str) -> bool:
    """Tell whether code has a name, a name that begins so (`AWS_ENDPOINT_URL_…`), or a benchmark of that name."""
    if name in tree.words or name in FOREIGN or f"bench_{name}" in tree.words:
        return True
    if name.endswith("_") and any(word.startswith(name) for word in tree.words):
        return True
    return _is_module(tree, name)


def _is_module(tree: Tree, name: str) -> bool:
    path = f"functions/{name.replace('.', '/')}"
    return tree.has_path(path) or tree.has_path(f"{path}.py")


def _has_link(tree: Tree, document: str, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return True
    name, _, anchor = target.partition("#")
    folder = (tree.root / document).parent
    path = (folder / name).resolve() if name else tree.root / document
    if not path.exists():
        return False
    return not anchor or anchor in {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(path.read_text(encoding="utf-8"))
    }


def _has_test(tree: Tree, path: str) -> bool:
    name, _, test = path.partition("::")
    if not tree.has_path(name):
        return False
    return not test or re.search(rf"def {test}\(", tree.read(name)) is not None


def main(root: Path = ROOT) -> int:
    """Print each reference without a target and return the exit code."""
    missing = find_missing(read_tree(root))
    sys.stdout.writelines(f"{each}\n" for each in missing)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
