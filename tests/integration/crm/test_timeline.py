"""Summary and timeline of a client."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from kit import clock
from kit.db import Database
from tests.factories.booking_pages import words
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_pages import PageClient
from tests.integration.crm.test_communications import CALL
from tests.integration.crm.test_merging import VISIT, post


def lines(provider: CrmUser, client_id: str, limit: int = 50) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = provider.get(f"/clients/{client_id}/timeline?limit={limit}{cursor}")
        assert answer.status == 200, answer.text
        found += answer.json["items"]
        if answer.json["nextCursor"] is None:
            return found
        cursor = f"&cursor={answer.json['nextCursor']}"


@pytest.mark.slow
def test_timeline_orders_all_records_by_time(provider: CrmUser, crm_factory: CrmFactory) -> None:
    leo, other = provider.create_client("Leo")["id"], provider.create_client("Leon")["id"]
    about = {"clientId": leo}
    post(provider, "/visits", VISIT | about | {"characteristics": "Okarinabrot"})
    post(provider, "/communications", CALL | about)
    post(
        provider,
        "/communications",
        CALL | {"clientId": other, "happenedAt": "2019-01-01T10:00:00Z"},
    )
    post(provider, "/tasks", {"title": "Call back", "dueAt": "2150-01-01T10:00:00Z"} | about)
    post(provider, "/references", {"name": "Otto"} | about)
    post(provider, "/screening", {"type": "other", "details": "Looked up."} | about)
    assert provider.post(f"/clients/{leo}/merge", {"absorbedId": other, "version": 1}).status == 200

    found = lines(provider, leo)

    kinds = [one["kind"] for one in found]
    assert kinds[0] == "task"
    assert kinds[1:4] == ["merge", "screening", "reference"]
    assert kinds[4:] == ["communication", "visit", "communication"]
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
    by_kind = {one["kind"]: one for one in found}
    assert by_kind["visit"]["text"] == VISIT["notes"]
    assert (by_kind["visit"]["receivedMinor"], by_kind["visit"]["currency"]) == (30000, "EUR")
    assert (by_kind["merge"]["title"], by_kind["reference"]["title"]) == ("Leon", "Otto")
    assert by_kind["communication"]["direction"] == "inbound"
    assert "Okarinabrot" not in str(found)
    assert lines(provider, leo, limit=2) == found
    refused = crm_factory.create_user("nora-lind").get(f"/clients/{leo}/timeline")
    assert refused.problem["code"] == "no-such-client"


def test_client_page_shows_every_kind_of_entry_and_pages_to_older_ones(
    provider: CrmUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    leo, other = provider.create_client("Leo")["id"], provider.create_client("Leon")["id"]
    about = {"clientId": leo}
    post(provider, "/visits", VISIT | about | {"location": "Hotel Adlon"})
    post(provider, "/communications", CALL | about | {"subject": "First call"})
    post(provider, "/tasks", {"title": "Call back", "dueAt": "2150-01-01T10:00:00Z"} | about)
    post(provider, "/references", {"name": "Otto", "notes": "Kind."} | about)
    check = post(provider, "/screening", {"type": "other", "details": "Looked up."} | about)
    valid = {"expiresAt": (clock.now() + timedelta(days=30)).isoformat()}
    assert provider.post(f"/screening/{check['id']}/verify", valid).status == 200
    assert provider.post(f"/clients/{leo}/merge", {"absorbedId": other, "version": 1}).status == 200
    monkeypatch.setattr("crm.pages.timeline.PER_PAGE", 4)
    browser = PageClient(provider)

    latest = browser.page(f"/clients/{leo}")
    shown = words(latest)
    assert "Task: Call back Open" in shown
    assert "Merged with Leon" in shown
    assert "Reference: Otto No answer yet Kind." in shown
    assert re.search(r"Screening: Other Verified Valid until \d+ \w+ \d{4}\. Looked up\.", shown)
    assert "First call" not in shown
    [older_url] = re.findall(r'href="([^"]+)" rel="next">Older entries', latest)
    older = words(browser.page(unescape(older_url).removeprefix(browser.base_path)))
    assert "Call from the client First call" in older
    assert f"Paid, EUR 300 Hotel Adlon {VISIT['notes']}" in older
    assert "Otto" not in older
    assert "Latest entries" in older
    refused = browser.get(f"/clients/{leo}?cursor=made-up")
    assert refused.headers["location"] == f"{browser.base_path}/clients/{leo}"


def test_client_summary_counts_all_records(provider: CrmUser) -> None:
    leo = provider.create_client("Leo")["id"]
    about = {"clientId": leo}
    empty = provider.get(f"/clients/{leo}").json
    assert (empty["revenue"], empty["lastVisitAt"], empty["openTasks"]) == ([], None, 0)
    assert (empty["screeningValid"], empty["screeningValidUntil"]) == (False, None)

    post(provider, "/visits", VISIT | about | {"expensesMinor": 5000})
    post(provider, "/visits", VISIT | about | {"startsAt": "2026-08-01T18:00:00Z"})
    post(
        provider, "/visits", VISIT | about | {"startsAt": "2026-07-01T18:00:00Z", "currency": "CHF"}
    )
    post(provider, "/tasks", {"title": "Call back", "dueAt": "2020-01-01T10:00:00Z"} | about)
    done = post(provider, "/tasks", {"title": "Done"} | about)
    provider.post(f"/tasks/{done['id']}/done", {"version": 1})

    card = provider.get(f"/clients/{leo}").json
    assert card["revenue"] == [
        {
            "currency": "CHF",
            "visits": 1,
            "receivedMinor": 30000,
            "expensesMinor": 0,
            "netMinor": 30000,
        },
        {
            "currency": "EUR",
            "visits": 2,
            "receivedMinor": 60000,
            "expensesMinor": 5000,
            "netMinor": 55000,
        },
    ]
    assert card["lastVisitAt"] == VISIT["startsAt"]
    assert (card["openTasks"], card["overdueTasks"]) == (1, 1)


def test_client_summary_shows_screening_until_it_expires(
    provider: CrmUser, database: Database
) -> None:
    leo = provider.create_client("Leo")["id"]
    check = post(provider, "/screening", {"clientId": leo, "type": "other"})

    def valid(until: str | None) -> tuple[bool, str | None]:
        with database.transaction() as work:
            work.execute(
                "UPDATE crm.screenings SET status = 'verified', verified_at = '2020-01-01',"
                " expires_at = %s WHERE id = %s",
                (until, check["id"]),
            )
        card = provider.get(f"/clients/{leo}").json
        return card["screeningValid"], card["screeningValidUntil"]

    assert valid(None) == (True, None)
    assert valid("2150-01-01T00:00:00Z") == (True, "2150-01-01T00:00:00Z")
    assert valid("2020-06-01T00:00:00Z") == (False, None)
    assert [one["status"] for one in lines(provider, leo)] == ["expired"]
