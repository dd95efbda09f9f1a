"""Booking API: request, answer, payment, meeting, and errors."""

from typing import Any

import pytest

from tests.factories.booking_api import BOOKINGS, ApiUser, ApiWorld
from tests.factories.bookings import DAY, HOUR, NO_DEPOSIT, NOON, POLICY
from tests.fixtures.functions import Answer

START = NOON + 3 * DAY
REFUSED: list[tuple[dict[str, Any], int, str, str]] = [
    ({"metadata": {"mood": "calm"}}, 422, "invalid-input", "metadata"),
    ({"start": "2027-05-09T12:00:00Z"}, 422, "start-too-soon", "start"),
    ({"start": "2027-05-13T12:00:00"}, 422, "invalid-input", "start"),
    ({"start": None}, 422, "start-missing", "start"),
    ({"start": None, "date": "2027-05-13"}, 422, "start-missing", "time"),
    ({"date": "2027-05-13", "time": "14:00"}, 422, "two-starts", "start"),
    ({"start": "2027-05-13T12:07:00Z"}, 422, "start-not-on-quarter", "start"),
    ({"start": "2028-03-01T12:00:00Z"}, 422, "start-too-far", "start"),
    ({"duration": 0}, 422, "duration-out-of-bounds", "duration"),
    ({"duration": 15 * 24 * 60}, 422, "duration-out-of-bounds", "duration"),
    ({"services": ["yoga"]}, 422, "unknown-service", "services.0"),
    ({"services": []}, 422, "services-missing", "services"),
    ({"venue": None}, 422, "venue-missing", "venue"),
    ({"isOutcall": True}, 422, "both-venues", "venue"),
    ({"venue": None, "isOutcall": True, "isIncall": True}, 422, "both-venues", "isOutcall"),
    ({"isOvernight": True}, 422, "overnight-missing", "isOvernight"),
    ({"amount": 499.99}, 422, "amount-differs", "amount"),
    ({"amount": -500}, 422, "invalid-input", "amount"),
    ({"amountMinor": 49999}, 422, "amount-differs", "amount"),
    ({"policyVersion": None}, 422, "policy-not-agreed", "policyVersion"),
    ({"policyVersion": 7}, 409, "policy-changed", "policyVersion"),
    ({"answers": {"x": "y"}}, 422, "unknown-question", "answers.x"),
    ({"wishes": "x"}, 422, "invalid-input", "wishes"),
    ({"escortId": "00000000-0000-7000-8000-000000000000"}, 404, "no-such-profile", "escortId"),
]


def test_api_booking_from_request_to_check_out(api: ApiWorld) -> None:
    provider, client = api.provider(policy=POLICY), api.client()

    asked = client.ask(provider, START, notes="I like tea.", amount=500, amountMinor=50000)
    assert asked.status == 201, asked.text
    path = f"/{asked.json['id']}"
    assert asked.headers["location"] == f"{BOOKINGS}{path}"
    held = provider.post(f"{path}/accept").json
    paid = provider.post(f"{path}/deposit-received").json
    api.at(START)
    here = provider.post(f"{path}/check-in").json
    api.at(START + 2 * HOUR)
    over = provider.post(f"{path}/check-out")

    assert (asked.json["status"], asked.json["role"]) == ("requested", "client")
    assert (asked.json["date"], asked.json["time"]) == ("2027-05-13", "14:00")
    assert asked.json["start"] == "2027-05-13T14:00:00+02:00"
    assert asked.json["price"]["lines"][0]["amount"] == asked.json["amountMinor"] == 50000
    assert (held["status"], held["depositMinor"]) == ("accepted", 10000)
    assert held["notes"] == "I like tea."
    assert (paid["status"], paid["paidMinor"], paid["paymentStatus"]) == (
        "confirmed", 10000, "partial",
    )  # fmt: skip
    assert here["checkedInAt"] is not None
    assert (over.json["status"], over.json["actions"]) == ("completed", [])
    seen = client.get(path).json
    assert [line["action"] for line in seen["history"]] == [
        "request", "accept", "pay", "check-in", "check-out",
    ]  # fmt: skip


def test_api_repeated_idempotency_key_returns_same_booking(api: ApiWorld) -> None:
    provider, client = api.provider(policy=POLICY), api.client()

    first = client.ask(provider, START, key="k-1")
    again = client.ask(provider, START, key="k-1")
    other = client.ask(provider, START + DAY, key="k-1")
    without = client.ask(provider, START)

    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert (other.status, other.problem["field"]) == (422, "Idempotency-Key")
    assert without.json["id"] != first.json["id"]
    assert client.ask(provider, START, key="k" * 101).status == 422


@pytest.mark.slow
def test_api_invalid_request_names_its_field(api: ApiWorld) -> None:
    provider, client = api.provider(policy=POLICY), api.client()

    for changes, status, code, field in REFUSED:
        answer = client.ask(provider, START, **changes)
        problem = answer.problem
        refusal = (answer.status, problem["code"], problem.get("field"))
        assert refusal == (status, code, field), changes

    assert api.bookings.events() == []


def test_api_wrong_amount_or_flags_explains_error(api: ApiWorld) -> None:
    provider, client = api.provider(policy=POLICY), api.client()

    assert "EUR 500" in client.ask(provider, START, amount=1).problem["detail"]
    both = client.ask(provider, START, venue=None, isOutcall=True, isIncall=True).problem["detail"]
    assert "isIncall" in both
    assert "isOutcall" in both
    assert "outcall" in client.ask(provider, START, isOutcall=True).problem["detail"]


def test_api_skipped_local_time_is_refused(api: ApiWorld) -> None:
    provider, client = api.provider(policy=POLICY), api.client()
    api.at(NOON.replace(month=3, day=20))
    skipped: dict[str, Any] = {"start": None, "date": "2027-03-28", "time": "02:30"}

    answer = client.ask(provider, START, **skipped)

    assert (answer.status, answer.problem["field"]) == (422, "time")
    assert client.ask(provider, START, **(skipped | {"time": "03:30"})).json["start"] == (
        "2027-03-28T03:30:00+02:00"
    )


@pytest.mark.slow
def test_api_older_client_fields_are_accepted(api: ApiWorld) -> None:
    """Date and time, flags, an address, an amount in whole units, and target statuses."""
    provider, client = api.provider(policy=POLICY), api.client()
    body: dict[str, Any] = {
        "start": None, "date": "2027-05-13", "time": "20:00", "venue": None, "isOutcall": True,
        "isIncall": False, "location": "Hotel Adler, room 12", "amount": 600.0, "isUrgent": True,
    }  # fmt: skip
    asked = client.ask(provider, START, **body)
    assert asked.status == 201, asked.text
    path = f"/{asked.json['id']}"
    assert (asked.json["start"], asked.json["venue"]) == ("2027-05-13T20:00:00+02:00", "outcall")
    assert (asked.json["isOutcall"], asked.json["isUrgent"]) == (True, True)

    def put(status: str) -> Any:
        return provider.put(f"{path}/status", {"status": status, "reason": ""}).json["status"]

    assert provider.get(path).json["location"] == ""
    # A repeated confirmed status does not pay the deposit.
    assert [put("confirmed"), put("confirmed")] == ["accepted", "accepted"]
    assert (
        provider.post(f"{path}/deposit-received").json["status"] == put("confirmed") == "confirmed"
    )
    assert provider.get(path).json["location"] == "Hotel Adler, room 12"
    assert (
        provider.put(f"{path}/status", {"status": "completed"}).problem["code"]
        == "booking-not-started"
    )
    api.at(START + DAY)
    assert put("completed") == "completed"
    assert provider.get(path).json["endedAt"] is not None


@pytest.mark.parametrize("word", ["cancelled", "declined"])
def test_api_provider_status_cancelled_or_declined_declines_request(
    api: ApiWorld, word: str
) -> None:
    provider, client = api.provider(policy=POLICY), api.client()
    path = f"/{client.ask(provider, START).json['id']}"

    answer = provider.put(f"{path}/status", {"status": word, "reason": "Away."})

    assert (answer.status, answer.json["status"]) == (200, "declined")
    assert client.get(path).json["cancellationReason"] == "Away."


def test_api_second_accept_for_same_time_conflicts(api: ApiWorld) -> None:
    provider = api.provider(policy=NO_DEPOSIT)
    clients = [api.client() for _ in range(3)]
    first, second = (f"/{client.ask(provider, START).json['id']}" for client in clients[:2])

    assert provider.post(f"{first}/accept").json["status"] == "confirmed"
    refused = provider.post(f"{second}/accept")
    late = clients[2].ask(provider, START + HOUR)

    assert (refused.status, refused.problem["code"]) == (409, "time-taken")
    assert (late.status, late.problem["code"], late.problem["field"]) == (
        409, "time-taken", "start",
    )  # fmt: skip
    assert clients[1].get(second).json["status"] == "requested"


@pytest.mark.slow
@pytest.mark.parametrize("endpoint", ["cancel", "delete", "status"])
def test_api_cancellation_charges_previewed_fee(api: ApiWorld, endpoint: str) -> None:
    provider, client = api.provider(policy=POLICY), api.client()

    for before, fee in ((HOUR, 50000), (5 * HOUR, 25000), (30 * HOUR, 0)):
        api.at(NOON)
        path = f"/{client.ask(provider, START).json['id']}"
        provider.post(f"{path}/accept")
        provider.post(f"{path}/deposit-received")
        api.at(START - before)
        preview = client.get(f"{path}/cancellation").json
        done = _cancel_by(client, path, endpoint)

        assert (done.status, done.json["status"], preview["feeMinor"]) == (200, "cancelled", fee)
        assert (done.json["feeMinor"], done.json["refundMinor"]) == (
            preview["feeMinor"], preview["refundMinor"],
        )  # fmt: skip
        assert client.get(f"{path}/cancellation").status == 409


def _cancel_by(client: ApiUser, path: str, endpoint: str) -> Answer:
    match endpoint:
        case "cancel":
            return client.post(f"{path}/cancel", {"reason": "Ill."})
        case "delete":
            return client.delete(path)
        case _:
            return client.put(f"{path}/status", {"status": "cancelled"})


def test_api_accepted_proposal_reschedules_booking(api: ApiWorld) -> None:
    provider, client = api.provider(policy=NO_DEPOSIT), api.client()
    path = f"/{client.ask(provider, START).json['id']}"

    asked = provider.post(f"{path}/propose", {"date": "2027-05-14", "time": "19:00"})
    assert (asked.status, asked.json["start"]) == (201, "2027-05-14T19:00:00+02:00"), asked.text
    assert client.post(f"{path}/refuse-proposal").json["status"] == "requested"
    assert client.put(path, {"duration": 60}).json["proposals"][-1]["price"]["amountMinor"] == 30000
    shown = provider.get(path).json["proposals"]
    assert [one["status"] for one in shown] == ["refused", "open"]
    wrong = provider.post(f"{path}/accept-proposal", {"proposalId": shown[0]["id"]})
    assert wrong.problem["code"] == "proposal-gone"
    new = provider.post(f"{path}/accept-proposal", {"proposalId": shown[1]["id"]})

    assert (new.status, new.json["status"], new.json["duration"]) == (200, "confirmed", 60)
    old = client.get(path).json
    assert (old["status"], old["rescheduledTo"]) == ("rescheduled", new.json["id"])
    assert client.get(f"/{new.json['id']}").json["rescheduledFrom"] == old["id"]


def test_api_no_show_charges_fee(api: ApiWorld) -> None:
    provider, client = api.provider(policy=NO_DEPOSIT), api.client()
    path = f"/{client.ask(provider, START).json['id']}"
    provider.post(f"{path}/accept")

    assert provider.post(f"{path}/no-show").problem["code"] == "booking-not-started"
    api.at(START + HOUR)
    missed = provider.post(f"{path}/no-show").json

    assert (missed["status"], missed["feeMinor"]) == ("no-show", 50000)


def test_api_requests_per_day_are_limited(api: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookings.dependencies.REQUESTS_PER_DAY", 2)
    provider, client = api.provider(policy=NO_DEPOSIT), api.client()

    answers = [client.ask(provider, START + n * DAY) for n in range(3)]

    assert [answer.status for answer in answers] == [201, 201, 429]
    assert int(answers[2].headers["retry-after"]) > 0
    assert api.client().ask(provider, START).status == 201
