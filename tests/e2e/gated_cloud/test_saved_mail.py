"""Notification mail of a saved search, after advancing the local cloud's clock."""

from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.api_users import PATIENCE, Mailbox, register_user, staff_member
from tests.e2e.browser import PHONE, BrowserUser
from tests.e2e.cloud import CloudProcess
from tests.e2e.recording import RecordedBrowser
from tests.e2e.test_saved_items import provider

pytestmark = pytest.mark.slow
# A day, and the hour by which a clock may be set back meanwhile.
A_MORNING = timedelta(hours=25)


def test_saved_search_mail_has_count_and_unsubscribe_link(
    browser: RecordedBrowser, gated_cloud: CloudProcess
) -> None:
    cloud = gated_cloud
    client, staff = register_user(cloud.url, "client"), staff_member(cloud.url)
    body = {"name": "Quiet words", "query": {"location": "vienna"}, "mail": True}
    client.post("/escorts/saved-searches", body)
    provider(cloud.url, staff, "Wanda Quell")
    hidden, _ = provider(cloud.url, staff, "Hidden Again")
    hidden.post(f"/escorts/{hidden.get('/escorts/me')['id']}/hide")

    cloud.advance_clock(A_MORNING)
    box = Mailbox(cloud.url)
    stop = box.wait_for_link(client.email, "/saved-searches/stop/")
    (mail,) = [
        one for one in box.list_mails(client.email) if one["subject"].startswith("New results")
    ]
    assert "1 result." in mail["text"]
    for content in ("Wanda", "Vienna", "Quiet"):
        assert content not in mail["text"] + mail["html"]

    reader = BrowserUser.open_browser(browser, cloud.url, PHONE)
    reader.open(urlsplit(stop).path)
    reader.check_page("stop these mails", "Unsubscribe from these e-mails?")
    reader.press_button("Unsubscribe")
    reader.check_page("stopped", "You are unsubscribed")
    client.sign_in()
    (search,) = client.get("/escorts/saved-searches")["items"]
    assert (search["mail"], search["news"]["count"]) == (False, 1)

    # Run out of turn it finds nothing that is due, and nobody is written to twice.
    names = [
        one["name"]
        for one in httpx.get(f"{cloud.url}/_local/api/schedules", timeout=PATIENCE).json()
    ]
    (schedule,) = [name for name in names if "SavedSearches" in name]
    httpx.post(f"{cloud.url}/_local/schedules/{schedule}/run", timeout=PATIENCE).raise_for_status()
    assert (
        len([one for one in box.list_mails(client.email) if "New results" in one["subject"]]) == 1
    )
