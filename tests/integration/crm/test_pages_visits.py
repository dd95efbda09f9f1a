"""Visit pages and the dashboard."""

import gzip
from datetime import timedelta

import pytest

from kit import clock
from kit.ids import new_id
from tests.factories.booking_pages import wrong
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_pages import PageClient

type Form = dict[str, str]


@pytest.fixture
def page_client(provider: CrmUser) -> PageClient:
    return PageClient(provider)


@pytest.fixture
def leo(page_client: PageClient) -> str:
    client: str = page_client.user.create_client("Leo Brandt")["id"]
    return client


def day(number: int) -> str:
    return (clock.now() + timedelta(days=number)).date().isoformat()


def form(client: str, number: int = -2, **changes: str) -> Form:
    return {
        "client": client,
        "day": day(number),
        "at": "19:30",
        "timeZone": "Europe/Berlin",
        "minutes": "90",
        "type": "incall",
        "status": "completed",
        "currency": "EUR",
        "rate": "420,50",
        "rateType": "fixed",
        "paymentStatus": "pending",
        "notes": "Brought tulips.",
        **changes,
    }


def visit_of(page_client: PageClient) -> dict[str, object]:
    [visit] = page_client.user.get("/visits").json["items"]
    return dict(visit)


def test_visit_page_adds_edits_and_deletes(page_client: PageClient, leo: str) -> None:
    page = page_client.follow(page_client.post("/visits/new", form(leo)))
    assert "Incall, 1 hour 30 minutes" in page
    assert "Brought tulips." in page
    visit = visit_of(page_client)
    assert (visit["rateMinor"], visit["durationMinutes"]) == (42050, 90)
    assert str(visit["startsAt"])[11:16] in ("17:30", "18:30")  # Berlin, summer or winter

    here = f"/visits/{visit['id']}"
    assert 'value="420.50"' in page_client.page(here)
    changed = form(leo, minutes="120", version="1", wouldSeeAgain="no", clientRating="2")
    del changed["client"]
    assert "Saved." in page_client.follow(page_client.post(here, changed))
    assert visit_of(page_client)["wouldSeeAgain"] is False
    assert page_client.post(here, changed).status == 412
    assert "Deleted." in page_client.follow(page_client.post(f"{here}/remove"))
    assert page_client.get(here).status == 404


def test_visit_form_offers_time_zones_by_region(page_client: PageClient, leo: str) -> None:
    page_client.post("/visits/new", form(leo, timeZone="America/Argentina/Ushuaia"))
    page = page_client.page(f"/visits/{visit_of(page_client)['id']}")
    assert '<optgroup label="America">' in page
    chosen = '<option value="America/Argentina/Ushuaia" selected>Argentina: Ushuaia</option>'
    assert page.count(chosen) == 1
    assert len(gzip.compress(page.encode())) < 16_000


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"minutes": "0"}, "minutes"),
        ({"timeZone": "Europe/Nowhere"}, "timeZone"),
        ({"rate": "12.345"}, "rate"),
        ({"currency": "JPY", "rate": "10.5"}, "rate"),
        ({"paymentStatus": "paid"}, "received"),
        ({"day": "2090-01-01"}, "day"),
        ({"day": ""}, "day"),
        ({"status": "completed", "day": day(3)}, "status"),
    ],
    ids=["length", "timeZone", "cents", "yen", "nothing received", "far", "no day", "ahead"],
)
def test_visit_form_invalid_value_reports_its_field(
    page_client: PageClient, leo: str, changes: Form, field: str
) -> None:
    refused = page_client.post("/visits/new", form(leo) | changes)
    assert refused.status == 422
    assert wrong(refused.text, field)
    assert "Brought tulips." in refused.text


def test_visit_pay_button_records_payment(page_client: PageClient, leo: str) -> None:
    page_client.post("/visits/new", form(leo, -1, status="planned"))
    first = page_client.page("")
    assert "Confirm payment" in first
    assert "Paid, cash" in first
    visit = visit_of(page_client)
    paid = page_client.post(f"/visits/{visit['id']}/paid", {"method": "cash", "version": "1"})
    assert "Payment saved." in page_client.follow(paid)
    visit = visit_of(page_client)
    assert (visit["status"], visit["paymentStatus"]) == ("completed", "paid")
    assert (visit["receivedMinor"], visit["paymentMethod"]) == (42050, "cash")
    again = page_client.post(f"/visits/{visit['id']}/paid", {"method": "card", "version": "1"})
    assert again.status == 412
    first = page_client.page("")
    assert "Confirm payment" not in first
    assert "EUR 420.50" in first


def test_visit_list_page_filters_and_shows_totals(page_client: PageClient, leo: str) -> None:
    page_client.post(
        "/visits/new", form(leo, -40, paymentStatus="paid", received="500", expenses="20")
    )
    page_client.post("/visits/new", form(leo, -3))
    page_client.post("/visits/new", form(leo, 5, status="planned"))
    whole = page_client.page("/visits")
    assert [one for one in ("EUR 500", "EUR 480", "Planned") if one not in whole] == []
    assert "EUR 500" not in page_client.page(f"/visits?since={day(-10)}")
    assert "EUR 500" in page_client.page(f"/visits?until={day(-10)}&client={leo}")
    assert "No matching visits" in page_client.page("/visits?status=no_show")
    assert "Planned</span>" not in page_client.page("/visits?payment=paid")
    for odd in ("status=x", "since=yesterday", "client=1", "cursor=abc", "since=0001-01-01"):
        assert page_client.get(f"/visits?{odd}").status in (200, 303), odd


def test_dashboard_shows_upcoming_visits_and_chart(page_client: PageClient, leo: str) -> None:
    page_client.post("/visits/new", form(leo, 3, status="planned"))
    page_client.post("/visits/new", form(leo, -60, paymentStatus="paid", received="500"))
    page_client.post("/tasks", {"title": "Buy flowers", "due": day(1)})
    page = page_client.page("")
    shown = (
        "Upcoming visits",
        "Leo Brandt",
        "Buy flowers",
        "Last 12 months, EUR",
        "<rect",
        "EUR 500",
    )
    assert [one for one in shown if one not in page] == []


@pytest.mark.slow
def test_task_page_finishes_and_reopens_task(page_client: PageClient) -> None:
    assert page_client.post("/tasks", {"title": ""}).status == 422
    page = page_client.follow(
        page_client.post("/tasks", {"title": "Buy flowers", "notes": "White ones."})
    )
    assert "White ones." in page
    [task] = page_client.user.get("/tasks").json["items"]
    here = f"/tasks/{task['id']}"
    assert "White ones." in page_client.page(here)
    assert page_client.post(here, {"title": "", "version": "1"}).status == 422
    changed = {"title": "Buy flowers", "due": day(2), "version": "1"}
    assert "Saved." in page_client.follow(page_client.post(here, changed))
    page_client.follow(page_client.post(f"{here}/done", {"version": "2"}))
    assert "Buy flowers" in page_client.follow(page_client.post(f"{here}/reopen", {"version": "3"}))
    page_client.follow(page_client.post(f"{here}/done", {"version": "4"}))
    assert "Deleted." in page_client.follow(page_client.post(f"{here}/remove"))
    assert page_client.post(f"{here}/done", {"version": "1"}).status == 404


def test_dashboard_reports_failed_booking_updates(
    page_client: PageClient, crm_factory: CrmFactory
) -> None:
    page_client.user.create_client()
    with crm_factory.database.transaction() as work:
        work.execute(
            "INSERT INTO crm.inbox (id, provider_id, kind, sealed, received_at, attempts)"
            " VALUES (%s, %s, 'booking', 'x', now(), 100)",
            (new_id(), page_client.user.user_id),
        )
    assert "could not be saved" in page_client.page("")
    assert "could not be saved" not in page_client.follow(page_client.post("/inbox/discard"))
    assert page_client.post("/inbox/retry").status == 303
