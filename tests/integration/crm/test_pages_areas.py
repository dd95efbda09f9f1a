"""Who wants to hear of which area, by the pages."""

import re
from typing import Any

import pytest

from kit import clock
from tests.factories.booking_pages import whole, words
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_pages import HTML, PageClient


@pytest.fixture
def page_client(provider: CrmUser) -> PageClient:
    return PageClient(provider)


@pytest.fixture
def leo(page_client: PageClient) -> dict[str, Any]:
    return page_client.user.create_client("Leo Brandt", emails=["leo@example.test"])


def wish(client: dict[str, Any], **changes: str) -> dict[str, str]:
    asked = clock.now().date().isoformat()
    return {"client": client["id"], "area": "Zurich", "channel": "email", "asked": asked} | changes


def test_a_wish_is_written_down_and_ends(page_client: PageClient, leo: dict[str, Any]) -> None:
    assert "<h2>Who asked" not in whole(page_client.get("/areas"))
    page = page_client.follow(page_client.post("/areas", wish(leo, how="By phone")))
    for said in ("Zurich", "Leo Brandt", "By e-mail", "By phone"):
        assert said in page
    here = re.search(r"/crm(/areas/[0-9a-f-]+)/end", page)
    version = re.search(r'name="version" value="(\d+)"', page)
    assert here
    assert version
    page = page_client.follow(page_client.post(f"{here[1]}/end", {"version": version[1]}))
    assert "Hears no more" in page
    assert "<h2>Who asked" not in page_client.follow(page_client.post(f"{here[1]}/remove"))


def test_they_are_told_once(page_client: PageClient, leo: dict[str, Any]) -> None:
    ida = page_client.user.create_client("Ida Moser", phones=["+49 30 7654321"])
    page_client.post("/areas", wish(leo))
    page_client.post("/areas", wish(ida, channel="sms"))
    asks = whole(page_client.post("/areas/audience", {"area": "zurich"}))
    assert "1 person gets a letter." in words(asks)
    assert "Ida Moser" in asks
    token = re.search(r'name="announcement" value="([0-9a-f-]+)"', asks)
    assert token
    told = {"area": "Zurich", "announcement": token[1], "message": "I come in May."}
    empty = whole(page_client.post("/areas/announce", told | {"message": ""}), 422)
    assert f'value="{token[1]}"' in empty
    for _ in range(2):
        assert "1 letter is on the way" in whole(page_client.post("/areas/announce", told))
    trail = page_client.user.get("/audit?action=campaign.sent").json["items"]
    assert len(trail) == 1


def test_nobody_is_there_to_be_told(page_client: PageClient) -> None:
    page = whole(page_client.post("/areas/audience", {"area": "Nowhere"}))
    assert "Nobody gets a letter" in page
    assert "Send the letters" not in page
    assert 'href="#field-to-area"' in whole(page_client.post("/areas/audience", {"area": ""}), 422)


def test_what_is_refused_keeps_what_was_typed(page_client: PageClient, leo: dict[str, Any]) -> None:
    page = whole(page_client.post("/areas", wish(leo, asked="2090-01-01")), 422)
    assert 'href="#field-asked"' in page
    assert 'value="Zurich"' in page


def test_nobody_else_gets_in(page_client: PageClient, crm_factory: CrmFactory) -> None:
    answer = page_client.anonymous().request("GET", f"{page_client.base_path}/areas", headers=HTML)
    assert answer.status == 303
    nora = PageClient(crm_factory.create_user("nora-lind"))
    nora.user.slug = page_client.user.slug
    assert nora.get("/areas").status == 404
