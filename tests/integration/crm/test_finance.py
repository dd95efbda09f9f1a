"""Revenue through the API: months in the time zone of each visit, and separate currencies."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.domain.finance import Month
from kit import clock
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_pages import PageClient


def this_month() -> Month:
    """Return the current month in Berlin, where the visits take place: it begins before the month in UTC."""
    return Month.at(clock.now().astimezone(ZoneInfo("Europe/Berlin")))


def visit(user: CrmUser, client: dict[str, Any], at: str, **changes: Any) -> None:
    """Add a visit of two hours, paid by default."""
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
    answer = user.post("/visits", sent | changes)
    assert answer.status == 201, answer.text


def summary(user: CrmUser, query: str) -> dict[str, Any]:
    """Return the revenue summary of a query."""
    answer = user.get(f"/financial/summary?{query}")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def in_month(month: Month, day: int = 10) -> str:
    """Return an evening of a month."""
    return f"{month}-{day:02}T20:00:00Z"


def test_revenue_summary_returns_months_and_totals(provider: CrmUser) -> None:
    leo, ada = provider.create_client("Leo Brandt"), provider.create_client("Ada Winter")
    visit(provider, leo, "2026-01-15T20:00:00Z", expensesMinor=5_000)
    visit(provider, leo, "2026-01-20T20:00:00Z", type="overnight", rateMinor=150_000)
    visit(provider, ada, "2026-03-03T20:00:00Z", paymentStatus="partial", receivedMinor=20_000)
    visit(provider, ada, "2026-03-04T20:00:00Z", paymentStatus="cancelled", receivedMinor=0)
    visit(provider, ada, "2026-03-05T20:00:00Z", status="no_show", receivedMinor=50_000)

    found = summary(provider, "from=2026-01&to=2026-04")
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


def test_revenue_summary_keeps_currencies_apart(provider: CrmUser) -> None:
    leo = provider.create_client()
    visit(provider, leo, "2026-02-01T20:00:00Z")
    visit(provider, leo, "2026-02-02T20:00:00Z")
    visit(provider, leo, "2026-02-03T20:00:00Z", currency="CHF", rateMinor=70_000)

    both = summary(provider, "from=2026-02&to=2026-02")["currencies"]
    assert [(one["currency"], one["receivedMinor"]) for one in both] == [
        ("EUR", 100_000),
        ("CHF", 70_000),
    ]
    (franc,) = summary(provider, "from=2026-02&to=2026-02&currency=CHF")["currencies"]
    assert franc["receivedMinor"] == 70_000
    (none,) = summary(provider, "from=2026-02&to=2026-02&currency=JPY")["currencies"]
    assert (none["visits"], none["averageRateMinor"], len(none["months"])) == (0, None, 1)
    of_leo = provider.get(f"/financial/clients/{leo['id']}").json["currencies"]
    assert [(one["currency"], one["visits"]) for one in of_leo] == [("EUR", 2), ("CHF", 1)]


def test_revenue_month_uses_time_zone_of_visit(provider: CrmUser) -> None:
    leo = provider.create_client()
    visit(provider, leo, "2026-01-31T16:00:00Z", timeZone="Asia/Tokyo")
    visit(provider, leo, "2026-03-01T02:00:00Z", timeZone="America/New_York")
    visit(provider, leo, "2026-01-31T16:00:00Z")

    (euro,) = summary(provider, "from=2026-02&to=2026-02")["currencies"]
    assert (euro["visits"], euro["months"][0]["visits"]) == (2, 2)
    assert euro["types"][0]["visits"] == euro["topClients"][0]["visits"] == 2


def test_revenue_of_hourly_rate_counts_each_hour(provider: CrmUser) -> None:
    visit(
        provider, provider.create_client(), "2026-02-01T20:00:00Z", rateType="hourly", rateMinor=30_000,
        paymentStatus="partial", receivedMinor=10_000,
    )  # fmt: skip
    (euro,) = summary(provider, "from=2026-02&to=2026-02")["currencies"]
    assert (euro["averageRateMinor"], euro["outstandingMinor"]) == (60_000, 50_000)


@pytest.mark.slow
def test_revenue_summary_decrypts_at_most_ten_names(provider: CrmUser) -> None:
    for number in range(12):
        rate = 10_000 + number
        visit(
            provider,
            provider.create_client(f"Client {number:02}"),
            "2026-02-01T20:00:00Z",
            rateMinor=rate,
        )
    (euro,) = summary(provider, "from=2026-02&to=2026-02")["currencies"]
    assert [one["name"] for one in euro["topClients"]] == [
        f"Client {number:02}" for number in range(11, 1, -1)
    ]


@pytest.mark.parametrize(
    "query", ["from=2026-03&to=2026-02", "from=2020-01&to=2026-02"], ids=["turned", "long"]
)
def test_revenue_summary_invalid_range_is_rejected(provider: CrmUser, query: str) -> None:
    refused = provider.get(f"/financial/summary?{query}").problem
    assert (refused["code"], refused["field"]) == ("range", "to")


def test_revenue_summary_defaults_to_last_year(provider: CrmUser, crm_factory: CrmFactory) -> None:
    this = this_month()
    nora = crm_factory.create_user("nora-lind")
    visit(nora, nora.create_client(), in_month(this + -1))
    assert summary(provider, "")["currencies"] == []
    assert summary(nora, "")["from"] == str(this + -11)
    (euro,) = summary(nora, "")["currencies"]
    assert len(euro["months"]) == 12
    assert provider.get(f"/financial/clients/{euro['topClients'][0]['clientId']}").status == 404


def test_revenue_forecast_names_its_basis(provider: CrmUser) -> None:
    this = this_month()
    leo = provider.create_client()
    assert provider.get("/financial/forecast").json == {"months": []}
    ahead = this + 1
    visit(
        provider, leo, in_month(ahead), status="planned", paymentStatus="pending", receivedMinor=0,
        rateMinor=40_000,
    )  # fmt: skip
    visit(provider, leo, in_month(this + -1), rateMinor=60_000)
    first = provider.get("/financial/forecast").json["months"][0]
    assert (first["month"], first["plannedVisits"], first["plannedMinor"]) == (
        str(ahead), 1, 40_000,
    )  # fmt: skip
    assert (first["usualBasis"], first["usualMinor"]) == ("none", None)

    visit(provider, leo, in_month(this + -4), rateMinor=20_000)
    first = provider.get("/financial/forecast").json["months"][0]
    assert (first["usualBasis"], first["usualMinor"]) == ("latest-months", 20_000)
    assert len(first["usualMonths"]) == 4

    for years, rate in ((1, 90_000), (2, 30_000)):
        visit(provider, leo, in_month(ahead + -12 * years), rateMinor=rate)
    first = provider.get("/financial/forecast").json["months"][0]
    assert (first["usualBasis"], first["usualMinor"]) == ("same-months", 60_000)
    assert first["usualMonths"] == [str(ahead + -24), str(ahead + -12)]
    assert datetime.fromisoformat(in_month(ahead)) > clock.now() - timedelta(days=31)


@pytest.mark.slow
def test_revenue_current_month_uses_time_zone_of_latest_visit(
    crm_factory: CrmFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Test that the last evening of a month in UTC is in the next month in Auckland."""
    now = clock.now()
    midnight = datetime.fromisoformat(f"{Month.at(now) + 1}-01T00:00:00+00:00")
    evening = midnight - timedelta(hours=4)
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str((evening - now).total_seconds()))
    there = Month.at(midnight)
    provider = crm_factory.create_user()
    visit(provider, provider.create_client(), in_month(there + (-1)), timeZone="Pacific/Auckland")
    assert summary(provider, "")["to"] == str(there)
    assert provider.get("/financial/forecast").json["months"][0]["month"] == str(there + 1)
    assert f'value="{there}"' in PageClient(provider).page("/financial")
