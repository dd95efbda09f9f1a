import pytest

from kit.pages import render_problem
from tests.unit.pages.conftest import MakeRequest, text_of


def test_error_page_has_detail_and_advice(request_for: MakeRequest) -> None:
    page = render_problem(request_for("/ada"), 404, "Not Found", "No <b>such</b> page.", "req-1")

    text = text_of(page)
    assert page.status_code == 404
    assert page.headers["cache-control"] == "no-store"
    assert "<h1>There is nothing here</h1>" in text
    assert "No &lt;b&gt;such&lt;/b&gt; page." in text
    assert "Check the address" in text
    assert "req-1" in text
    assert '<meta name="robots" content="noindex">' in text


def test_error_for_htmx_is_alert_fragment(request_for: MakeRequest) -> None:
    request = request_for(headers={"hx-request": "true", "hx-request-type": "partial"})

    text = text_of(render_problem(request, 503, "Service Unavailable", "Later.", "req-1"))

    assert "<html" not in text
    assert 'role="alert"' in text
    assert "We are out of reach for a moment" in text


def test_error_page_401_links_to_sign_in(request_for: MakeRequest) -> None:
    page = render_problem(request_for(), 401, "Unauthorized", "Sign in first.", "")

    assert '<a class="button" href="/login">' in text_of(page)
    assert "reference" not in text_of(page).split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize("status", [418, 500])
def test_error_page_other_status_has_default_advice(request_for: MakeRequest, status: int) -> None:
    page = render_problem(request_for(), status, "Teapot", "It broke.", "req-1")

    assert "Nothing is wrong on your side." in text_of(page)
