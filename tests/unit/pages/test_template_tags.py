"""Every template closes the tags that it opens."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEMPLATES = sorted(
    path.relative_to(ROOT)
    for folder in ("functions", "layers/common/python/kit", "local")
    for path in (ROOT / folder).rglob("templates/**/*.html")
)
TAGS = ("div", "form", "ul", "ol", "li", "p", "fieldset", "table", "tr", "dl", "section", "nav")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def unbalanced_tags(template: str) -> list[str]:
    """Return the tags that a template opens more or less often than it closes them."""
    text = _EXPRESSION.sub("", _COMMENT.sub("", template))
    return [
        tag
        for tag in TAGS
        if len(re.findall(rf"<{tag}[\s>]", text)) != len(re.findall(rf"</{tag}>", text))
    ]


def stray_braces(template: str) -> bool:
    """Tell whether an expression of a template is not opened or not closed."""
    text = _EXPRESSION.sub("", _COMMENT.sub("", template))
    return "{{" in text or "}}" in text or "{%" in text or "%}" in text


def test_templates_close_every_tag() -> None:
    found = {
        str(path): tags
        for path in TEMPLATES
        if (tags := unbalanced_tags((ROOT / path).read_text()))
    }

    assert TEMPLATES
    assert found == {}


def test_templates_have_no_stray_braces() -> None:
    assert [str(path) for path in TEMPLATES if stray_braces((ROOT / path).read_text())] == []


@pytest.mark.parametrize("broken", ["<div><p>a</p>", "<p>a</p></div>", "<ul><li>a</ul>"])
def test_unbalanced_tags_missing_tag_is_found(broken: str) -> None:
    assert unbalanced_tags(broken)


def test_stray_braces_half_an_expression_is_found() -> None:
    assert stray_braces('suffix="hours away") }} cancellation')
