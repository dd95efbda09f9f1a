"""Booking API: quotes, slots, lists, settings, waitlist and feed."""

from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from icalendar import Calendar

from tests.factories.booking_api import BOOKINGS, ApiUser, ApiWorld
from tests.factories.bookings import DAY, HOUR, NO_DEPOSIT, NOON, POLICY

START = NOON + 3 * DAY
ADULT = {"age-confirmed": "18"}
EXTRA = {"key": "late", "label": "Late", "amountMinor": 5000, "currency": "EUR"}


def get_slots(api: ApiWorld, provider: ApiUser, query: str) -> Any:
    path = f"/api/v1/escorts/{provider.profile_id}/availability?{query}"
    return api.visitor().get(path, headers=ADULT)


def test_api_slots_use_provider_time_zone(api: ApiWorld) -> None:
    """On the night of a clock change no hour is listed twice, and no skipped hour is listed."""
    provider = api.provider(policy=NO_DEPOSIT)
    api.at(NOON.replace(month=3, day=20))

    answer = get_slots(api, provider, "from=2027-03-28&to=2027-03-29&duration=60")

    assert answer.status == 200, answer.text
    found = [item["start"] for item in answer.json["items"]]
    assert answer.json["timeZone"] == "Europe/Berlin"
    assert len(found) == 23 * 4
    assert found[0] == "2027-03-28T00:00:00+01:00"
    assert found[7:9] == ["2027-03-28T01:45:00+01:00", "2027-03-28T03:00:00+02:00"]
    assert answer.headers["cache-control"].startswith("public")


def test_api_listed_slot_can_be_requested(api: ApiWorld) -> None:
    provider, client = api.provider(policy=NO_DEPOSIT), api.client()
    path = f"/{client.ask(provider, START).json['id']}"
    provider.post(f"{path}/accept")
    query = f"from={quote(START.isoformat())}&to={quote((START + 4 * HOUR).isoformat())}"

    found = [
        one["start"] for one in get_slots(api, provider, f"{query}&duration=120").json["items"]
    ]

    # Two hours, and the buffer of half an hour.
    assert found[0] == "2027-05-13T16:30:00+02:00"
    assert client.ask(provider, START, start=found[0]).status == 201
    assert client.ask(provider, START, start="2027-05-13T16:15:00+02:00").status == 409


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
def test_api_invalid_availability_query_names_field(api: ApiWorld, query: str, field: str) -> None:
    answer = get_slots(api, api.provider(), query)

    assert (answer.status, answer.problem["field"].partition(".")[0]) == (422, field)


def test_api_availability_requires_confirmed_age(api: ApiWorld) -> None:
    provider = api.provider(policy=NO_DEPOSIT)
    quoted = {
        "escortId": str(provider.profile_id), "duration": 120, "services": ["dinner"],
        "venue": "incall",
    }  # fmt: skip
    path = f"/api/v1/escorts/{provider.profile_id}/availability"
    visitor, quote_path = api.visitor(), f"{BOOKINGS}/quote"
    unknown = {"cloudfront-viewer-country": ""}

    assert visitor.get(path, headers=unknown).problem["code"] == "age-confirmation-required"
    assert visitor.post(quote_path, json=quoted, headers=unknown).status == 451
    assert visitor.get(path, headers=unknown | ADULT).status == 200
    assert visitor.post(quote_path, json=quoted, headers=unknown | ADULT).status == 200
    assert api.client().post("/quote", quoted, headers=unknown).status == 200


def test_api_quote_contains_values_for_request(api: ApiWorld) -> None:
    provider, client = api.provider(policy=POLICY), api.client()
    asked = {
        "questions": [{"key": "name", "text": "Your first name?"}],
        "extras": [EXTRA, EXTRA | {"key": "way", "label": "The way", "when": "outcall"}],
    }
    assert provider.put("/settings/preferences", asked).status == 200
    body = {
        "escortId": str(provider.profile_id), "duration": 150, "services": ["dinner"],
        "isOutcall": True, "extras": ["late"],
    }  # fmt: skip

    quote = client.post("/quote", body).json

    assert [line["amount"] for line in quote["price"]["lines"]] == [75000, 5000, 5000]
    assert (quote["price"]["amountMinor"], quote["depositMinor"]) == (85000, 17000)
    assert quote["policy"]["steps"] == [
        {"hours": 4, "percent": 100},
        {"hours": 24, "percent": 50},
    ]
    assert [one["key"] for one in quote["questions"]] == ["name"]
    request: dict[str, Any] = {
        "venue": None, "isOutcall": True, "duration": 150, "extras": ["late"],
        "amountMinor": quote["price"]["amountMinor"], "policyVersion": quote["policy"]["version"],
    }  # fmt: skip
    missing = client.ask(provider, START, **request)
    assert (missing.status, missing.problem["field"]) == (422, "answers.name")
    made = client.ask(provider, START, **request, answers={"name": "Kim"})
    assert made.status == 201, made.text
    assert provider.get(f"/{made.json['id']}").json["answers"] == {"name": "Kim"}


def test_api_settings_are_per_provider(api: ApiWorld) -> None:
    provider = api.provider()
    shown = provider.get("/settings").json
    assert (shown["policy"]["version"], shown["address"]) == (0, "")

    policy = {"steps": [{"hours": 48, "percent": 30}], "depositPercent": 10}
    first = provider.put("/settings/policy", policy).json
    again = provider.put("/settings/policy", policy).json
    assert (first["version"], again["version"]) == (1, 1)
    assert provider.put("/settings/preferences", {"notice": 60}).json["notice"] == 60
    assert provider.put("/settings/address", {"address": "Side door 4"}).status == 204
    shown = provider.get("/settings").json
    assert (shown["address"], shown["preferences"]["notice"]) == ("Side door 4", 60)
    assert shown["policy"]["depositPercent"] == 10

    for path, body, field in (
        ("preferences", {"notice": -1}, "notice"),
        ("preferences", {"extras": [EXTRA | {"amountMinor": 0}]}, "extras.0.amountMinor"),
        ("preferences", {"questions": [{"key": "A B", "text": "?"}]}, "questions.0.key"),
        ("policy", {"depositPercent": 101}, "depositPercent"),
        ("policy", {"steps": [{"hours": 0, "percent": 1}]}, "steps.0.hours"),
    ):
        refused = provider.put(f"/settings/{path}", body)
        assert (refused.status, refused.problem["field"]) == (422, field)
    assert api.client().get("/settings").status == 403


@pytest.mark.slow
def test_api_list_bookings_pages_own_side_only(api: ApiWorld) -> None:
    provider, client, other = api.provider(policy=NO_DEPOSIT), api.client(), api.client()
    made = [client.ask(provider, START + n * DAY).json["id"] for n in range(5)]
    provider.post(f"/{made[1]}/accept")
    theirs = other.ask(provider, START).json["id"]

    def ids(guest: ApiUser, query: str = "") -> list[str]:
        return [item["id"] for item in guest.get(query).json["items"]]

    assert ids(client) == made
    assert ids(other) == [theirs]
    assert sorted(ids(provider)) == sorted([*made, theirs])
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


def test_api_waitlist_join_and_leave(api: ApiWorld) -> None:
    provider, client, other = api.provider(), api.client(), api.client()
    wanted = {
        "escortId": str(provider.profile_id), "from": START.isoformat(),
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


def test_api_feed_token_returns_times_only(api: ApiWorld) -> None:
    provider, client = api.provider(policy=NO_DEPOSIT), api.client()
    path = f"/{client.ask(provider, START, notes='I like tea.').json['id']}"
    provider.post(f"{path}/accept")
    assert provider.get("/feed").json == {"exists": False}

    made = provider.post("/feed")
    address = urlsplit(made.json["url"]).path
    feed = api.visitor().get(address)

    assert (made.status, feed.status) == (201, 200)
    assert feed.headers["content-type"].startswith("text/calendar")
    assert "public" not in feed.headers.get("cache-control", "")
    (entry,) = Calendar.from_ical(feed.text).walk("VEVENT")
    assert (entry["summary"], entry.decoded("dtstart")) == ("Appointment", START)
    for private_text in ("Mira", "tea", "berlin", "dinner", "EUR"):
        assert private_text not in feed.text

    renewed = urlsplit(provider.post("/feed").json["url"]).path
    assert api.visitor().get(address).status == 404
    assert api.visitor().get(renewed).status == 200
    assert provider.delete("/feed").status == 204
    assert api.visitor().get(renewed).problem["code"] == "no-such-feed"
    assert provider.get("/feed").json == {"exists": False}
