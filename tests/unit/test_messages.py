import ast
import inspect
import re
from collections.abc import Iterator
from datetime import date
from gettext import NullTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from kit import errors
from kit.errors import DomainError
from kit.formats import format_date
from kit.i18n import add_language, remove_language, use_language
from tools.messages import extract_messages, faults, pseudo_catalogue
from tools.untranslated_texts import untranslated_in_template

ROOT = Path(__file__).parents[2]
ERRORS = {
    name
    for name, found in vars(errors).items()
    if inspect.isclass(found) and issubclass(found, DomainError)
}


def plain_error_messages(folder: str) -> Iterator[str]:
    """Yield the places of domain errors whose message does not go through gettext."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            is_error = ast.unparse(node.func).rpartition(".")[2] in ERRORS
            if is_error and isinstance(node.args[1], ast.Constant | ast.JoinedStr):
                yield f"{path.relative_to(ROOT)}:{node.lineno}"


def catalogue(**translations: str) -> Catalog:
    found = Catalog(locale="de", fuzzy=False)
    for text, translation in translations.items():
        found.add(text, translation)
    return found


def test_pseudo_catalogue_accents_all_but_placeholders() -> None:
    messages = Catalog(fuzzy=False)
    messages.add("Hello <b>%(name)s</b> &amp; you: 50%%")
    assert pseudo_catalogue(messages)["Hello <b>%(name)s</b> &amp; you: 50%%"].string == (
        "Ĥèĺĺò <b>%(name)s</b> &amp; ýòù: 50%%"
    )


def test_faults_missing_stale_empty_and_wrong_placeholders_are_named() -> None:
    messages = catalogue(Save="", Delete="", Open="")
    messages.add("By %(name)s")
    wrong = catalogue(Delete="", Open="Öffnen", Old="Alt")
    wrong.add("By %(name)s", "Von %(nom)s")
    assert faults(messages, wrong) == [
        "missing: Save",
        "not in the code: Old",
        "not translated: Delete",
        "other placeholders than the source: Von %(nom)s",
    ]


def test_extract_messages_finds_python_and_marks_placeholders() -> None:
    messages = extract_messages()
    found = messages["%(count)s hour"]
    assert found.id == ("%(count)s hour", "%(count)s hours")
    assert found.flags == {"python-format"}
    assert [name for name, _ in found.locations] == ["layers/common/python/kit/formats.py"]


def test_untranslated_in_template_finds_texts_attributes_and_arguments() -> None:
    source = """<p title="A tip">Hello {{ name }}, welcome</p>{{ button("Save it", kind="primary") }}
    <p>{% trans %}Fine{% endtrans %}</p>{{ button(_("Save"), attrs={"hx-trigger": "input delay:500ms"}) }}
    <input class="Field" name="Note">
    {% if state == "Open state" %}{% endif %}<script>var a = "No text"</script>
    <details{% if open %} open{% endif %}></details><{{ tag }} class="plain word"></{{ tag }}>
    <h{{ level }} class="title"></h{{ level }}>{% macro m() %} aria-invalid="true"{% endmacro %}
    <button type="button" value="dark" data-busy-text="Wait">{{ _("Dark") }}</button>"""
    assert untranslated_in_template(source) == ["A tip", "Hello …, welcome", "Wait", "Save it"]


def test_untranslated_texts_leave_out_verbatim_elements() -> None:
    source = '<pre translate="no"><code>python run.py</code></pre><p>A text</p>'
    assert untranslated_in_template(source) == ["A text"]


@pytest.mark.parametrize(
    "folder",
    [
        "functions/auth",
        "functions/crm",
        "functions/escorts",
        "functions/operations",
        "layers/common/python/kit",
        "layers/common/python/contracts",
    ],
)
def test_domain_errors_have_translated_messages(folder: str) -> None:
    assert list(plain_error_messages(folder)) == []


def test_gettext_calls_give_a_value_for_each_placeholder() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in source_files()
        for call in translations_in(ast.parse(path.read_text("utf-8")))
        if None not in (given := {keyword.arg for keyword in call.keywords})
        and placeholders_of(call) != given - {"count"}
    ]
    assert wrong == []


def test_gettext_is_not_called_while_modules_are_imported() -> None:
    # The text would keep the language of the first request.
    early = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in source_files()
        for call in translations_in(_without_functions(ast.parse(path.read_text("utf-8"))))
    ]
    assert early == []


def test_checks_of_gettext_calls_find_wrong_ones() -> None:
    source = """
LABEL = _("Open")
def show(text=_("Closed")):
    return _("%(name)s", nome=text)
"""
    calls = list(translations_in(ast.parse(source)))
    assert [placeholders_of(call) for call in calls] == [set(), set(), {"name"}]
    early = translations_in(_without_functions(ast.parse(source)))
    assert [call.lineno for call in early] == [2, 3]


def source_files() -> Iterator[Path]:
    for folder in ("functions", "layers/common/python"):
        yield from (ROOT / folder).rglob("*.py")


def translations_in(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls of gettext functions whose message is a constant."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            is_constant = isinstance(node.args[0], ast.Constant)
            if is_constant and node.func.id in {"_", "gettext", "ngettext"}:
                yield node


def placeholders_of(call: ast.Call) -> set[str | None]:
    """Return the names of placeholders that need a value; `count` is filled in."""
    texts = [str(text.value) for text in call.args if isinstance(text, ast.Constant)]
    return {name for text in texts for name in re.findall(r"%\((\w+)\)s", text)} - {"count"}


def _without_functions(tree: ast.Module) -> ast.Module:
    """Return a tree in which functions have no body, only their defaults and decorators."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = []
        elif isinstance(node, ast.Lambda):
            node.body = ast.Constant(None)
    return tree


def test_messages_with_placeholders_have_no_other_percent_sign() -> None:
    texts = [text for message in extract_messages() for text in _texts(message.id)]
    assert len(texts) > 2000
    wrong = [text for text in texts if "%(" in text and re.search(r"%(?!\(\w+\)s|%)", text)]
    assert wrong == []


def _texts(message: str | tuple[str, ...] | list[str]) -> list[str]:
    return [message] if isinstance(message, str) else list(message)


def test_languages_without_cldr_locale_are_formatted_as_english() -> None:
    add_language("xx", NullTranslations())
    try:
        with use_language("xx"):
            assert format_date(date(2026, 12, 1)) == "1 December 2026"
    finally:
        remove_language("xx")
