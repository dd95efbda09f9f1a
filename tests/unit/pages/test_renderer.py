import os
import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from kit.pages import TemplateRenderer
from kit.pages.assets import AssetError, Assets, icon_svg
from tests.unit.pages.conftest import MakeRequest, text_of


def test_render_escapes_values(
    pages: TemplateRenderer, templates: Path, request_for: MakeRequest
) -> None:
    (templates / "hello.html").write_text("<p title='{{ name }}'>{{ name }}</p>")

    page = pages.render(request_for(), "hello.html", name="<script>'\"&")

    assert (
        page.body == b"<p title='&lt;script&gt;&#39;&#34;&amp;'>&lt;script&gt;&#39;&#34;&amp;</p>"
    )


def test_render_missing_variable_raises(
    pages: TemplateRenderer, templates: Path, request_for: MakeRequest
) -> None:
    (templates / "hello.html").write_text("{{ nmae }}")

    with pytest.raises(UndefinedError, match="nmae"):
        pages.render(request_for(), "hello.html", name="Ada")


def test_render_page_extends_layout(
    pages: TemplateRenderer, templates: Path, request_for: MakeRequest
) -> None:
    (templates / "hello.html").write_text(
        '{% extends "kit/base.html" %}{% block title %}Hello{% endblock %}'
        "{% block main %}<h1>Hi</h1>{% endblock %}"
    )

    text = text_of(pages.render(request_for("/"), "hello.html"))

    assert "<title>Hello · HelloMahi</title>" in text
    assert "<h1>Hi</h1>" in text
    assert 'href="#main"' in text
    assert 'hx-get="/_account-chip"' in text
    assert 'href="/" aria-current="page"' in text


def test_private_layout_title_is_neutral_and_noindex(
    pages: TemplateRenderer, templates: Path, request_for: MakeRequest
) -> None:
    (templates / "mine.html").write_text('{% extends "kit/private_layout.html" %}')

    text = text_of(pages.render(request_for(), "mine.html"))

    assert "<title>Your account</title>" in text
    assert '<meta name="robots" content="noindex, nofollow">' in text


def test_render_without_cache_seconds_is_no_store(
    pages: TemplateRenderer, templates: Path, request_for: MakeRequest
) -> None:
    (templates / "hello.html").write_text("x")

    plain = pages.render(request_for(), "hello.html")
    public = pages.render(request_for(), "hello.html", cache_seconds=30)
    refused = pages.render(request_for(), "hello.html", 404, cache_seconds=30)

    assert plain.headers["cache-control"] == "no-store"
    assert public.headers["cache-control"].startswith("public, max-age=0, s-maxage=30,")
    assert refused.headers["cache-control"] == "no-store"
    assert refused.status_code == 404


def test_kit_templates_are_found_under_kit_only(pages: TemplateRenderer) -> None:
    with pytest.raises(TemplateNotFound):
        pages.html("base.html", path="/")


def test_renderer_missing_package_raises_at_construction() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_feature"):
        TemplateRenderer("no_such_feature")


@pytest.mark.slow
def test_import_does_not_load_jinja() -> None:
    code = "import sys, kit.pages; kit.pages.TemplateRenderer('kit.pages'); print('jinja2' in sys.modules)"

    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )

    assert answer.stdout.strip() == "False"


def test_renderer_without_manifest_raises(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="make web"):
        Assets.load(tmp_path / "manifest.json")


def test_asset_url_has_hashed_name() -> None:
    assets = Assets({"app.css": "app.0123.css"})

    assert assets.url("app.css") == "/static/app.0123.css"
    with pytest.raises(AssetError, match=r"ap\.css"):
        assets.url("ap.css")


def test_icon_is_inline_and_hidden_from_screen_readers() -> None:
    icon = icon_svg("check")

    assert icon.startswith('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"')
    assert "<path" in icon
    assert "<!--" not in icon
    with pytest.raises(AssetError, match="no icon 'chekc'"):
        icon_svg("chekc")


def test_render_plural_text_with_other_values_fills_in_and_escapes_all(
    pages: TemplateRenderer,
) -> None:
    template = pages.environment.from_string(
        "{% trans count=n, name=who %}{{ count }} note of {{ name }}"
        "{% pluralize %}{{ count }} notes of {{ name }}{% endtrans %}"
        ' {{ ngettext("%(count)s day", "%(count)s days", n) }} {{ _("50 %% & %(of)s", of=who) }}'
    )
    assert template.render(n=1, who="<A>") == "1 note of &lt;A&gt; 1 day 50 % &amp; &lt;A&gt;"
    assert template.render(n=2, who="B").startswith("2 notes of B 2 days")
