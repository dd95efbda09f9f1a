"""Repeated requests and double clicks create one record."""

from typing import Any

import pytest

from kit.ids import new_id
from tests.factories.booking_pages import hidden
from tests.factories.crm import Books, Keeper
from tests.factories.crm_pages import Reader

WHEN = "2026-01-05T12:00:00Z"
BODIES: dict[str, dict[str, Any]] = {
    "/visits": {
        "startsAt": WHEN, "timeZone": "Europe/Berlin", "durationMinutes": 60, "type": "incall",
        "currency": "EUR", "rateMinor": 30_000, "receivedMinor": 30_000, "paymentStatus": "paid",
        "status": "completed",
    },
    "/communications": {
        "type": "email", "direction": "inbound", "happenedAt": WHEN, "text": "On my way.",
    },
    "/tasks": {"title": "Call back"},
    "/area-notifications": {"area": "Zurich", "consentedAt": WHEN},
}  # fmt: skip


@pytest.mark.parametrize("part", list(BODIES))
def test_create_with_same_id_returns_existing_record(mira: Keeper, part: str) -> None:
    leo, ada = mira.client("Leo Brandt"), mira.client("Ada Winter")
    body = BODIES[part] | {"clientId": leo["id"], "id": str(new_id())}
    first, second = mira.post(part, body), mira.post(part, body)
    assert (first.status, second.status) == (201, 201), first.text
    assert first.json["id"] == second.json["id"] == body["id"]
    assert first.json["createdAt"] == second.json["createdAt"]
    assert len(mira.get(part).json["items"]) == 1

    other = mira.post(part, body | {"clientId": ada["id"]})
    assert (other.status, other.problem["code"]) == (409, "id-taken")
    assert mira.post(part, {key: body[key] for key in body.keys() - {"id"}}).status == 201
    assert len(mira.get(part).json["items"]) == 2


def test_create_with_id_of_another_workspace_is_refused(mira: Keeper, books: Books) -> None:
    other = books.keeper("nora-lind")
    taken = other.post("/tasks", {"title": "Hers"}).json["id"]
    answer = mira.post("/tasks", {"title": "Mine", "id": taken})
    assert answer.status == 404
    assert "Hers" not in answer.text
    assert [one["title"] for one in other.get("/tasks").json["items"]] == ["Hers"]


@pytest.mark.slow
def test_form_submitted_twice_adds_one_record(mira: Keeper) -> None:
    her, client = Reader(mira), mira.client()
    here = f"/clients/{client['id']}"
    visit = {
        "client": client["id"], "day": "2026-01-05", "at": "20:00", "timeZone": "Europe/Berlin",
        "minutes": "60", "type": "incall", "currency": "EUR", "rate": "300",
    }  # fmt: skip
    said = {"type": "email", "direction": "inbound", "text": "On my way."}
    subscription = {
        "client": client["id"],
        "area": "Zurich",
        "channel": "email",
        "asked": "2026-01-05",
    }
    for page, action, form in (
        ("/visits/new", "/visits/new", visit),
        (here, f"{here}/said", said),
        (here, f"{here}/task", {"title": "Call back"}),
        ("/tasks", "/tasks", {"title": "Buy candles"}),
        ("/area-subscriptions", "/area-subscriptions", subscription),
    ):
        own = hidden(her.page(page), f"{her.room}{action}")
        assert own["entry"], action
        for _ in range(2):
            assert her.post(action, {**own, **form}).status == 303, action
    counts = {part: len(mira.get(part).json["items"]) for part in BODIES}
    assert counts == {"/visits": 1, "/communications": 1, "/tasks": 2, "/area-notifications": 1}
    assert hidden(her.page("/tasks"), f"{her.room}/tasks")["entry"] != own["entry"]
