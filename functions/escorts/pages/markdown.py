"""What providers write, as HTML: a few marks of Markdown, and nothing that could do anything.

Only the rules named here are on. Links, pictures, headings, raw HTML stay the characters they are, so what comes out
needs no cleaning.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markupsafe import Markup

_RULES = ("emphasis", "escape", "list", "newline")
_DESCRIPTION = 155
"""Characters of a page's description that search engines show."""


def prose(text: str) -> "Markup":
    """Return `text` as paragraphs, lists, emphasis."""
    from markupsafe import Markup

    return Markup(_markdown().render(text))  # noqa: S704 - only the rules above make tags


def summary(text: str) -> str:
    """Return the beginning of `text` without its marks, for a page's description."""
    words = " ".join(_plain(text).split())
    if len(words) <= _DESCRIPTION:
        return words
    return words[:_DESCRIPTION].rsplit(" ", 1)[0].rstrip(",;:-") + "…"


def _plain(text: str) -> str:
    inline = (token for token in _markdown().parse(text) if token.type == "inline")
    return " ".join(
        "".join(child.content if child.type == "text" else " " * child.type.endswith("break")
                for child in token.children or ())
        for token in inline
    )  # fmt: skip


@cache
def _markdown() -> "MarkdownIt":
    # Needed by pages with a profile alone: 60 ms that no other cold start should pay.
    from markdown_it import MarkdownIt

    return MarkdownIt("zero", {"breaks": True}).enable(list(_RULES))
