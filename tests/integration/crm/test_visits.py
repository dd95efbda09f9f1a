"""Visits through the API."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kit import clock
from kit.db import Database
from tests.factories.crm import CrmFactory, CrmUser

YESTERDAY = (clock.now() - timedelta(days=1)).replace(microsecond=0)
PLACE = "The yellow house by the canal"


def body(client: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the request body of a visit that took place yesterday."""
    return {
        "clientId": client["id"],
        "startsAt": YESTERDAY.isoformat(),
        "timeZone": "Europe/Berlin",
        "durationMinutes": 120,
        "type": "outcall",
        "status": "completed",
        "currency": "EUR",
        "rateMinor": 50_000,
        "location": PLACE,
    } | changes


def without(visit: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a body without some fields."""
    return {key: value for key, value in visit.items() if key not in names}


def test_visit_created_is_updated_and_deleted(provider: CrmUser, database: Database) -> None:
    leo = provider.create_client("Leo Brandt")
    sealed = {
        "notes": "Likes oolong tea.",
        "preferences": "A quiet corner table.",
        "characteristics": "A scar above the brow.",
    }
    made = provider.post("/visits", body(leo, expensesMinor=4_000, **sealed))
    assert made.status == 201, made.text
    visit = made.json
    assert (visit["paymentStatus"], visit["wouldSeeAgain"]) == ("pending", None)
    assert (visit["dueMinor"], visit["netMinor"]) == (50_000, -4_000)
    assert (visit["outstandingMinor"], visit["clientName"]) == (50_000, "Leo Brandt")
    ends = datetime.fromisoformat(visit["endsAt"])
    assert ends == YESTERDAY + timedelta(hours=2)

    with database.transaction() as work:
        row = work.execute("SELECT * FROM crm.visits").fetchone()
    assert row is not None
    for text in (PLACE, *sealed.values()):
        assert text not in str(row)
    assert not {"net_minor", *sealed} & row.keys()
    assert {name: visit[name] for name in sealed} == sealed

    path = f"/visits/{visit['id']}"
    changed = without(body(leo, clientRating=4, version=1), "clientId")
    answer = provider.put(path, changed)
    assert (answer.status, answer.json["version"], answer.json["notes"]) == (200, 2, "")
    assert provider.put(path, changed).problem["code"] == "changed-meanwhile"
    assert provider.get(path).json["clientRating"] == 4
    assert provider.delete(path).status == 204
    assert provider.get(path).problem["code"] == "no-such-entry"


def test_visit_payment_defaults_to_full_amount(provider: CrmUser) -> None:
    visit = provider.post("/visits", body(provider.create_client())).json
    path = f"/visits/{visit['id']}/payment"

    some = provider.put(
        path, {"paymentStatus": "partial", "receivedMinor": 20_000, "paymentMethod": "cash"}
    ).json
    assert (some["receivedMinor"], some["outstandingMinor"]) == (20_000, 30_000)
    assert some["paymentMethod"] == "cash"
    paid = provider.put(path, {"version": some["version"]}).json
    assert (paid["paymentStatus"], paid["receivedMinor"]) == ("paid", 50_000)
    assert (paid["outstandingMinor"], paid["netMinor"]) == (0, 50_000)
    assert paid["paymentMethod"] == "cash"
    assert provider.put(path, {"version": 1}).problem["code"] == "changed-meanwhile"
    nothing = provider.put(path, {"paymentStatus": "pending"}).json
    assert nothing["receivedMinor"] == 0
    assert provider.put(path, {"currency": "CHF"}).problem["code"] == "currency-differs"


def test_visit_hourly_rate_multiplies_by_duration(provider: CrmUser) -> None:
    hourly = body(provider.create_client(), rateType="hourly", rateMinor=30_000, durationMinutes=90)
    visit = provider.post("/visits", hourly).json
    assert visit["dueMinor"] == 45_000
    paid = provider.put(f"/visits/{visit['id']}/payment", {}).json
    assert paid["receivedMinor"] == 45_000


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"paymentStatus": "paid"}, "received-missing", "receivedMinor"),
        ({"receivedMinor": 50_000}, "payment-contradicts", "paymentStatus"),
        ({"paymentStatus": "partial"}, "payment-not-partial", "receivedMinor"),
        (
            {"paymentStatus": "partial", "receivedMinor": 50_000},
            "payment-not-partial",
            "receivedMinor",
        ),
        ({"timeZone": "Berlin/Mitte"}, "time-zone-unknown", "timeZone"),
        # Python has a file for this zone, but PostgreSQL does not know it and could not compute months.
        ({"timeZone": "localtime"}, "time-zone-unknown", "timeZone"),
        (
            {
                "startsAt": (YESTERDAY + timedelta(days=900)).isoformat(),
                "status": "planned",
            },
            "visit-too-far",
            "startsAt",
        ),
        (
            {"startsAt": (YESTERDAY + timedelta(days=9)).isoformat()},
            "visit-ahead",
            "status",
        ),
    ],
    ids=["paid", "pending", "nothing", "all", "timeZone", "no-zone", "far", "ahead"],
)
def test_visit_with_contradictory_values_is_rejected(
    provider: CrmUser, changes: dict[str, Any], code: str, field: str
) -> None:
    answer = provider.post("/visits", body(provider.create_client(), **changes))

    assert (answer.status, answer.problem["code"]) == (422, code)
    assert answer.problem["field"] == field


@pytest.mark.slow
def test_visit_list_filters_by_client_status_and_time(provider: CrmUser) -> None:
    leo, ada = provider.create_client("Leo Brandt"), provider.create_client("Ada Winter")
    days = [YESTERDAY - timedelta(days=number) for number in range(5)]
    for number, day in enumerate(days):
        client_id = (leo, ada)[number % 2]
        assert provider.post("/visits", body(client_id, startsAt=day.isoformat())).status == 201
    ahead = (clock.now() + timedelta(days=3)).isoformat()
    provider.post("/visits", body(ada, startsAt=ahead, status="planned", type="incall"))

    def starts(query: str) -> list[str]:
        items = provider.get(f"/visits?{query}").json["items"]
        return [one["clientName"].split()[0] for one in items]

    assert starts("") == ["Ada", "Leo", "Ada", "Leo", "Ada", "Leo"]
    assert starts(f"clientId={ada['id']}") == ["Ada"] * 3
    assert starts("status=planned") == ["Ada"]
    assert starts("type=outcall&paymentStatus=pending") == ["Leo", "Ada", "Leo", "Ada", "Leo"]
    stamp = days[1].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert len(starts(f"until={stamp}")) == 3
    assert len(starts(f"since={stamp}&status=completed")) == 2

    seen, cursor = [], ""
    while True:
        page = provider.get(f"/visits?limit=4{cursor}").json
        seen += [one["id"] for one in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert len(seen) == len(set(seen)) == 6


def test_visit_of_other_provider_returns_404(provider: CrmUser, crm_factory: CrmFactory) -> None:
    leo = provider.create_client()
    visit = provider.post("/visits", body(leo)).json
    nora = crm_factory.create_user("nora-lind")

    assert nora.get("/visits").json["items"] == []
    assert nora.get(f"/visits/{visit['id']}").problem["code"] == "no-such-entry"
    assert nora.put(f"/visits/{visit['id']}/payment", {}).problem["code"] == "no-such-entry"
    assert nora.delete(f"/visits/{visit['id']}").problem["code"] == "no-such-entry"
    assert nora.post("/visits", body(leo)).problem["code"] == "no-such-client"
    assert UUID(provider.get(f"/visits/{visit['id']}").json["id"])
