"""Markdown rendering of provider texts, limited to harmless elements."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escorts.pages.markdown import meta_description, render_markdown

ALLOWED = {"p", "em", "strong", "ul", "ol", "li", "br"}


def tags(html: str) -> set[str]:
    return set(re.findall(r"<\s*/?\s*([a-zA-Z!?][^\s/>]*)", html))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>\n"),
        ("one\ntwo", "<p>one<br>\ntwo</p>\n"),
        ("*a* **b**", "<p><em>a</em> <strong>b</strong></p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("# a", "<p># a</p>\n"),
        ("<b>a</b> & b", "<p>&lt;b&gt;a&lt;/b&gt; &amp; b</p>\n"),
        ("[a](javascript:b) ![a](b)", "<p>[a](javascript:b) ![a](b)</p>\n"),
        ("<https://a.example> `b`", "<p>&lt;https://a.example&gt; `b`</p>\n"),
    ],
)
def test_render_markdown_supports_few_elements(text: str, html: str) -> None:
    assert render_markdown(text) == html


PIECES = st.sampled_from(
    ["<", ">", '"', "'", "&", "*", "_", "-", "\n", " ", "[x](", ")", "<script>", "onload=", "`",
     "javascript:", "1. ", "\\", "&lt;", "a", "\x00", "<!--", "]]>"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
def test_render_markdown_outputs_allowed_tags_only(text: str) -> None:
    html = str(render_markdown(text))

    assert tags(html) <= ALLOWED
    for tag in re.findall(r"<[^>]*>", html):
        assert re.fullmatch(r'</?[a-z]+( start="\d+")?>', tag)


def test_meta_description_is_plain_text_start() -> None:
    assert (
        meta_description("Fond of *long* dinners.\nAnd\n\n- maps")
        == "Fond of long dinners. And maps"
    )
    long = meta_description("word " * 100)
    assert len(long) <= 156
    assert long.endswith("word…")
    assert meta_description("") == ""
