"""Money, by its page."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kit import clock
from tests.factories.booking_pages import whole, words
from tests.factories.crm import Books, Keeper
from tests.factories.crm_pages import HTML, Reader

BERLIN = ZoneInfo("Europe/Berlin")
VISIT = {
    "timeZone": "Europe/Berlin", "durationMinutes": 60, "type": "incall", "status": "completed",
    "currency": "EUR", "rateMinor": 25_000, "rateType": "fixed",
}  # fmt: skip


@pytest.fixture
def her(mira: Keeper) -> Reader:
    return Reader(mira)


def visit(her: Reader, client: dict[str, Any], **changes: object) -> None:
    body = VISIT | {"clientId": client["id"], "startsAt": yesterday()} | changes
    answer = her.keeper.post("/visits", body)
    assert answer.status == 201, answer.text


def yesterday() -> str:
    """Return a moment that is over on every day: the first noon of a month may be ahead."""
    return (clock.now() - timedelta(days=1)).isoformat()


def test_without_money_it_says_so(her: Reader) -> None:
    assert "No money in these months" in whole(her.get("/financial"))


def test_what_months_came_to(her: Reader) -> None:
    leo, ida = her.keeper.client("Leo Brandt"), her.keeper.client("Ida Moser")
    visit(her, leo, receivedMinor=25_000, paymentStatus="paid", expensesMinor=4_000)
    visit(her, ida, type="outcall")
    visit(her, ida, currency="CHF", rateMinor=90_000, receivedMinor=90_000, paymentStatus="paid")
    visit(her, leo, status="cancelled", receivedMinor=5_000, paymentStatus="paid")

    page = whole(her.get("/financial"))
    text = words(page)
    assert "Received EUR 250" in text
    assert "is outstanding" in text
    assert "was kept for visits that were called off" in text
    for said in ("Leo Brandt", "Ida Moser", "At theirs", "chart__received", "CHF, "):
        assert said in page
    assert page.count('class="chart__plot"') == 2


def test_a_range_is_chosen(her: Reader) -> None:
    visit(
        her,
        her.keeper.client(),
        startsAt="2025-03-10T12:00:00Z",
        receivedMinor=25_000,
        paymentStatus="paid",
    )
    page = whole(her.get("/financial?since=2025-01&to=2025-06"))
    assert "January 2025 to June 2025" in page
    assert "March 2025" in page
    assert "No money in these months" in her.page("/financial?since=2024-01&to=2024-12")
    assert page.count("chart__rest") == 6


@pytest.mark.parametrize(
    ("asked", "field"),
    [("since=2026-13", "since"), ("since=2026-05&to=2026-01", "to"), ("to=soon", "to"),
     ("since=2010-01&to=2026-01", "to")],
    ids=["no-month", "backwards", "no-word", "too-long"],
)  # fmt: skip
def test_what_is_no_range_is_said_beside_it(her: Reader, asked: str, field: str) -> None:
    page = whole(her.get(f"/financial?{asked}"), 422)
    assert f'href="#field-{field}"' in page


def test_what_stands_ahead(her: Reader) -> None:
    # The month after this one where she lives: for hours it is another than the one in UTC.
    here = clock.now().astimezone(BERLIN)
    year, month = divmod(here.year * 12 + here.month, 12)
    coming = f"{year}-{month + 1:02}-10T12:00:00Z"
    visit(her, her.keeper.client(), startsAt=coming, status="planned")
    page = whole(her.get("/financial"))
    assert "Ahead" in page
    assert "they do not add up" in page


def test_nobody_else_gets_in(her: Reader, books: Books) -> None:
    answer = her.stranger().request("GET", f"{her.room}/financial", headers=HTML)
    assert answer.status == 303
    nora = Reader(books.keeper("nora-lind"))
    nora.keeper.slug = her.keeper.slug
    assert nora.get("/financial").status == 404
