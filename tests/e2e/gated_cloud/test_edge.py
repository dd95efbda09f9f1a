"""End-to-end tests of the age gate and of takedowns behind an edge cache."""

import time

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.api_users import PATIENCE, publish, register_user, staff_member
from tests.e2e.browser import ALL_MODES, NO_SCRIPTS, BrowserUser, DisplayMode
from tests.e2e.cloud import CloudProcess
from tests.e2e.recording import RecordedBrowser

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("mode", [ALL_MODES, NO_SCRIPTS], ids=lambda mode: mode.name)
def test_age_gate_redirects_to_requested_page(
    mode: DisplayMode, browser: RecordedBrowser, gated_cloud: CloudProcess
) -> None:
    reader = BrowserUser.open_browser(browser, gated_cloud.url, mode)
    reader.open("/?location=vienna", status=451)
    reader.check_page("age gate", "Are you 18 or older?")
    reader.press_button("Yes, I am 18 or older")
    expect(reader.page).to_have_url(f"{gated_cloud.url}/?location=vienna")
    reader.check_page("behind the gate", "Good company")
    reader.open("/city/berlin")


def test_takedown_purges_cached_pages(gated_cloud: CloudProcess) -> None:
    staff = staff_member(gated_cloud.url)
    provider = register_user(gated_cloud.url, "escort")
    publish(provider, staff, city="vienna", name="Vesna Marek")
    profile = provider.get("/escorts/me")
    pages = [f"/{profile['slug']}", "/city/vienna", "/?location=vienna", "/sitemap.xml"]
    age = {"__Host-age": "18"}
    with httpx.Client(base_url=gated_cloud.url, cookies=age, timeout=PATIENCE) as visitor:
        for path in pages * 2:
            answer = visitor.get(path, headers={"accept": "text/html"})
            assert answer.status_code == 200, path
        assert answer.headers["x-cache"] == "Hit from cloudfront"
        staff.post(f"/escorts/{profile['id']}/suspend", {"reason": "A complaint."})
        _wait_for_purge(visitor, pages[0])
        for path in pages[:3]:
            answer = visitor.get(path, headers={"accept": "text/html"})
            assert "Vesna" not in answer.text, path


def _wait_for_purge(visitor: httpx.Client, path: str) -> None:
    """Wait until the edge cache was told to purge a page."""
    deadline = time.monotonic() + PATIENCE
    while not any(path in one["paths"] for one in visitor.get("/_local/api/invalidations").json()):
        assert time.monotonic() < deadline, f"{path} is not purged"
        time.sleep(0.1)
