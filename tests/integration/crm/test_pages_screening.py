"""Screening and reference pages."""

import re
from datetime import timedelta
from typing import Any

import pytest

from kit import clock
from tests.factories.booking_pages import private_page, words
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_pages import HTML, PageClient

SITES = [{"site": "P411", "handle": "leo_b"}]


@pytest.fixture
def page_client(provider: CrmUser) -> PageClient:
    return PageClient(provider)


@pytest.fixture
def client(page_client: PageClient) -> dict[str, Any]:
    return page_client.user.create_client("Leo Brandt", referenceSites=SITES)


def only_item_path(page_client: PageClient, part: str) -> str:
    """Return the path of the only item of a list."""
    [here] = re.findall(
        rf'rowheader"><a href="[^"]*/crm({part}/[0-9a-f-]+)"', page_client.page(part)
    )
    return str(here)


def test_screening_page_adds_verifies_and_shows_expired(
    page_client: PageClient, client: dict[str, Any], crm_factory: CrmFactory
) -> None:
    assert "No screening yet" in private_page(page_client.get("/screening"))
    new = private_page(page_client.get(f"/screening/new?client={client['id']}"))
    assert 'value="P411"' in new
    values = {
        "client": client["id"], "type": "reference_sites", "details": "Three good words.",
        "sites": ["P411"],
    }  # fmt: skip
    page = page_client.follow(page_client.post("/screening/new", values))
    assert "Screening of Leo Brandt" in page
    assert "Three good words." in page
    here = only_item_path(page_client, "/screening")

    soon = (clock.now() + timedelta(days=30)).date().isoformat()
    decided = {"until": soon, "clientStatus": "approved"}
    page = words(page_client.follow(page_client.post(f"{here}/verify", decided)))
    assert "Verified" in page
    assert "valid until" in page
    assert "Approved" in page_client.page(f"/clients/{client['id']}")
    assert "Leo Brandt" in page_client.page("/screening?status=verified").partition("<tbody")[2]

    with crm_factory.database.transaction() as work:
        work.execute(
            "UPDATE crm.screenings SET verified_at = now() - interval '2 hours',"
            " expires_at = now() - interval '1 hour'"
        )
    assert "Expired" in page_client.page(here)


def test_screening_page_fails_edits_and_deletes(
    page_client: PageClient, client: dict[str, Any]
) -> None:
    page_client.post("/screening/new", {"client": client["id"], "type": "other"})
    here = only_item_path(page_client, "/screening")
    page = page_client.follow(page_client.post(f"{here}/fail", {"clientStatus": "rejected"}))
    assert "Failed" in page
    assert "Rejected" in page_client.page(f"/clients/{client['id']}")
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    changed = {"version": version[1], "type": "job_validation", "details": "No such company."}
    assert "No such company." in page_client.follow(page_client.post(here, changed))
    assert "This was changed in the meantime" in private_page(page_client.post(here, changed), 412)
    assert "No screening yet" in page_client.follow(page_client.post(f"{here}/remove"))
    assert page_client.get(here).status == 404


def test_client_page_links_to_filtered_screenings(
    page_client: PageClient, client: dict[str, Any]
) -> None:
    page_client.post("/screening/new", {"client": client["id"], "type": "other"})
    other_client = page_client.user.create_client("Ida Moser")
    here = f"/screening?client={other_client['id']}"
    assert here in page_client.page(f"/clients/{other_client['id']}")
    page = private_page(page_client.get(here))
    assert "Leo Brandt" not in page
    assert f"/screening/new?client={other_client['id']}" in page


def test_screening_form_with_errors_keeps_input(
    page_client: PageClient, client: dict[str, Any]
) -> None:
    page = private_page(
        page_client.post("/screening/new", {"type": "other", "details": "Long words."}), 422
    )
    assert "Long words." in page
    page_client.post("/screening/new", {"client": client["id"], "type": "other"})
    here = only_item_path(page_client, "/screening")
    refused = private_page(page_client.post(f"{here}/verify", {"until": "2020-01-01"}), 422)
    assert "within the next five years" in refused
    assert 'href="#field-passed-until"' in refused
    assert 'value="2020-01-01"' in refused


def test_reference_page_adds_answers_and_deletes(
    page_client: PageClient, client: dict[str, Any]
) -> None:
    assert "No references yet" in private_page(page_client.get("/references"))
    today = clock.now().date().isoformat()
    values = {
        "client": client["id"], "name": "Ida Moser", "contact": "ida@example.test",
        "contacted": today, "status": "pending", "forgetAfterDays": "60",
    }  # fmt: skip
    page = page_client.follow(page_client.post("/references/new", values))
    for text in ("Ida Moser", "No answer yet", "ida@example.test"):
        assert text in page
    here = only_item_path(page_client, "/references")
    form = private_page(page_client.get(here))
    assert f'value="{today}"' in form
    answered = {**values, "status": "positive", "notes": "Always on time.", "version": "1"}
    page = page_client.follow(
        page_client.post(here, {k: v for k, v in answered.items() if k != "client"})
    )
    assert "Always on time." in page
    assert "Ida Moser" in page_client.page("/references?status=positive")
    assert "No matching references" in page_client.page("/references?status=negative")
    assert "No references yet" in page_client.follow(page_client.post(f"{here}/remove"))


def test_reference_form_future_contact_date_is_rejected(
    page_client: PageClient, client: dict[str, Any]
) -> None:
    ahead = (clock.now() + timedelta(days=3)).date().isoformat()
    values = {"client": client["id"], "name": "Ida", "contacted": ahead, "notes": "Soon."}
    page = private_page(page_client.post("/references/new", values), 422)
    assert 'href="#field-contacted"' in page
    assert "Soon." in page


def test_screening_and_reference_lists_paginate(
    page_client: PageClient, client: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.pages.screening.PER_PAGE", 1)
    for _ in range(2):
        page_client.post("/screening/new", {"client": client["id"], "type": "other"})
    more = re.search(
        r'href="[^"]*/crm(/screening\?[^"]+)" rel="next"', page_client.page("/screening")
    )
    assert more
    assert 'rel="next"' not in page_client.page(more[1].replace("&amp;", "&"))
    assert page_client.get("/screening?cursor=made-up").status == 303


@pytest.mark.parametrize("part", ["/screening", "/screening/new", "/references", "/references/new"])
def test_screening_pages_redirect_other_accounts_to_login(
    page_client: PageClient, crm_factory: CrmFactory, part: str
) -> None:
    answer = page_client.anonymous().request("GET", f"{page_client.base_path}{part}", headers=HTML)
    assert answer.status == 303
    nora = PageClient(crm_factory.create_user("nora-lind"))
    nora.user.slug = page_client.user.slug
    assert nora.get(part).status == 404
