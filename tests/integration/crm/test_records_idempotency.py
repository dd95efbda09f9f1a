"""Repeated requests with the same id add one record."""

from typing import Any

import pytest

from kit.ids import new_id
from tests.factories.booking_pages import hidden
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_pages import PageClient

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
def test_record_with_same_id_returns_existing_record(provider: CrmUser, part: str) -> None:
    leo, ada = provider.create_client("Leo Brandt"), provider.create_client("Ada Winter")
    body = BODIES[part] | {"clientId": leo["id"], "id": str(new_id())}
    first, second = provider.post(part, body), provider.post(part, body)
    assert (first.status, second.status) == (201, 201), first.text
    assert first.json["id"] == second.json["id"] == body["id"]
    assert first.json["createdAt"] == second.json["createdAt"]
    assert len(provider.get(part).json["items"]) == 1

    other = provider.post(part, body | {"clientId": ada["id"]})
    assert (other.status, other.problem["code"]) == (409, "id-taken")
    assert provider.post(part, {key: body[key] for key in body.keys() - {"id"}}).status == 201
    assert len(provider.get(part).json["items"]) == 2


def test_record_id_of_other_workspace_is_rejected(
    provider: CrmUser, crm_factory: CrmFactory
) -> None:
    other = crm_factory.create_user("nora-lind")
    foreign_id = other.post("/tasks", {"title": "Hers"}).json["id"]
    answer = provider.post("/tasks", {"title": "Mine", "id": foreign_id})
    assert answer.status == 404
    assert "Hers" not in answer.text
    assert [one["title"] for one in other.get("/tasks").json["items"]] == ["Hers"]


@pytest.mark.slow
def test_form_sent_twice_adds_one_record(provider: CrmUser) -> None:
    page_client, client = PageClient(provider), provider.create_client()
    here = f"/clients/{client['id']}"
    visit = {
        "client": client["id"], "day": "2026-01-05", "at": "20:00", "timeZone": "Europe/Berlin",
        "minutes": "60", "type": "incall", "currency": "EUR", "rate": "300",
    }  # fmt: skip
    communication = {"type": "email", "direction": "inbound", "text": "On my way."}
    subscription = {
        "client": client["id"],
        "area": "Zurich",
        "channel": "email",
        "asked": "2026-01-05",
    }
    for page, action, form in (
        ("/visits/new", "/visits/new", visit),
        (here, f"{here}/communications", communication),
        (here, f"{here}/task", {"title": "Call back"}),
        ("/tasks", "/tasks", {"title": "Buy candles"}),
        ("/area-subscriptions", "/area-subscriptions", subscription),
    ):
        hidden_fields = hidden(page_client.page(page), f"{page_client.base_path}{action}")
        assert hidden_fields["entry"], action
        for _ in range(2):
            assert page_client.post(action, {**hidden_fields, **form}).status == 303, action
    counts = {part: len(provider.get(part).json["items"]) for part in BODIES}
    assert counts == {"/visits": 1, "/communications": 1, "/tasks": 2, "/area-notifications": 1}
    assert (
        hidden(page_client.page("/tasks"), f"{page_client.base_path}/tasks")["entry"]
        != hidden_fields["entry"]
    )
