"""The kit's pages and sentences in the pseudo-language: a plain word bypassed the translation."""

from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from kit import pages
from kit.pages import FormErrors, TemplateRenderer, render_problem
from kit.pages.problem import _ADVICE, _HEADINGS
from kit.validation import sentence
from tests.fixtures.pseudo_language import untranslated
from tests.unit.pages.conftest import MakeRequest, text_of

pytestmark = pytest.mark.usefixtures("pseudo_language")

MACROS = """
{% from "kit/macros.html" import post_form, field, select, button, pagination, checkboxes %}
{% call post_form("/7", form) %}
{{ field(form, "1", "1", required=false) }}{{ select(form, "2", "2", []) }}{{ button("3") }}
{{ checkboxes(form, "4", "4", []) }}
{% endcall %}{{ pagination("/7") }}
"""


@pytest.mark.parametrize("status", sorted({*_HEADINGS, *_ADVICE, 500}))
def test_error_page_has_no_plain_words(request_for: MakeRequest, status: int) -> None:
    for headers in ({}, {"hx-request": "true", "hx-request-type": "partial"}):
        page = render_problem(request_for("/7", headers=headers), status, "7", "7.", "7")

        assert untranslated(text_of(page)) == []


@pytest.mark.parametrize("layout", ["base", "private_layout", "dashboard_layout"])
def test_layout_has_no_plain_words(layout: str) -> None:
    html = TemplateRenderer("kit.pages").html(
        f"kit/{layout}.html", path="/7", nav=[], base_path="/7", done=""
    )

    assert untranslated(html) == []


def test_templates_of_kit_are_all_checked() -> None:
    folder = Path(pages.__file__).parent / "templates"

    assert {path.stem for path in folder.glob("*.html")} == {
        "base", "private_layout", "dashboard_layout", "footer", "macros", "error", "problem_fragment",
    }  # fmt: skip


@pytest.mark.parametrize("errors", [{"": "7."}, {"1": "7.", "": "7."}])
def test_macros_have_no_plain_words(errors: dict[str, str]) -> None:
    renderer = TemplateRenderer("kit.pages")
    form = FormErrors({}, errors, {"1": "Sign in"})

    html = renderer.environment.from_string(MACROS).render(form=form)

    assert untranslated(html) == []


@pytest.mark.parametrize("kind", get_args(ErrorType))
def test_sentence_of_every_pydantic_error_is_translated(kind: Any) -> None:
    numbers = ("min_length", "max_length", "decimal_places", "gt", "ge", "lt", "le", "multiple_of")
    context = dict.fromkeys(numbers, 2) | dict.fromkeys(("expected", "expected_tags"), "7")
    error: ErrorDetails = {"type": kind, "loc": (), "msg": "", "input": None, "ctx": context}

    assert untranslated(sentence(error)) == []
