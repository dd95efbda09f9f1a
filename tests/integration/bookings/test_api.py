"""Bookings through the API: asked, answered, paid, met; and what is refused on the way."""

from typing import Any

import pytest

from tests.factories.booking_api import BOOKINGS, Desk, Guest
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
    ({"start": "2027-05-13T12:07:00Z"}, 422, "start-odd", "start"),
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


def test_from_a_request_to_a_meeting_that_took_place(desk: Desk) -> None:
    mira, client = desk.provider(policy=POLICY), desk.client()

    asked = client.ask(mira, START, notes="I like tea.", amount=500, amountMinor=50000)
    assert asked.status == 201, asked.text
    path = f"/{asked.json['id']}"
    assert asked.headers["location"] == f"{BOOKINGS}{path}"
    held = mira.post(f"{path}/accept").json
    paid = mira.post(f"{path}/deposit-received").json
    desk.at(START)
    here = mira.post(f"{path}/check-in").json
    desk.at(START + 2 * HOUR)
    over = mira.post(f"{path}/check-out")

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


def test_the_same_key_is_the_same_booking(desk: Desk) -> None:
    mira, client = desk.provider(policy=POLICY), desk.client()

    first = client.ask(mira, START, key="k-1")
    again = client.ask(mira, START, key="k-1")
    other = client.ask(mira, START + DAY, key="k-1")
    without = client.ask(mira, START)

    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert (other.status, other.problem["field"]) == (422, "Idempotency-Key")
    assert without.json["id"] != first.json["id"]
    assert client.ask(mira, START, key="k" * 101).status == 422


@pytest.mark.slow
def test_what_cannot_be_meant_names_its_field(desk: Desk) -> None:
    mira, client = desk.provider(policy=POLICY), desk.client()

    for changes, status, code, field in REFUSED:
        answer = client.ask(mira, START, **changes)
        problem = answer.problem
        said = (answer.status, problem["code"], problem.get("field"))
        assert said == (status, code, field), changes

    assert desk.salon.events() == []


def test_a_wrong_amount_is_told_the_right_one_and_flags_are_named(desk: Desk) -> None:
    mira, client = desk.provider(policy=POLICY), desk.client()

    assert "EUR 500" in client.ask(mira, START, amount=1).problem["detail"]
    both = client.ask(mira, START, venue=None, isOutcall=True, isIncall=True).problem["detail"]
    assert "isIncall" in both
    assert "isOutcall" in both
    assert "outcall" in client.ask(mira, START, isOutcall=True).problem["detail"]


def test_a_time_that_the_clock_skips(desk: Desk) -> None:
    mira, client = desk.provider(policy=POLICY), desk.client()
    desk.at(NOON.replace(month=3, day=20))
    skipped: dict[str, Any] = {"start": None, "date": "2027-03-28", "time": "02:30"}

    answer = client.ask(mira, START, **skipped)

    assert (answer.status, answer.problem["field"]) == (422, "time")
    assert client.ask(mira, START, **(skipped | {"time": "03:30"})).json["start"] == (
        "2027-03-28T03:30:00+02:00"
    )


@pytest.mark.slow
def test_the_words_of_older_clients(desk: Desk) -> None:
    """Date and clock, flags, a place, an amount in whole units; the rest by where it is to stand."""
    mira, client = desk.provider(policy=POLICY), desk.client()
    body: dict[str, Any] = {
        "start": None, "date": "2027-05-13", "time": "20:00", "venue": None, "isOutcall": True,
        "isIncall": False, "location": "Hotel Adler, room 12", "amount": 600.0, "isUrgent": True,
    }  # fmt: skip
    asked = client.ask(mira, START, **body)
    assert asked.status == 201, asked.text
    path = f"/{asked.json['id']}"
    assert (asked.json["start"], asked.json["venue"]) == ("2027-05-13T20:00:00+02:00", "outcall")
    assert (asked.json["isOutcall"], asked.json["isUrgent"]) == (True, True)

    def put(status: str) -> Any:
        return mira.put(f"{path}/status", {"status": status, "reason": ""}).json["status"]

    assert mira.get(path).json["location"] == ""
    # Asking twice does not pay the deposit.
    assert [put("confirmed"), put("confirmed")] == ["accepted", "accepted"]
    assert mira.post(f"{path}/deposit-received").json["status"] == put("confirmed") == "confirmed"
    assert mira.get(path).json["location"] == "Hotel Adler, room 12"
    assert mira.put(f"{path}/status", {"status": "completed"}).problem["code"] == "booking-ahead"
    desk.at(START + DAY)
    assert put("completed") == "completed"
    assert mira.get(path).json["endedAt"] is not None


@pytest.mark.parametrize("word", ["cancelled", "declined"])
def test_a_provider_says_no_in_either_word(desk: Desk, word: str) -> None:
    mira, client = desk.provider(policy=POLICY), desk.client()
    path = f"/{client.ask(mira, START).json['id']}"

    answer = mira.put(f"{path}/status", {"status": word, "reason": "Away."})

    assert (answer.status, answer.json["status"]) == (200, "declined")
    assert client.get(path).json["cancellationReason"] == "Away."


def test_two_clients_one_time(desk: Desk) -> None:
    mira = desk.provider(policy=NO_DEPOSIT)
    clients = [desk.client() for _ in range(3)]
    first, second = (f"/{client.ask(mira, START).json['id']}" for client in clients[:2])

    assert mira.post(f"{first}/accept").json["status"] == "confirmed"
    refused = mira.post(f"{second}/accept")
    late = clients[2].ask(mira, START + HOUR)

    assert (refused.status, refused.problem["code"]) == (409, "time-taken")
    assert (late.status, late.problem["code"], late.problem["field"]) == (
        409, "time-taken", "start",
    )  # fmt: skip
    assert clients[1].get(second).json["status"] == "requested"


@pytest.mark.slow
@pytest.mark.parametrize("how", ["cancel", "delete", "status"])
def test_what_cancelling_costs_is_what_was_said(desk: Desk, how: str) -> None:
    mira, client = desk.provider(policy=POLICY), desk.client()

    for before, fee in ((HOUR, 50000), (5 * HOUR, 25000), (30 * HOUR, 0)):
        desk.at(NOON)
        path = f"/{client.ask(mira, START).json['id']}"
        mira.post(f"{path}/accept")
        mira.post(f"{path}/deposit-received")
        desk.at(START - before)
        told = client.get(f"{path}/cancellation").json
        done = _called_off(client, path, how)

        assert (done.status, done.json["status"], told["feeMinor"]) == (200, "cancelled", fee)
        assert (done.json["feeMinor"], done.json["refundMinor"]) == (
            told["feeMinor"], told["refundMinor"],
        )  # fmt: skip
        assert client.get(f"{path}/cancellation").status == 409


def _called_off(client: Guest, path: str, how: str) -> Answer:
    match how:
        case "cancel":
            return client.post(f"{path}/cancel", {"reason": "Ill."})
        case "delete":
            return client.delete(path)
        case _:
            return client.put(f"{path}/status", {"status": "cancelled"})


def test_another_time_is_agreed_on(desk: Desk) -> None:
    mira, client = desk.provider(policy=NO_DEPOSIT), desk.client()
    path = f"/{client.ask(mira, START).json['id']}"

    asked = mira.post(f"{path}/propose", {"date": "2027-05-14", "time": "19:00"})
    assert (asked.status, asked.json["start"]) == (201, "2027-05-14T19:00:00+02:00"), asked.text
    assert client.post(f"{path}/refuse-proposal").json["status"] == "requested"
    assert client.put(path, {"duration": 60}).json["proposals"][-1]["price"]["amountMinor"] == 30000
    shown = mira.get(path).json["proposals"]
    assert [one["status"] for one in shown] == ["refused", "open"]
    wrong = mira.post(f"{path}/accept-proposal", {"proposalId": shown[0]["id"]})
    assert wrong.problem["code"] == "proposal-gone"
    new = mira.post(f"{path}/accept-proposal", {"proposalId": shown[1]["id"]})

    assert (new.status, new.json["status"], new.json["duration"]) == (200, "confirmed", 60)
    old = client.get(path).json
    assert (old["status"], old["rescheduledTo"]) == ("rescheduled", new.json["id"])
    assert client.get(f"/{new.json['id']}").json["rescheduledFrom"] == old["id"]


def test_no_show_is_owed_for(desk: Desk) -> None:
    mira, client = desk.provider(policy=NO_DEPOSIT), desk.client()
    path = f"/{client.ask(mira, START).json['id']}"
    mira.post(f"{path}/accept")

    assert mira.post(f"{path}/no-show").problem["code"] == "booking-ahead"
    desk.at(START + HOUR)
    missed = mira.post(f"{path}/no-show").json

    assert (missed["status"], missed["feeMinor"]) == ("no-show", 50000)


def test_one_client_does_not_fill_every_inbox(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookings.dependencies.REQUESTS_PER_DAY", 2)
    mira, client = desk.provider(policy=NO_DEPOSIT), desk.client()

    answers = [client.ask(mira, START + n * DAY) for n in range(3)]

    assert [answer.status for answer in answers] == [201, 201, 429]
    assert int(answers[2].headers["retry-after"]) > 0
    assert desk.client().ask(mira, START).status == 201
