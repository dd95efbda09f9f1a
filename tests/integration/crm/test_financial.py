"""Money, through the API: months as they were where the visit took place, currencies apart."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.domain.finance import Month
from kit import clock
from tests.factories.crm import Books, Keeper
from tests.factories.crm_pages import Reader


def this_month() -> Month:
    """Return the month of now in Berlin, where the visits take place: it begins before that in UTC."""
    return Month.at(clock.now().astimezone(ZoneInfo("Europe/Berlin")))


def visit(keeper: Keeper, client: dict[str, Any], at: str, **changes: Any) -> None:
    """Write a visit of two hours down; it was paid, where nothing else is said."""
    rate = changes.get("rateMinor", 50_000)
    sent = {
        "clientId": client["id"],
        "startsAt": at,
        "timeZone": "Europe/Berlin",
        "durationMinutes": 120,
        "type": "incall",
        "status": "completed",
        "currency": "EUR",
        "rateMinor": rate,
        "paymentStatus": "paid",
        "receivedMinor": rate,
    }
    answer = keeper.post("/visits", sent | changes)
    assert answer.status == 201, answer.text


def summary(keeper: Keeper, query: str) -> dict[str, Any]:
    """Return what some months came to."""
    answer = keeper.get(f"/financial/summary?{query}")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def in_month(month: Month, day: int = 10) -> str:
    """Return an evening of a month."""
    return f"{month}-{day:02}T20:00:00Z"


def test_months_and_totals(mira: Keeper) -> None:
    leo, ada = mira.client("Leo Brandt"), mira.client("Ada Winter")
    visit(mira, leo, "2026-01-15T20:00:00Z", expensesMinor=5_000)
    visit(mira, leo, "2026-01-20T20:00:00Z", type="overnight", rateMinor=150_000)
    visit(mira, ada, "2026-03-03T20:00:00Z", paymentStatus="partial", receivedMinor=20_000)
    visit(mira, ada, "2026-03-04T20:00:00Z", paymentStatus="cancelled", receivedMinor=0)
    visit(mira, ada, "2026-03-05T20:00:00Z", status="no_show", receivedMinor=50_000)

    found = summary(mira, "from=2026-01&to=2026-04")
    assert (found["from"], found["to"]) == ("2026-01", "2026-04")
    (euro,) = found["currencies"]
    assert (euro["currency"], euro["visits"], euro["clients"]) == ("EUR", 4, 2)
    assert (euro["receivedMinor"], euro["expensesMinor"], euro["netMinor"]) == (
        220_000, 5_000, 215_000,
    )  # fmt: skip
    assert euro["averageRateMinor"] == 75_000
    assert (euro["outstandingMinor"], euro["unkeptMinor"]) == (30_000, 50_000)
    assert [(one["month"], one["visits"], one["netMinor"]) for one in euro["months"]] == [
        ("2026-01", 2, 195_000),
        ("2026-02", 0, 0),
        ("2026-03", 2, 20_000),
        ("2026-04", 0, 0),
    ]
    assert {one["type"]: one["receivedMinor"] for one in euro["types"]} == {
        "overnight": 150_000,
        "incall": 70_000,
    }
    assert [(one["name"], one["netMinor"]) for one in euro["topClients"]] == [
        ("Leo Brandt", 195_000),
        ("Ada Winter", 20_000),
    ]


def test_currencies_stay_apart(mira: Keeper) -> None:
    leo = mira.client()
    visit(mira, leo, "2026-02-01T20:00:00Z")
    visit(mira, leo, "2026-02-02T20:00:00Z")
    visit(mira, leo, "2026-02-03T20:00:00Z", currency="CHF", rateMinor=70_000)

    both = summary(mira, "from=2026-02&to=2026-02")["currencies"]
    assert [(one["currency"], one["receivedMinor"]) for one in both] == [
        ("EUR", 100_000),
        ("CHF", 70_000),
    ]
    (franc,) = summary(mira, "from=2026-02&to=2026-02&currency=CHF")["currencies"]
    assert franc["receivedMinor"] == 70_000
    (none,) = summary(mira, "from=2026-02&to=2026-02&currency=JPY")["currencies"]
    assert (none["visits"], none["averageRateMinor"], len(none["months"])) == (0, None, 1)
    of_leo = mira.get(f"/financial/clients/{leo['id']}").json["currencies"]
    assert [(one["currency"], one["visits"]) for one in of_leo] == [("EUR", 2), ("CHF", 1)]


def test_a_month_is_that_of_the_place(mira: Keeper) -> None:
    leo = mira.client()
    visit(mira, leo, "2026-01-31T16:00:00Z", zone="Asia/Tokyo")
    visit(mira, leo, "2026-03-01T02:00:00Z", zone="America/New_York")
    visit(mira, leo, "2026-01-31T16:00:00Z")

    (euro,) = summary(mira, "from=2026-02&to=2026-02")["currencies"]
    assert (euro["visits"], euro["months"][0]["visits"]) == (2, 2)
    assert euro["types"][0]["visits"] == euro["topClients"][0]["visits"] == 2


def test_an_hourly_rate_counts_for_each_hour(mira: Keeper) -> None:
    visit(
        mira, mira.client(), "2026-02-01T20:00:00Z", rateType="hourly", rateMinor=30_000,
        paymentStatus="partial", receivedMinor=10_000,
    )  # fmt: skip
    (euro,) = summary(mira, "from=2026-02&to=2026-02")["currencies"]
    assert (euro["averageRateMinor"], euro["outstandingMinor"]) == (60_000, 50_000)


@pytest.mark.slow
def test_ten_names_at_most(mira: Keeper) -> None:
    for number in range(12):
        rate = 10_000 + number
        visit(mira, mira.client(f"Client {number:02}"), "2026-02-01T20:00:00Z", rateMinor=rate)
    (euro,) = summary(mira, "from=2026-02&to=2026-02")["currencies"]
    assert [one["name"] for one in euro["topClients"]] == [
        f"Client {number:02}" for number in range(11, 1, -1)
    ]


@pytest.mark.parametrize(
    "query", ["from=2026-03&to=2026-02", "from=2020-01&to=2026-02"], ids=["turned", "long"]
)
def test_a_range_that_is_none(mira: Keeper, query: str) -> None:
    refused = mira.get(f"/financial/summary?{query}").problem
    assert (refused["code"], refused["field"]) == ("range", "to")


def test_without_a_word_it_is_the_last_year(mira: Keeper, books: Books) -> None:
    this = this_month()
    nora = books.keeper("nora-lind")
    visit(nora, nora.client(), in_month(this + -1))
    assert summary(mira, "")["currencies"] == []
    assert summary(nora, "")["from"] == str(this + -11)
    (euro,) = summary(nora, "")["currencies"]
    assert len(euro["months"]) == 12
    assert mira.get(f"/financial/clients/{euro['topClients'][0]['clientId']}").status == 404


def test_what_may_come_names_what_it_is_made_of(mira: Keeper) -> None:
    this = this_month()
    leo = mira.client()
    assert mira.get("/financial/forecast").json == {"months": []}
    ahead = this + 1
    visit(
        mira, leo, in_month(ahead), status="planned", paymentStatus="pending", receivedMinor=0,
        rateMinor=40_000,
    )  # fmt: skip
    visit(mira, leo, in_month(this + -1), rateMinor=60_000)
    first = mira.get("/financial/forecast").json["months"][0]
    assert (first["month"], first["plannedVisits"], first["plannedMinor"]) == (
        str(ahead), 1, 40_000,
    )  # fmt: skip
    assert (first["usualBasis"], first["usualMinor"]) == ("none", None)

    visit(mira, leo, in_month(this + -4), rateMinor=20_000)
    first = mira.get("/financial/forecast").json["months"][0]
    assert (first["usualBasis"], first["usualMinor"]) == ("latest-months", 20_000)
    assert len(first["usualMonths"]) == 4

    for years, rate in ((1, 90_000), (2, 30_000)):
        visit(mira, leo, in_month(ahead + -12 * years), rateMinor=rate)
    first = mira.get("/financial/forecast").json["months"][0]
    assert (first["usualBasis"], first["usualMinor"]) == ("same-months", 60_000)
    assert first["usualMonths"] == [str(ahead + -24), str(ahead + -12)]
    assert datetime.fromisoformat(in_month(ahead)) > clock.now() - timedelta(days=31)


@pytest.mark.slow
def test_a_month_begins_where_she_is(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """In Auckland the last evening of a month, by UTC, is the first morning of the next one."""
    now = clock.now()
    midnight = datetime.fromisoformat(f"{Month.at(now) + 1}-01T00:00:00+00:00")
    evening = midnight - timedelta(hours=4)
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str((evening - now).total_seconds()))
    there = Month.at(midnight)
    mira = books.keeper()
    visit(mira, mira.client(), in_month(there + (-1)), zone="Pacific/Auckland")
    assert summary(mira, "")["to"] == str(there)
    assert mira.get("/financial/forecast").json["months"][0]["month"] == str(there + 1)
    assert f'value="{there}"' in Reader(mira).page("/financial")
