"""What is told before, besides and after: prices, starts, lists, settings, waiting, the calendar."""

from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from icalendar import Calendar

from tests.factories.booking_api import BOOKINGS, Desk, Guest
from tests.factories.bookings import DAY, HOUR, NO_DEPOSIT, NOON, POLICY

START = NOON + 3 * DAY
ADULT = {"age-confirmed": "18"}
EXTRA = {"key": "late", "label": "Late", "amountMinor": 5000, "currency": "EUR"}


def starts(desk: Desk, mira: Guest, query: str) -> Any:
    path = f"/api/v1/escorts/{mira.escort_id}/availability?{query}"
    return desk.visitor().get(path, headers=ADULT)


def test_starts_are_told_by_the_providers_clock(desk: Desk) -> None:
    """Over the night on which clocks move: no hour twice, none that is not."""
    mira = desk.provider(policy=NO_DEPOSIT)
    desk.at(NOON.replace(month=3, day=20))

    answer = starts(desk, mira, "from=2027-03-28&to=2027-03-29&duration=60")

    assert answer.status == 200, answer.text
    found = [item["start"] for item in answer.json["items"]]
    assert answer.json["timeZone"] == "Europe/Berlin"
    assert len(found) == 23 * 4
    assert found[0] == "2027-03-28T00:00:00+01:00"
    assert found[7:9] == ["2027-03-28T01:45:00+01:00", "2027-03-28T03:00:00+02:00"]
    assert answer.headers["cache-control"].startswith("public")


def test_a_start_that_is_told_can_be_asked_for(desk: Desk) -> None:
    mira, client = desk.provider(policy=NO_DEPOSIT), desk.client()
    path = f"/{client.ask(mira, START).json['id']}"
    mira.post(f"{path}/accept")
    query = f"from={quote(START.isoformat())}&to={quote((START + 4 * HOUR).isoformat())}"

    found = [one["start"] for one in starts(desk, mira, f"{query}&duration=120").json["items"]]

    # Two hours, and half an hour after them.
    assert found[0] == "2027-05-13T16:30:00+02:00"
    assert client.ask(mira, START, start=found[0]).status == 201
    assert client.ask(mira, START, start="2027-05-13T16:15:00+02:00").status == 409


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("duration=0", "duration"),
        ("duration=21600", "duration"),
        ("duration=1e99", "duration"),
        ("venue=moon", "venue"),
        ("from=2027-05-13&to=2027-05-13", "to"),
        ("from=2027-05-13&to=2027-09-13", "to"),
        ("from=2019-01-01", "from"),
        ("from=2027-05-13T12:00:00", "from"),
    ],
)
def test_what_cannot_be_looked_up(desk: Desk, query: str, field: str) -> None:
    answer = starts(desk, desk.provider(), query)

    assert (answer.status, answer.problem["field"].partition(".")[0]) == (422, field)


def test_everybody_may_look_who_is_old_enough(desk: Desk) -> None:
    mira = desk.provider(policy=NO_DEPOSIT)
    quoted = {
        "escortId": str(mira.escort_id), "duration": 120, "services": ["dinner"],
        "venue": "incall",
    }  # fmt: skip
    path = f"/api/v1/escorts/{mira.escort_id}/availability"
    visitor, quote_path = desk.visitor(), f"{BOOKINGS}/quote"
    unknown = {"cloudfront-viewer-country": ""}

    assert visitor.get(path, headers=unknown).problem["code"] == "age-confirmation-required"
    assert visitor.post(quote_path, json=quoted, headers=unknown).status == 451
    assert visitor.get(path, headers=unknown | ADULT).status == 200
    assert visitor.post(quote_path, json=quoted, headers=unknown | ADULT).status == 200
    assert desk.client().post("/quote", quoted, headers=unknown).status == 200


def test_a_quote_has_all_that_a_request_needs(desk: Desk) -> None:
    mira, client = desk.provider(policy=POLICY), desk.client()
    asked = {
        "questions": [{"key": "name", "text": "Your first name?"}],
        "extras": [EXTRA, EXTRA | {"key": "way", "label": "The way", "when": "outcall"}],
    }
    assert mira.put("/settings/preferences", asked).status == 200
    body = {
        "escortId": str(mira.escort_id), "duration": 150, "services": ["dinner"],
        "isOutcall": True, "extras": ["late"],
    }  # fmt: skip

    told = client.post("/quote", body).json

    assert [line["amount"] for line in told["price"]["lines"]] == [75000, 5000, 5000]
    assert (told["price"]["amountMinor"], told["depositMinor"]) == (85000, 17000)
    assert told["policy"]["steps"] == [{"hours": 4, "percent": 100}, {"hours": 24, "percent": 50}]
    assert [one["key"] for one in told["questions"]] == ["name"]
    request: dict[str, Any] = {
        "venue": None, "isOutcall": True, "duration": 150, "extras": ["late"],
        "amountMinor": told["price"]["amountMinor"], "policyVersion": told["policy"]["version"],
    }  # fmt: skip
    missing = client.ask(mira, START, **request)
    assert (missing.status, missing.problem["field"]) == (422, "answers.name")
    made = client.ask(mira, START, **request, answers={"name": "Kim"})
    assert made.status == 201, made.text
    assert mira.get(f"/{made.json['id']}").json["answers"] == {"name": "Kim"}


def test_settings_are_the_providers_own(desk: Desk) -> None:
    mira = desk.provider()
    shown = mira.get("/settings").json
    assert (shown["policy"]["version"], shown["address"]) == (0, "")

    policy = {"steps": [{"hours": 48, "percent": 30}], "depositPercent": 10}
    first = mira.put("/settings/policy", policy).json
    again = mira.put("/settings/policy", policy).json
    assert (first["version"], again["version"]) == (1, 1)
    assert mira.put("/settings/preferences", {"notice": 60}).json["notice"] == 60
    assert mira.put("/settings/address", {"address": "Side door 4"}).status == 204
    shown = mira.get("/settings").json
    assert (shown["address"], shown["preferences"]["notice"]) == ("Side door 4", 60)
    assert shown["policy"]["depositPercent"] == 10

    for path, body, field in (
        ("preferences", {"notice": -1}, "notice"),
        ("preferences", {"extras": [EXTRA | {"amountMinor": 0}]}, "extras.0.amountMinor"),
        ("preferences", {"questions": [{"key": "A B", "text": "?"}]}, "questions.0.key"),
        ("policy", {"depositPercent": 101}, "depositPercent"),
        ("policy", {"steps": [{"hours": 0, "percent": 1}]}, "steps.0.hours"),
    ):
        refused = mira.put(f"/settings/{path}", body)
        assert (refused.status, refused.problem["field"]) == (422, field)
    assert desk.client().get("/settings").status == 403


@pytest.mark.slow
def test_lists_are_of_ones_own_side_page_by_page(desk: Desk) -> None:
    mira, client, other = desk.provider(policy=NO_DEPOSIT), desk.client(), desk.client()
    made = [client.ask(mira, START + n * DAY).json["id"] for n in range(5)]
    mira.post(f"/{made[1]}/accept")
    theirs = other.ask(mira, START).json["id"]

    def ids(guest: Guest, query: str = "") -> list[str]:
        return [item["id"] for item in guest.get(query).json["items"]]

    assert ids(client) == made
    assert ids(other) == [theirs]
    assert sorted(ids(mira)) == sorted([*made, theirs])
    assert ids(client, "?sortOrder=desc") == made[::-1]
    assert ids(client, "?status=confirmed") == [made[1]]
    assert ids(client, "?status=pending&status=confirmed") == made
    assert ids(client, f"?from={quote((START + 3 * DAY).isoformat())}") == made[3:]
    assert ids(client, f"?to={quote((START + DAY).isoformat())}") == made[:1]
    seen: list[str] = []
    query = "?limit=2"
    while True:
        page = client.get(query).json
        seen += [item["id"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        query = f"?limit=2&cursor={page['nextCursor']}"
    assert seen == made
    assert client.get("?cursor=nonsense").problem["field"] == "cursor"
    assert client.get("?status=lost").status == 422
    assert "Mira" in client.get("").text


def test_waiting_for_a_time(desk: Desk) -> None:
    mira, client, other = desk.provider(), desk.client(), desk.client()
    wanted = {
        "escortId": str(mira.escort_id), "from": START.isoformat(),
        "to": (START + DAY).isoformat(),
    }  # fmt: skip

    first = client.post("/waitlist", wanted)
    again = client.post("/waitlist", wanted)
    assert (first.status, again.json["id"]) == (201, first.json["id"])
    assert other.delete(f"/waitlist/{first.json['id']}").status == 204
    assert [one["from"] for one in client.get("/waitlist").json["items"]] == [
        "2027-05-13T12:00:00Z"
    ]
    assert client.delete(f"/waitlist/{first.json['id']}").status == 204
    assert client.get("/waitlist").json["items"] == []
    backwards = wanted | {"to": wanted["from"]}
    assert client.post("/waitlist", backwards).problem["field"] == "to"


def test_a_calendar_by_secret_address(desk: Desk) -> None:
    mira, client = desk.provider(policy=NO_DEPOSIT), desk.client()
    path = f"/{client.ask(mira, START, notes='I like tea.').json['id']}"
    mira.post(f"{path}/accept")
    assert mira.get("/feed").json == {"exists": False}

    made = mira.post("/feed")
    address = urlsplit(made.json["url"]).path
    feed = desk.visitor().get(address)

    assert (made.status, feed.status) == (201, 200)
    assert feed.headers["content-type"].startswith("text/calendar")
    assert "public" not in feed.headers.get("cache-control", "")
    (entry,) = Calendar.from_ical(feed.text).walk("VEVENT")
    assert (entry["summary"], entry.decoded("dtstart")) == ("Appointment", START)
    for told in ("Mira", "tea", "berlin", "dinner", "EUR"):
        assert told not in feed.text

    renewed = urlsplit(mira.post("/feed").json["url"]).path
    assert desk.visitor().get(address).status == 404
    assert desk.visitor().get(renewed).status == 200
    assert mira.delete("/feed").status == 204
    assert desk.visitor().get(renewed).problem["code"] == "no-such-feed"
    assert mira.get("/feed").json == {"exists": False}
