"""Pages of area subscriptions and campaigns."""

import re
from typing import Any

import pytest

from kit import clock
from tests.factories.booking_pages import private_page, words
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_pages import HTML, PageClient


@pytest.fixture
def page_client(provider: CrmUser) -> PageClient:
    return PageClient(provider)


@pytest.fixture
def leo(page_client: PageClient) -> dict[str, Any]:
    return page_client.user.create_client("Leo Brandt", emails=["leo@example.test"])


def subscription_form(client: dict[str, Any], **changes: str) -> dict[str, str]:
    asked = clock.now().date().isoformat()
    return {"client": client["id"], "area": "Zurich", "channel": "email", "asked": asked} | changes


def test_subscription_page_adds_and_ends_subscription(
    page_client: PageClient, leo: dict[str, Any]
) -> None:
    assert "<h2>Subscriptions" not in private_page(page_client.get("/area-subscriptions"))
    page = page_client.follow(
        page_client.post("/area-subscriptions", subscription_form(leo, how="By phone"))
    )
    for text in ("Zurich", "Leo Brandt", "E-mail", "By phone"):
        assert text in page
    here = re.search(r"/crm(/area-subscriptions/[0-9a-f-]+)/unsubscribe", page)
    version = re.search(r'name="version" value="(\d+)"', page)
    assert here
    assert version
    page = page_client.follow(page_client.post(f"{here[1]}/unsubscribe", {"version": version[1]}))
    assert "Unsubscribed" in page
    assert "<h2>Subscriptions" not in page_client.follow(page_client.post(f"{here[1]}/remove"))


def test_campaign_page_submitted_twice_sends_once(
    page_client: PageClient, leo: dict[str, Any]
) -> None:
    ida = page_client.user.create_client("Ida Moser", phones=["+49 30 7654321"])
    page_client.post("/area-subscriptions", subscription_form(leo))
    page_client.post("/area-subscriptions", subscription_form(ida, channel="sms"))
    preview = private_page(page_client.post("/campaigns/preview", {"area": "zurich"}))
    assert "1 client gets an e-mail." in words(preview)
    assert "Ida Moser" in preview
    token = re.search(r'name="announcement" value="([0-9a-f-]+)"', preview)
    assert token
    campaign = {"area": "Zurich", "announcement": token[1], "message": "I come in May."}
    empty = private_page(page_client.post("/campaigns", campaign | {"message": ""}), 422)
    assert f'value="{token[1]}"' in empty
    for _ in range(2):
        assert "1 e-mail is on the way" in private_page(page_client.post("/campaigns", campaign))
    entries = page_client.user.get("/audit?action=campaign.sent").json["items"]
    assert len(entries) == 1


def test_campaign_page_without_recipients_offers_no_form(page_client: PageClient) -> None:
    page = private_page(page_client.post("/campaigns/preview", {"area": "Nowhere"}))
    assert "No recipients" in page
    assert "Send e-mails" not in page
    assert 'href="#field-preview-area"' in private_page(
        page_client.post("/campaigns/preview", {"area": ""}), 422
    )


def test_subscription_page_invalid_form_keeps_input(
    page_client: PageClient, leo: dict[str, Any]
) -> None:
    page = private_page(
        page_client.post("/area-subscriptions", subscription_form(leo, asked="2090-01-01")), 422
    )
    assert 'href="#field-asked"' in page
    assert 'value="Zurich"' in page


def test_subscription_page_of_another_provider_is_not_found(
    page_client: PageClient, crm_factory: CrmFactory
) -> None:
    answer = page_client.anonymous().request(
        "GET", f"{page_client.base_path}/area-subscriptions", headers=HTML
    )
    assert answer.status == 303
    nora = PageClient(crm_factory.create_user("nora-lind"))
    nora.user.slug = page_client.user.slug
    assert nora.get("/area-subscriptions").status == 404
