"""Visits by the pages: written down, found, paid in one tap; and what the first page makes of them."""

from datetime import timedelta

import pytest

from kit import clock
from kit.ids import new_id
from tests.factories.booking_pages import wrong
from tests.factories.crm import Books, Keeper
from tests.factories.crm_pages import Reader

type Form = dict[str, str]


@pytest.fixture
def her(mira: Keeper) -> Reader:
    return Reader(mira)


@pytest.fixture
def leo(her: Reader) -> str:
    client: str = her.keeper.client("Leo Brandt")["id"]
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


def visit_of(her: Reader) -> dict[str, object]:
    [visit] = her.keeper.get("/visits").json["items"]
    return dict(visit)


def test_a_visit_is_written_down_and_put_right(her: Reader, leo: str) -> None:
    page = her.follow(her.post("/visits/new", form(leo)))
    assert "At your place, 1 hour 30 minutes" in page
    assert "Brought tulips." in page
    visit = visit_of(her)
    assert (visit["rateMinor"], visit["durationMinutes"]) == (42050, 90)
    assert str(visit["startsAt"])[11:16] in ("17:30", "18:30")  # Berlin, summer or winter

    here = f"/visits/{visit['id']}"
    assert 'value="420.50"' in her.page(here)
    changed = form(leo, minutes="120", version="1", wouldSeeAgain="no", clientRating="2")
    del changed["client"]
    assert "Saved." in her.follow(her.post(here, changed))
    assert visit_of(her)["wouldSeeAgain"] is False
    assert her.post(here, changed).status == 412
    assert "Removed." in her.follow(her.post(f"{here}/remove"))
    assert her.get(here).status == 404


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
def test_what_cannot_be_is_said_at_its_field(
    her: Reader, leo: str, changes: Form, field: str
) -> None:
    refused = her.post("/visits/new", form(leo) | changes)
    assert refused.status == 422
    assert wrong(refused.text, field)
    assert "Brought tulips." in refused.text


def test_payment_takes_one_tap(her: Reader, leo: str) -> None:
    her.post("/visits/new", form(leo, -1, status="planned"))
    first = her.page("")
    assert "How was it?" in first
    assert "Paid, cash" in first
    visit = visit_of(her)
    paid = her.post(f"/visits/{visit['id']}/paid", {"method": "cash", "version": "1"})
    assert "The payment is noted." in her.follow(paid)
    visit = visit_of(her)
    assert (visit["status"], visit["paymentStatus"]) == ("completed", "paid")
    assert (visit["receivedMinor"], visit["paymentMethod"]) == (42050, "cash")
    again = her.post(f"/visits/{visit['id']}/paid", {"method": "card", "version": "1"})
    assert again.status == 412
    first = her.page("")
    assert "How was it?" not in first
    assert "EUR 420.50" in first


def test_the_list_is_narrowed_and_summed_up(her: Reader, leo: str) -> None:
    her.post("/visits/new", form(leo, -40, paymentStatus="paid", received="500", expenses="20"))
    her.post("/visits/new", form(leo, -3))
    her.post("/visits/new", form(leo, 5, status="planned"))
    whole = her.page("/visits")
    assert [one for one in ("EUR 500", "EUR 480", "Planned") if one not in whole] == []
    assert "EUR 500" not in her.page(f"/visits?since={day(-10)}")
    assert "EUR 500" in her.page(f"/visits?until={day(-10)}&client={leo}")
    assert "No such visit" in her.page("/visits?status=no_show")
    assert "Planned</span>" not in her.page("/visits?payment=paid")
    for odd in ("status=x", "since=yesterday", "client=1", "cursor=abc", "since=0001-01-01"):
        assert her.get(f"/visits?{odd}").status in (200, 303), odd


def test_the_first_page_shows_what_comes_and_a_year(her: Reader, leo: str) -> None:
    her.post("/visits/new", form(leo, 3, status="planned"))
    her.post("/visits/new", form(leo, -60, paymentStatus="paid", received="500"))
    her.post("/tasks", {"title": "Buy flowers", "due": day(1)})
    page = her.page("")
    shown = ("Coming", "Leo Brandt", "Buy flowers", "Twelve months, EUR", "<rect", "EUR 500")
    assert [one for one in shown if one not in page] == []


@pytest.mark.slow
def test_something_to_do_is_ticked_off_and_opened_again(her: Reader) -> None:
    assert her.post("/tasks", {"title": ""}).status == 422
    page = her.follow(her.post("/tasks", {"title": "Buy flowers", "notes": "White ones."}))
    assert "White ones." in page
    [task] = her.keeper.get("/tasks").json["items"]
    here = f"/tasks/{task['id']}"
    assert "White ones." in her.page(here)
    assert her.post(here, {"title": "", "version": "1"}).status == 422
    changed = {"title": "Buy flowers", "due": day(2), "version": "1"}
    assert "Saved." in her.follow(her.post(here, changed))
    her.follow(her.post(f"{here}/done", {"version": "2"}))
    assert "Buy flowers" in her.follow(her.post(f"{here}/reopen", {"version": "3"}))
    her.follow(her.post(f"{here}/done", {"version": "4"}))
    assert "Removed." in her.follow(her.post(f"{here}/remove"))
    assert her.post(f"{here}/done", {"version": "1"}).status == 404


def test_news_that_could_not_be_written_in_is_said(her: Reader, books: Books) -> None:
    her.keeper.client()
    with books.owner.transaction() as work:
        work.execute(
            "INSERT INTO crm.inbox (id, provider_id, kind, sealed, received_at, attempts)"
            " VALUES (%s, %s, 'booking', 'x', now(), 100)",
            (new_id(), her.keeper.user_id),
        )
    assert "could not be written in" in her.page("")
    assert "could not be written in" not in her.follow(her.post("/inbox/discard"))
    assert her.post("/inbox/retry").status == 303
