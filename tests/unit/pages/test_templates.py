"""Checks of the text of every template: no markup that the content security policy would refuse."""

import re
from pathlib import Path

import pytest

from kit.pages.assets import ICONS
from web.build import DIST, WEB

ROOT = Path(__file__).parents[3]
KIT = ROOT / "layers/common/python/kit/pages/templates"
TEMPLATES = sorted([*KIT.rglob("*.html"), *(ROOT / "functions").glob("*/templates/**/*.html")])
EXIT = "https://www.wikipedia.org/"

FORBIDDEN = {
    "an inline style": r"\sstyle\s*=|<style\b",
    "an inline handler": r"\son[a-z]+\s*=|\bhx-on\b",
    # JSON-LD for search engines is data, to which the policy does not apply.
    "an inline script": r"<script(?![^>]*\ssrc=)(?! type=\"application/ld\+json\">)",
    "a script address": r"javascript:|[\"']js:",
    "a trigger filter, which is evaluated code": r"hx-trigger=\"[^\"]*\[",
    "another origin": r"(?:src|href|action|hx-\w+)\s*=\s*[\"'](?:https?:)?//",
    "unescaped output": r"\|\s*safe\b|autoescape\s+false",
}


def _read(path: Path) -> str:
    """Return the template without its comments, and without the exit link to another site."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    return text.replace(f'href="{EXIT}"', "") if path == KIT / "base.html" else text


@pytest.mark.parametrize("what", FORBIDDEN)
def test_templates_have_no_forbidden_markup(what: str) -> None:
    found = {
        str(path.relative_to(ROOT)): matches
        for path in TEMPLATES
        if (matches := re.findall(FORBIDDEN[what], _read(path), flags=re.IGNORECASE))
    }

    assert found == {}
    assert TEMPLATES


def _names(function: str) -> set[str]:
    pattern = rf"\b{function}\(\s*[\"']([\w.-]+)[\"']"
    return {name for path in TEMPLATES for name in re.findall(pattern, _read(path))}


def test_named_icons_exist() -> None:
    assert {name for name in _names("icon") if not (ICONS / f"{name}.svg").exists()} == set()


def test_icons_are_all_used() -> None:
    guide = ROOT / "tests/e2e/style_guide/style_guide.html"
    everything = "".join(path.read_text() for path in [*TEMPLATES, guide])

    assert [path.stem for path in ICONS.glob("*.svg") if f'"{path.stem}"' not in everything] == []


def test_named_static_files_exist() -> None:
    sources = {path.name for path in WEB.rglob("*") if not path.is_relative_to(DIST)}

    assert _names("asset") - sources == {"app.css", "licences.txt"}


def test_exit_link_is_only_in_base_layout() -> None:
    assert [path.name for path in TEMPLATES if EXIT in path.read_text()] == ["base.html"]
