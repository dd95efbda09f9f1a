"""Markdown rendering of provider texts, limited to harmless elements.

Only the rules named here are enabled. Links, images, headings and raw HTML stay plain text, so that
the output needs no sanitizing.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markupsafe import Markup

_RULES = ("emphasis", "escape", "list", "newline")
_MAX_DESCRIPTION = 155
"""Length of a page description that search engines show, in characters."""


def render_markdown(text: str) -> "Markup":
    """Return `text` as HTML with paragraphs, lists and emphasis."""
    from markupsafe import Markup

    return Markup(_markdown().render(text))  # noqa: S704 - only the rules above make tags


def meta_description(text: str) -> str:
    """Return the beginning of `text` as plain text, for the page description."""
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
    # Imported here, since only profile pages need it and it costs a cold start 60 ms.
    from markdown_it import MarkdownIt

    return MarkdownIt("zero", {"breaks": True}).enable(list(_RULES))
