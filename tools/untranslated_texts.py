"""Texts that bypass the translation: in templates (exact) and in Python (a list to look through).

python -m tools.untranslated_texts templates [FOLDER]    texts outside `_()` and `{% trans %}`; exit code 1 if any
python -m tools.untranslated_texts python [FOLDER]       strings that look like sentences or labels for people

Text of a template is what a browser shows: text, some attributes, and strings that are passed to macros.
"""

import ast
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("functions", "layers/common/python/kit")
TRANSLATORS = frozenset({"_", "gettext", "ngettext", "N_"})
SHOWN_ATTRIBUTES = frozenset(
    {"title", "placeholder", "aria-label", "alt", "aria-description", "data-confirm", "data-label"}
)
NAMES = frozenset({"HelloMahi", "Hello", "Mahi"})
"""Names that are the same in every language."""
_WORD = re.compile(r"[A-Za-z]{2,}")
# A string in an expression is shown if it is a sentence or a label: others are keys, classes and addresses.
_SHOWN_STRING = re.compile(r"^[A-Z][^/]*[a-z]|[a-z]{2} [a-z]")
_SCRIPT_TEXT = re.compile(r"data-[a-z-]+-text")
"""Attributes with texts that scripts show."""
_GAP = "\ue000"
_ATTRIBUTE = re.compile(r"[a-z-]+=\"[^\"]*\"")
_LOG_AND_ERRORS = re.compile(r"(Error|Exception|error|warning|info|debug|exception)$")


class _ShownTexts(HTMLParser):
    """Parser that collects texts and shown attributes of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._hidden = 0
        self._verbatim: list[str] = []
        """Open elements of the same name as the outermost one with `translate="no"`: commands and samples."""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Collect the shown attributes."""
        self._hidden += tag in {"script", "style"}
        found = dict(attributes)
        if found.get("translate") == "no" or tag in self._verbatim:
            self._verbatim.append(tag)
        names = SHOWN_ATTRIBUTES | (
            {"value"} if tag == "input" and found.get("type") in {"submit", "button"} else set()
        )
        if found.get("name") in {"description", "twitter:description"} or found.get("property"):
            names |= {"content"}
        self.texts += [
            text
            for name, text in attributes
            if text and (name in names or _SCRIPT_TEXT.fullmatch(name))
        ]

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Collect the shown attributes of an empty element."""
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._hidden -= tag in {"script", "style"}
        if tag in self._verbatim:
            self._verbatim.pop()

    def handle_data(self, data: str) -> None:
        """Collect a text."""
        if not self._hidden and not self._verbatim:
            self.texts.append(data)


def shown_texts(html: str) -> list[str]:
    """Return the texts of HTML that a person sees or hears."""
    parser = _ShownTexts()
    parser.feed(html)
    parser.close()
    return [text for text in parser.texts if text.strip()]


def untranslated_in_template(source: str) -> list[str]:
    """Return the texts of a template that no translation reaches."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.policies["ext.i18n.trimmed"] = True
    tree = environment.parse(source)
    html = "".join(_raw_parts(tree))
    # A name of an element that a macro is given.
    html = html.replace(f"<{_GAP}", "<x").replace(f"</{_GAP}", "</x")
    found = [
        " ".join(text.replace(_GAP, "…").split()) for text in shown_texts(html) if _words(text)
    ]
    return found + [text for text in _shown_strings(tree) if _words(text)]


def _raw_parts(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Expr):
        yield _GAP
    else:
        for child in node.iter_child_nodes():
            # The condition of an `if` is not shown: it may stand inside a tag.
            if isinstance(node, nodes.Output) or not isinstance(child, nodes.Expr):
                yield from _raw_parts(child)


def _shown_strings(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Call) and getattr(node.node, "name", "") in TRANSLATORS:
        return
    if isinstance(
        node, nodes.Compare | nodes.FromImport | nodes.Import | nodes.Extends | nodes.Include
    ):
        return
    if isinstance(node, nodes.Pair) and str(getattr(node.key, "value", "")).startswith("hx-"):
        return
    if (
        isinstance(node, nodes.Const)
        and isinstance(node.value, str)
        and _SHOWN_STRING.search(node.value)
    ):
        yield node.value
    for child in node.iter_child_nodes():
        yield from _shown_strings(child)


def _words(text: str) -> list[str]:
    # A macro may give the attributes of an element that begins elsewhere.
    plain = _ATTRIBUTE.sub(" ", text.replace(_GAP, " "))
    return [word for word in _WORD.findall(plain) if word not in NAMES]


def suspicious_strings(source: str) -> list[tuple[int, str]]:
    """Return the lines and strings of a module that look like texts for people and are not marked."""
    return list(_python_strings(ast.parse(source)))


def _python_strings(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        if name in TRANSLATORS or (_LOG_AND_ERRORS.search(name) and name != "ValueError"):
            return
    if isinstance(node, ast.JoinedStr):
        text = "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
        )
        if _looks_shown(text):
            yield node.lineno, text
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _looks_shown(node.value):
        yield node.lineno, node.value
    for child in ast.iter_child_nodes(node):
        # A string that stands alone is a docstring.
        if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
            yield from _python_strings(child)


def _looks_shown(text: str) -> bool:
    is_sql = re.match(
        r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|SET|FROM|WHERE|AND|ORDER|LOCK|JOIN)\b", text
    )
    is_sentence = re.search(
        r"^[A-Z][a-z]+$|^[A-Z][a-z]*[ ,].*[a-z]|[a-z]{2} [a-z]+ [a-z]+|…[ ,.]+[a-z]", text
    )
    return bool(is_sentence and not is_sql and "\n" not in text.strip())


def main(arguments: list[str]) -> int:
    """Print the texts of one kind."""
    kind = arguments[0] if arguments else ""
    folders = arguments[1:] or list(FOLDERS)
    if kind not in {"templates", "python"}:
        sys.stderr.write(__doc__ or "")
        return 2
    count = 0
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.html" if kind == "templates" else "*.py")):
            source = path.read_text("utf-8")
            if kind == "templates":
                texts = [
                    f"{path.relative_to(ROOT)}: {text}" for text in untranslated_in_template(source)
                ]
            else:
                texts = [
                    f"{path.relative_to(ROOT)}:{line}: {text}"
                    for line, text in suspicious_strings(source)
                ]
            count += len(texts)
            sys.stdout.write("".join(f"{text}\n" for text in texts))
    sys.stdout.write(f"{count} texts\n")
    return 1 if count and kind == "templates" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
