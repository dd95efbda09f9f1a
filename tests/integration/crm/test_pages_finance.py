"""Finance page."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kit import clock
from tests.factories.booking_pages import private_page, words
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_pages import HTML, PageClient

BERLIN = ZoneInfo("Europe/Berlin")
VISIT = {
    "timeZone": "Europe/Berlin", "durationMinutes": 60, "type": "incall", "status": "completed",
    "currency": "EUR", "rateMinor": 25_000, "rateType": "fixed",
}  # fmt: skip


@pytest.fixture
def page_client(provider: CrmUser) -> PageClient:
    return PageClient(provider)


def visit(page_client: PageClient, client: dict[str, Any], **changes: object) -> None:
    body = VISIT | {"clientId": client["id"], "startsAt": yesterday()} | changes
    answer = page_client.user.post("/visits", body)
    assert answer.status == 201, answer.text


def yesterday() -> str:
    """Return a moment in the past on every day: the first noon of a month may be ahead."""
    return (clock.now() - timedelta(days=1)).isoformat()


def test_finance_page_without_visits_shows_empty_state(page_client: PageClient) -> None:
    assert "No visits in this range" in private_page(page_client.get("/financial"))


def test_finance_page_shows_revenue_by_month(page_client: PageClient) -> None:
    leo, ida = (
        page_client.user.create_client("Leo Brandt"),
        page_client.user.create_client("Ida Moser"),
    )
    visit(page_client, leo, receivedMinor=25_000, paymentStatus="paid", expensesMinor=4_000)
    visit(page_client, ida, type="outcall")
    visit(
        page_client,
        ida,
        currency="CHF",
        rateMinor=90_000,
        receivedMinor=90_000,
        paymentStatus="paid",
    )
    visit(page_client, leo, status="cancelled", receivedMinor=5_000, paymentStatus="paid")

    page = private_page(page_client.get("/financial"))
    text = words(page)
    assert "Received EUR 250" in text
    assert "is outstanding" in text
    assert "was received for cancelled visits and no-shows" in text
    for label in ("Leo Brandt", "Ida Moser", "Outcall", "chart__received", "CHF, "):
        assert label in page
    assert page.count('class="chart__plot"') == 2


def test_finance_page_filters_by_range(page_client: PageClient) -> None:
    visit(
        page_client,
        page_client.user.create_client(),
        startsAt="2025-03-10T12:00:00Z",
        receivedMinor=25_000,
        paymentStatus="paid",
    )
    page = private_page(page_client.get("/financial?since=2025-01&to=2025-06"))
    assert "January 2025 to June 2025" in page
    assert "March 2025" in page
    assert "No visits in this range" in page_client.page("/financial?since=2024-01&to=2024-12")
    assert page.count("chart__rest") == 6


@pytest.mark.parametrize(
    ("asked", "field"),
    [("since=2026-13", "since"), ("since=2026-05&to=2026-01", "to"), ("to=soon", "to"),
     ("since=2010-01&to=2026-01", "to")],
    ids=["no-month", "backwards", "no-word", "too-long"],
)  # fmt: skip
def test_finance_page_invalid_range_reports_its_field(
    page_client: PageClient, asked: str, field: str
) -> None:
    page = private_page(page_client.get(f"/financial?{asked}"), 422)
    assert f'href="#field-{field}"' in page


def test_finance_page_shows_forecast(page_client: PageClient) -> None:
    # The next month in the provider's time zone, which for some hours differs from that in UTC.
    here = clock.now().astimezone(BERLIN)
    year, month = divmod(here.year * 12 + here.month, 12)
    coming = f"{year}-{month + 1:02}-10T12:00:00Z"
    visit(page_client, page_client.user.create_client(), startsAt=coming, status="planned")
    page = private_page(page_client.get("/financial"))
    assert "Forecast" in page
    assert "they overlap" in page


def test_finance_page_redirects_other_accounts_to_login(
    page_client: PageClient, crm_factory: CrmFactory
) -> None:
    answer = page_client.anonymous().request(
        "GET", f"{page_client.base_path}/financial", headers=HTML
    )
    assert answer.status == 303
    nora = PageClient(crm_factory.create_user("nora-lind"))
    nora.user.slug = page_client.user.slug
    assert nora.get("/financial").status == 404
