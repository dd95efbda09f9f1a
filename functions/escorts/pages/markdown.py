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
_MAX_DESCRIPTION = 155
"""Characters of a page's description that search engines show."""


def render_markdown(text: str) -> "Markup":
    """Return `text` as paragraphs, lists, emphasis."""
    from markupsafe import Markup

    return Markup(_markdown().render(text))  # noqa: S704 - only the rules above make tags


def meta_description(text: str) -> str:
    """Return the beginning of `text` without its marks, for a page's description."""
    words = " ".join(_plain_text(text).split())
    if len(words) <= _MAX_DESCRIPTION:
        return words
    return words[:_MAX_DESCRIPTION].rsplit(" ", 1)[0].rstrip(",;:-") + "…"


def _plain_text(text: str) -> str:
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
