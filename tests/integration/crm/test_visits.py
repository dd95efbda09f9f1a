"""Meetings in the book, through the API."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kit import clock
from kit.db import Database
from tests.factories.crm import Books, Keeper

YESTERDAY = (clock.now() - timedelta(days=1)).replace(microsecond=0)
PLACE = "The yellow house by the canal"


def body(client: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a visit that took place yesterday."""
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


def without(whole: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return all but these."""
    return {key: value for key, value in whole.items() if key not in names}


def test_a_visit_is_kept_changed_and_taken_away(mira: Keeper, database: Database) -> None:
    leo = mira.client("Leo Brandt")
    sealed = {
        "notes": "Likes oolong tea.",
        "preferences": "A quiet corner table.",
        "characteristics": "A scar above the brow.",
    }
    made = mira.post("/visits", body(leo, expensesMinor=4_000, **sealed))
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
    answer = mira.put(path, changed)
    assert (answer.status, answer.json["version"], answer.json["notes"]) == (200, 2, "")
    assert mira.put(path, changed).problem["code"] == "changed-meanwhile"
    assert mira.get(path).json["clientRating"] == 4
    assert mira.delete(path).status == 204
    assert mira.get(path).problem["code"] == "no-such-entry"


def test_paid_by_cash_is_one_tap(mira: Keeper) -> None:
    visit = mira.post("/visits", body(mira.client())).json
    path = f"/visits/{visit['id']}/payment"

    some = mira.put(
        path, {"paymentStatus": "partial", "receivedMinor": 20_000, "paymentMethod": "cash"}
    ).json
    assert (some["receivedMinor"], some["outstandingMinor"]) == (20_000, 30_000)
    assert some["paymentMethod"] == "cash"
    whole = mira.put(path, {"version": some["version"]}).json
    assert (whole["paymentStatus"], whole["receivedMinor"]) == ("paid", 50_000)
    assert (whole["outstandingMinor"], whole["netMinor"]) == (0, 50_000)
    assert whole["paymentMethod"] == "cash"
    assert mira.put(path, {"version": 1}).problem["code"] == "changed-meanwhile"
    nothing = mira.put(path, {"paymentStatus": "pending"}).json
    assert nothing["receivedMinor"] == 0
    assert mira.put(path, {"currency": "CHF"}).problem["code"] == "currency-differs"


def test_a_rate_by_the_hour_is_for_each_hour(mira: Keeper) -> None:
    hourly = body(mira.client(), rateType="hourly", rateMinor=30_000, durationMinutes=90)
    visit = mira.post("/visits", hourly).json
    assert visit["dueMinor"] == 45_000
    paid = mira.put(f"/visits/{visit['id']}/payment", {}).json
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
        # Python has a file for it, and PostgreSQL could not count months with it.
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
def test_what_cannot_be_is_refused(
    mira: Keeper, changes: dict[str, Any], code: str, field: str
) -> None:
    answer = mira.post("/visits", body(mira.client(), **changes))

    assert (answer.status, answer.problem["code"]) == (422, code)
    assert answer.problem["field"] == field


@pytest.mark.slow
def test_lists_by_client_state_and_time(mira: Keeper) -> None:
    leo, ada = mira.client("Leo Brandt"), mira.client("Ada Winter")
    days = [YESTERDAY - timedelta(days=number) for number in range(5)]
    for number, day in enumerate(days):
        who = (leo, ada)[number % 2]
        assert mira.post("/visits", body(who, startsAt=day.isoformat())).status == 201
    ahead = (clock.now() + timedelta(days=3)).isoformat()
    mira.post("/visits", body(ada, startsAt=ahead, status="planned", type="incall"))

    def starts(query: str) -> list[str]:
        items = mira.get(f"/visits?{query}").json["items"]
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
        page = mira.get(f"/visits?limit=4{cursor}").json
        seen += [one["id"] for one in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert len(seen) == len(set(seen)) == 6


def test_nobody_elses(mira: Keeper, books: Books) -> None:
    leo = mira.client()
    visit = mira.post("/visits", body(leo)).json
    nora = books.keeper("nora-lind")

    assert nora.get("/visits").json["items"] == []
    assert nora.get(f"/visits/{visit['id']}").problem["code"] == "no-such-entry"
    assert nora.put(f"/visits/{visit['id']}/payment", {}).problem["code"] == "no-such-entry"
    assert nora.delete(f"/visits/{visit['id']}").problem["code"] == "no-such-entry"
    assert nora.post("/visits", body(leo)).problem["code"] == "no-such-client"
    assert UUID(mira.get(f"/visits/{visit['id']}").json["id"])
