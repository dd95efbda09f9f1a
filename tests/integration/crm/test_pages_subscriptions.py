"""Pages of area subscriptions and campaigns."""

import re
from typing import Any

import pytest

from kit import clock
from tests.factories.booking_pages import whole, words
from tests.factories.crm import Books, Keeper
from tests.factories.crm_pages import HTML, Reader


@pytest.fixture
def her(mira: Keeper) -> Reader:
    return Reader(mira)


@pytest.fixture
def leo(her: Reader) -> dict[str, Any]:
    return her.keeper.client("Leo Brandt", emails=["leo@example.test"])


def subscription_form(client: dict[str, Any], **changes: str) -> dict[str, str]:
    asked = clock.now().date().isoformat()
    return {"client": client["id"], "area": "Zurich", "channel": "email", "asked": asked} | changes


def test_subscription_page_adds_and_ends_subscription(her: Reader, leo: dict[str, Any]) -> None:
    assert "<h2>Subscriptions" not in whole(her.get("/area-subscriptions"))
    page = her.follow(her.post("/area-subscriptions", subscription_form(leo, how="By phone")))
    for said in ("Zurich", "Leo Brandt", "E-mail", "By phone"):
        assert said in page
    here = re.search(r"/crm(/area-subscriptions/[0-9a-f-]+)/unsubscribe", page)
    version = re.search(r'name="version" value="(\d+)"', page)
    assert here
    assert version
    page = her.follow(her.post(f"{here[1]}/unsubscribe", {"version": version[1]}))
    assert "Unsubscribed" in page
    assert "<h2>Subscriptions" not in her.follow(her.post(f"{here[1]}/remove"))


def test_campaign_page_submitted_twice_sends_once(her: Reader, leo: dict[str, Any]) -> None:
    ida = her.keeper.client("Ida Moser", phones=["+49 30 7654321"])
    her.post("/area-subscriptions", subscription_form(leo))
    her.post("/area-subscriptions", subscription_form(ida, channel="sms"))
    preview = whole(her.post("/campaigns/preview", {"area": "zurich"}))
    assert "1 client gets an e-mail." in words(preview)
    assert "Ida Moser" in preview
    token = re.search(r'name="announcement" value="([0-9a-f-]+)"', preview)
    assert token
    campaign = {"area": "Zurich", "announcement": token[1], "message": "I come in May."}
    empty = whole(her.post("/campaigns", campaign | {"message": ""}), 422)
    assert f'value="{token[1]}"' in empty
    for _ in range(2):
        assert "1 e-mail is on the way" in whole(her.post("/campaigns", campaign))
    entries = her.keeper.get("/audit?action=campaign.sent").json["items"]
    assert len(entries) == 1


def test_campaign_page_without_recipients_offers_no_form(her: Reader) -> None:
    page = whole(her.post("/campaigns/preview", {"area": "Nowhere"}))
    assert "No recipients" in page
    assert "Send e-mails" not in page
    assert 'href="#field-preview-area"' in whole(her.post("/campaigns/preview", {"area": ""}), 422)


def test_subscription_page_invalid_form_keeps_input(her: Reader, leo: dict[str, Any]) -> None:
    page = whole(her.post("/area-subscriptions", subscription_form(leo, asked="2090-01-01")), 422)
    assert 'href="#field-asked"' in page
    assert 'value="Zurich"' in page


def test_subscription_page_of_another_provider_is_not_found(her: Reader, books: Books) -> None:
    answer = her.stranger().request("GET", f"{her.room}/area-subscriptions", headers=HTML)
    assert answer.status == 303
    nora = Reader(books.keeper("nora-lind"))
    nora.keeper.slug = her.keeper.slug
    assert nora.get("/area-subscriptions").status == 404
