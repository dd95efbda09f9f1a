"""View beacon of profile pages, in Chromium only: requests sent and suppressed."""

from pathlib import Path

import pytest
from playwright.sync_api import Request, Route

from tests.e2e.recording import RecordedBrowser

pytestmark = pytest.mark.slow
SCRIPT = (Path(__file__).parents[2] / "web/js/view.js").read_text()
ORIGIN = "http://localhost:9"
PAGE = (
    '<!doctype html><div data-view="0190-mira"></div><script src="/view.js" type="module"></script>'
)
BARE = '<!doctype html><script src="/view.js" type="module"></script>'
# Playwright's browser says that a program drives it, which is what a person's does not.
PERSON = "Object.defineProperty(Navigator.prototype, 'webdriver', {get: () => false});"


def sent(
    browser: RecordedBrowser, script: str, page_text: str = PAGE, *, expected: int = 0
) -> list[Request]:
    """Open the page and return what it sent besides itself, waiting for what is expected."""
    found: list[Request] = []

    def answer(route: Route) -> None:
        match route.request.url.removeprefix(ORIGIN):
            case "/mira":
                route.fulfill(body=page_text, content_type="text/html")
            case "/view.js":
                route.fulfill(body=SCRIPT, content_type="text/javascript")
            case _:
                found.append(route.request)
                route.fulfill(status=204)

    context = browser.new_context()
    context.add_init_script(script)
    page = context.new_page()
    page.route("**/*", answer)
    if expected:
        with page.expect_request("**/views"):
            page.goto(f"{ORIGIN}/mira")
    else:
        page.goto(f"{ORIGIN}/mira")
    page.wait_for_load_state("networkidle")
    context.close()
    return [one for one in found if "favicon" not in one.url]


def test_beacon_visible_page_sends_one_request(browser: RecordedBrowser) -> None:
    (beacon,) = sent(browser, PERSON, expected=1)

    assert (beacon.method, beacon.url) == ("POST", f"{ORIGIN}/api/v1/escorts/0190-mira/views")
    assert not beacon.post_data


@pytest.mark.parametrize(
    "opt_out",
    [
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true});",
        "Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'});",
    ],
    ids=["GPC", "DNT"],
)
def test_beacon_with_tracking_opt_out_sends_nothing(browser: RecordedBrowser, opt_out: str) -> None:
    assert sent(browser, PERSON + opt_out) == []


def test_beacon_for_webdriver_and_other_pages_sends_nothing(browser: RecordedBrowser) -> None:
    assert sent(browser, "") == []
    assert sent(browser, PERSON, BARE) == []


def test_beacon_hidden_page_waits_until_visible(browser: RecordedBrowser) -> None:
    hidden = (
        "let state = 'hidden';"
        "Object.defineProperty(Document.prototype, 'visibilityState', {get: () => state});"
    )
    seen = (
        "addEventListener('load', () => setTimeout(() => {"
        " state = 'visible'; document.dispatchEvent(new Event('visibilitychange'));"
        " document.dispatchEvent(new Event('visibilitychange')); }, 50));"
    )

    assert sent(browser, PERSON + hidden) == []
    assert len(sent(browser, PERSON + hidden + seen, expected=1)) == 1
