"""End-to-end tests of the style guide: content policy, accessibility, sizes, scripts."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.browser import PageErrors, accessibility_violations
from tests.e2e.recording import RecordedBrowser
from tests.e2e.style_guide.site import ORIGIN, Site
from web.build import DIST

pytestmark = pytest.mark.slow
WIDTHS = {"wide": (1280, 900), "phone": (320, 640)}
SCHEMES = ("light", "dark")
# With a page of 25 KB, which CloudFront does not compress, a first visit stays under 100 KB.
BUDGET = 75_000
# Waits for every font file that the page requests.
_FONTS = "document.fonts.ready.then(() => true)"


@contextmanager
def opened(
    browser: RecordedBrowser, size: str = "wide", scheme: str = "light", *, scripts: bool = True
) -> Iterator[tuple[Page, Site]]:
    width, height = WIDTHS[size]
    context = browser.new_context(
        base_url=ORIGIN,
        viewport={"width": width, "height": height},
        java_script_enabled=scripts,
    )
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    site = Site()
    site.serve(context)
    yield page, site
    context.close()  # what a failed test leaves open is looked at first, then closed


@pytest.mark.parametrize("path", ["/", "/nothing-here"])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", WIDTHS)
def test_style_guide_is_accessible_under_content_policy(
    browser: RecordedBrowser, size: str, scheme: str, path: str
) -> None:
    with opened(browser, size, scheme) as (page, _):
        watch = PageErrors().attach(page)
        page.goto(path)
        expect(page.get_by_role("link", name="Ada")).to_be_visible()

        assert accessibility_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == WIDTHS[size][0]
        assert watch.problems == []


def test_controls_have_minimum_touch_size(browser: RecordedBrowser) -> None:
    with opened(browser, "phone") as (page, _):
        page.goto("/")
        # The account chip loads later, and replaces the measured element.
        expect(page.get_by_role("link", name="Ada")).to_be_visible()
        controls = page.locator(
            "button:visible, summary:visible, .button:visible, .input:visible, .choice:visible,"
            " .exit-button, .account-chip a, .site-footer__links a"
        )
        sizes = [control.bounding_box() for control in controls.all()]

        assert len(sizes) > 20
        assert [size for size in sizes if size is None or size["height"] < 44] == []


def test_htmx_works_under_the_policy(browser: RecordedBrowser) -> None:
    with opened(browser) as (page, site):
        watch = PageErrors().attach(page)
        page.add_init_script(
            "window.refused = [];"
            "addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
        )
        page.goto("/")

        expect(page.get_by_role("link", name="Ada")).to_be_visible()
        page.get_by_role("link", name="Show more").click()
        expect(page.get_by_text("Lena, 33")).to_be_visible()
        page.get_by_role("button", name="Ask for what is missing").click()
        expect(page.locator("#answer").get_by_role("alert")).to_contain_text("nothing here")

        assert page.evaluate("refused") == []
        assert watch.problems == []
        assert {request.split(" ")[1].split("/")[0] for request in site.requests} == {
            ORIGIN.removeprefix("http://")
        }


def test_failed_account_chip_leaves_link(browser: RecordedBrowser) -> None:
    with opened(browser) as (page, _):
        page.route("**/_account-chip", lambda route: route.fulfill(status=503, body="<p>no</p>"))
        with page.expect_response("**/_account-chip"):
            page.goto("/")

        expect(page.locator(".account-chip a")).to_have_attribute("href", "/account")


def test_failed_htmx_request_shows_message(browser: RecordedBrowser) -> None:
    with opened(browser) as (page, _):
        page.route("**/_results*", lambda route: route.abort())
        page.goto("/")
        page.get_by_role("link", name="Show more").click()

        expect(page.locator("[data-toasts]")).to_contain_text("could not reach")


def _record_left_pages(context: BrowserContext) -> list[str]:
    left: list[str] = []

    def answer(route: Route) -> None:
        left.append(route.request.url)
        route.fulfill(body="<title>elsewhere</title>", content_type="text/html")

    context.route("https://**", answer)
    return left


@pytest.mark.parametrize("way", ["click", "escape"])
def test_exit_leaves_at_once_and_back_does_not_return(browser: RecordedBrowser, way: str) -> None:
    with opened(browser) as (page, _):
        left = _record_left_pages(page.context)
        page.goto("about:blank")
        # Both presses at the same time, however busy the machine is.
        page.clock.install(time=0)
        page.goto("/")
        page.clock.pause_at(1_000_000_000)
        if way == "click":
            page.get_by_role("link", name="Exit this page").click()
        else:
            page.keyboard.press("Escape")
            assert left == []
            page.keyboard.press("Escape")
        page.wait_for_url("https://**")

        assert len(left) == 1
        page.go_back()
        assert page.url == "about:blank"


def test_slow_escape_presses_do_not_exit(browser: RecordedBrowser) -> None:
    with opened(browser) as (page, _):
        left = _record_left_pages(page.context)
        page.clock.install(time=0)
        page.goto("/")
        page.clock.pause_at(1_000_000_000)
        page.keyboard.press("Escape")
        page.clock.run_for(1700)
        page.keyboard.press("Escape")
        # Any navigation starts before this call returns.
        assert page.evaluate("document.documentElement.classList.contains('is-leaving')") is False

        assert left == []


def test_chosen_theme_applies_at_first_paint(browser: RecordedBrowser) -> None:
    with opened(browser, scheme="light") as (page, _):
        page.goto("/")
        page.get_by_role("button", name="Dark").click()
        background = "getComputedStyle(document.documentElement).backgroundColor"
        dark = page.evaluate(background)
        page.goto("/nothing-here", wait_until="commit")
        page.wait_for_selector("body", state="attached")

        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
        assert page.evaluate(background) == dark
        page.get_by_role("button", name="System").click()
        assert page.evaluate(background) != dark


def test_form_is_submitted_once_with_busy_button(browser: RecordedBrowser) -> None:
    with opened(browser) as (page, _):
        sent: list[str] = []

        def answer_nothing(route: Route) -> None:
            sent.append(route.request.post_data or "")
            route.fulfill(status=204)

        page.route("**/profile", answer_nothing)
        page.goto("/")
        page.get_by_role("button", name="Preview").click()
        working = page.get_by_role("button", name="One moment…")
        expect(working).to_have_attribute("aria-disabled", "true")
        page.get_by_role("button", name="Save").click()

        assert len(sent) == 1
        assert "do=preview" in sent[0]


def test_errors_take_focus_and_link_to_fields(browser: RecordedBrowser) -> None:
    with opened(browser) as (page, _):
        page.goto("/")
        summary = page.locator(".error-summary")
        expect(summary).to_be_focused()
        summary.get_by_role("link", name="E-mail").click()

        field = page.get_by_label("E-mail")
        expect(field).to_be_focused()
        expect(field).to_have_accessible_description(
            "Only for signing in and for messages you ask for."
            " Error: Enter an address like name@example.org."
        )
        expect(page.get_by_label("Password")).to_have_value("")


def test_page_without_scripts_is_complete(browser: RecordedBrowser) -> None:
    with opened(browser, "phone", scripts=False) as (page, _):
        page.goto("/")

        expect(page.locator(".account-chip a")).to_be_visible()
        expect(page.get_by_role("link", name="Exit")).to_have_attribute(
            "href", "https://www.wikipedia.org/"
        )
        expect(page.locator("[data-theme-switch]")).to_be_hidden()
        page.get_by_text("Close this account").click()
        expect(page.get_by_role("button", name="Close it for good")).to_be_visible()


def test_page_assets_stay_within_size_budget(browser: RecordedBrowser) -> None:
    with opened(browser) as (page, site):
        page.goto("/nothing-here")
        page.evaluate(_FONTS)
        page.wait_for_load_state("networkidle")
        files = {request.rsplit("/", 1)[1] for request in site.requests if "/static/" in request}
        weight = sum(len(gzip.compress((DIST / name).read_bytes())) for name in files)

        assert any(name.endswith(".woff2") for name in files)
        assert weight <= BUDGET


def test_font_subsets_load_on_demand(
    browser: RecordedBrowser,
) -> None:
    with opened(browser) as (page, site):
        page.goto("/nothing-here")
        page.evaluate(_FONTS)
        page.wait_for_load_state("networkidle")
        without = [request for request in site.requests if "inter-ext" in request]
        page.goto("/")
        page.evaluate(_FONTS)
        page.wait_for_load_state("networkidle")

        assert without == []
        assert [request for request in site.requests if "inter-ext" in request]
