"""Availability through the API: the provider's writes, and the public view."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from escorts.service.public_availability import PublicAvailabilityService
from kit import clock
from kit.db import Database
from kit.ids import new_id
from kit.local_time import local_date
from tests.factories.escorts import API, PROFILE, DirectoryWorld, Person
from tests.fixtures.functions import FunctionClient

EVERY_DAY = [{"weekday": day, "start": "18:00", "end": "02:00"} for day in range(1, 8)]
DAY = timedelta(days=1)


def day(offset: int) -> str:
    return (local_date(clock.now(), "Europe/Berlin") + offset * DAY).isoformat()


def tour(offset: int, days: int = 3, city: str = "hamburg", **more: Any) -> dict[str, Any]:
    return {"city": city, "from": day(offset), "to": day(offset + days - 1), **more}


@pytest.fixture
def provider(directory: DirectoryWorld) -> Person:
    provider = directory.provider()
    assert provider.create().status == 201
    return provider


@pytest.fixture
def listed(directory: DirectoryWorld, staff: Person) -> Person:
    return directory.published(staff, availability=EVERY_DAY)


def test_update_availability_twice_changes_once(provider: Person, database: Database) -> None:
    until = (clock.now() + timedelta(hours=3)).isoformat()
    body = {
        "rules": EVERY_DAY,
        "exceptions": [
            {"kind": "closed", "date": day(9), "endDate": day(11), "note": "dentist"},
            {"kind": "open", "date": day(5), "start": "10:00", "end": "12:30"},
        ],
        "tours": [tour(20, note="aunt"), tour(30, city="Zürich", hours=EVERY_DAY[:1])],
        "availableNow": {"until": until},
    }
    first = provider.web.put(f"{provider.path}/hours", json=body)
    assert first.status == 200, first.text
    shown = first.json
    assert shown["timeZone"] == "Europe/Berlin"
    assert [item["date"] for item in shown["exceptions"]] == [day(5), day(9)]
    assert (shown["exceptions"][1]["endDate"], shown["exceptions"][1]["end"]) == (day(12), "00:00")
    assert [item["city"] for item in shown["tours"]] == ["hamburg", "zurich"]
    assert shown["tours"][1]["hours"] == EVERY_DAY[:1]
    assert provider.web.put(f"{provider.path}/hours", json=body).json == shown
    assert provider.web.get(f"{provider.path}/hours").json == shown
    with database.transaction() as work:
        rows = work.execute(
            "SELECT type, count(*) AS n FROM outbox.messages WHERE type IN"
            " ('AvailabilityChanged', 'ProfileUpdated') GROUP BY type ORDER BY type"
        ).fetchall()
    assert [(row["type"], row["n"]) for row in rows] == [
        ("AvailabilityChanged", 1),
        ("ProfileUpdated", 1),
    ]
    own = provider.web.get(f"{API}/me").json
    assert own["availability"] == EVERY_DAY
    assert own["version"] == 2

    body["tours"] = [tour(20, days=5), tour(40, city="zurich")]
    changed = provider.web.put(f"{provider.path}/hours", json=body).json
    assert changed["tours"][0]["id"] == shown["tours"][0]["id"]
    assert changed["tours"][1]["id"] != shown["tours"][1]["id"]
    assert changed["exceptions"] == shown["exceptions"]
    emptied = provider.web.put(f"{provider.path}/hours", json={"rules": []}).json
    assert (emptied["rules"], emptied["exceptions"], emptied["tours"]) == ([], [], [])
    assert emptied["availableNow"] is None


def test_public_availability_has_next_days_and_no_notes(
    listed: Person, visitor: FunctionClient, staff: Person
) -> None:
    listed.web.post(f"{listed.path}/tours", json=tour(2, note="with K."))
    listed.web.post(
        f"{listed.path}/exceptions", json={"kind": "closed", "date": day(6), "note": "secret"}
    )
    answer = visitor.get(f"{listed.path}/hours")
    assert answer.status == 200, answer.text
    assert "secret" not in answer.text
    assert "with K." not in answer.text
    shown = answer.json
    assert shown["tours"] == [
        {
            "city": "hamburg",
            "cityName": "Hamburg",
            "timeZone": "Europe/Berlin",
            "from": day(2),
            "to": day(4),
        }
    ]
    assert {item["city"] for item in shown["periods"]} == {"berlin", "hamburg"}
    there = [item for item in shown["periods"] if item["city"] == "hamburg"]
    assert there[-1]["localEnd"].startswith(f"{day(5)}T00:00:00")
    assert there[-1]["localStart"].startswith(f"{day(4)}T18:00:00+0")
    assert all(not item["localStart"].startswith(f"{day(6)}T18") for item in shown["periods"])
    assert staff.web.get(f"{listed.path}/hours").json["exceptions"][0]["note"] == "secret"


def test_availability_of_hidden_profile_is_404(
    provider: Person, listed: Person, visitor: FunctionClient, directory: DirectoryWorld
) -> None:
    for address in (provider.path, f"{API}/{new_id()}"):
        assert visitor.get(f"{address}/hours").status == 404
        assert listed.web.get(f"{address}/hours").status == 404
    assert listed.do("hide").status == 200
    assert visitor.get(f"{listed.path}/hours").status == 404
    assert listed.web.get(f"{listed.path}/hours").status == 200


def test_available_now_expires(
    listed: Person, visitor: FunctionClient, shift: Callable[[float], None]
) -> None:
    listed.web.put(f"{listed.path}/hours", json={"rules": []})
    assert visitor.get(f"{listed.path}/hours").json["periods"] == []
    answer = listed.web.post(f"{listed.path}/available-now", json={"minutes": 60})
    assert answer.status == 200, answer.text
    shown = visitor.get(f"{listed.path}/hours").json
    assert shown["availableNow"]
    assert [item["end"] for item in shown["periods"]] == [answer.json["until"]]
    shift(2 / 24)
    shown = visitor.get(f"{listed.path}/hours").json
    assert (shown["availableNow"], shown["periods"]) == (False, [])


def test_available_now_can_be_cleared(listed: Person, visitor: FunctionClient) -> None:
    listed.web.post(f"{listed.path}/available-now", json={"minutes": 720})
    assert visitor.get(f"{listed.path}/hours").json["availableNow"]
    for _ in range(2):
        assert listed.web.delete(f"{listed.path}/available-now").status == 204
    assert not visitor.get(f"{listed.path}/hours").json["availableNow"]


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "tours", tour(-5), "to"),
        ("POST", "tours", tour(-1), "from"),
        ("POST", "tours", tour(5, days=0), "to"),
        ("POST", "tours", tour(5, days=91), "to"),
        ("POST", "tours", tour(5, city="atlantis"), "city"),
        ("POST", "tours", tour(5, city="berlin"), "city"),
        ("POST", "tours", tour(5, hours=[*EVERY_DAY, *EVERY_DAY]), "hours"),
        ("POST", "tours", tour(5) | {"from": "0001-01-01"}, "from"),
        ("POST", "tours", {"city": "hamburg", "to": day(5)}, "from"),
        ("POST", "exceptions", {"kind": "closed", "date": day(-3)}, "date"),
        ("POST", "exceptions", {"kind": "shut", "date": day(3)}, "kind"),
        ("POST", "exceptions", {"kind": "open", "date": day(3), "start": "25:00"}, "start"),
        ("POST", "exceptions", {"kind": "open", "date": day(3), "endDate": day(1)}, "end"),
        ("POST", "available-now", {"minutes": 721}, "minutes"),
        ("POST", "available-now", {"minutes": 1}, "minutes"),
        ("PUT", "hours", {"rules": [], "tours": [tour(1), tour(-3)]}, "tours.1.to"),
        ("PUT", "hours", {"rules": [*EVERY_DAY, EVERY_DAY[0]]}, "rules"),
        ("PUT", "hours", {"rules": [], "availableNow": {"until": f"{day(3)}T00:00:00Z"}},
         "availableNow.until"),
        ("PUT", "hours", {"rules": [], "exceptions": [{"kind": "open", "date": day(-3)}]},
         "exceptions.0.date"),
    ],
)  # fmt: skip
def test_invalid_availability_names_field(
    provider: Person, method: str, path: str, body: dict[str, Any], field: str
) -> None:
    send = provider.web.post if method == "POST" else provider.web.put
    answer = send(f"{provider.path}/{path}", json=body)
    assert answer.status == 422, answer.text
    assert answer.problem["field"].startswith(field)


def test_tour_to_forbidden_city_is_refused(provider: Person, database: Database) -> None:
    with database.transaction() as work:
        work.execute("DELETE FROM escorts.jurisdictions WHERE country = 'AT'")
    answer = provider.web.post(f"{provider.path}/tours", json=tour(5, city="vienna"))
    assert (answer.status, answer.problem["code"]) == (422, "city-not-allowed")


def test_overlapping_tours_are_refused(provider: Person) -> None:
    first = provider.web.post(f"{provider.path}/tours", json=tour(5))
    second = provider.web.post(f"{provider.path}/tours", json=tour(8))
    assert (first.status, second.status) == (201, 201)
    answer = provider.web.post(f"{provider.path}/tours", json=tour(6, city="vienna"))
    assert (answer.status, answer.problem["code"]) == (409, "tours-overlap")
    assert "another city" in answer.problem["detail"]
    path = f"{provider.path}/tours/{first.json['id']}"
    assert provider.web.put(path, json=tour(5, days=4)).status == 409
    for _ in range(2):
        longer = provider.web.put(path, json=tour(4, days=4, alsoAtHome=True))
        assert longer.status == 200
        assert longer.json["id"] == first.json["id"]
        assert longer.json["alsoAtHome"]
    whole = {"rules": [], "tours": [tour(1), tour(2)]}
    answer = provider.web.put(f"{provider.path}/hours", json=whole)
    assert (answer.status, answer.problem["field"]) == (409, "tours.1")
    for _ in range(2):
        assert provider.web.delete(path).status == 204
    assert provider.web.put(path, json=tour(5)).status == 404
    assert len(provider.web.get(f"{provider.path}/hours").json["tours"]) == 1


def test_exception_is_added_and_deleted(provider: Person) -> None:
    made = provider.web.post(f"{provider.path}/exceptions", json={"kind": "closed", "date": day(5)})
    assert made.status == 201
    again = {"kind": "open", "date": day(5), "start": "12:00", "end": "13:00"}
    answer = provider.web.post(f"{provider.path}/exceptions", json=again)
    assert (answer.status, answer.problem["code"]) == (409, "exceptions-overlap")
    for _ in range(2):
        gone = provider.web.delete(f"{provider.path}/exceptions/{made.json['id']}")
        assert gone.status == 204
    assert provider.web.post(f"{provider.path}/exceptions", json=again).status == 201


def test_availability_of_other_provider_is_404(
    provider: Person, listed: Person, visitor: Any
) -> None:
    made = provider.web.post(f"{provider.path}/tours", json=tour(5)).json["id"]
    for web, status in ((listed.web, 404), (visitor, 401)):
        assert web.put(f"{provider.path}/hours", json={"rules": []}).status == status
        assert web.post(f"{provider.path}/available-now", json={"minutes": 60}).status == status
        assert web.delete(f"{provider.path}/available-now").status == status
        assert web.post(f"{provider.path}/tours", json=tour(15)).status == status
        assert web.put(f"{provider.path}/tours/{made}", json=tour(15)).status == status
        assert web.delete(f"{provider.path}/tours/{made}").status == status
        assert web.post(f"{provider.path}/exceptions", json={}).status in {status, 422}
        assert web.delete(f"{provider.path}/exceptions/{made}").status == status
    # The caller's own path with another provider's tour is refused as well.
    assert listed.web.put(f"{listed.path}/tours/{made}", json=tour(15)).status == 404
    assert listed.web.delete(f"{listed.path}/tours/{made}").status == 204
    assert len(provider.web.get(f"{provider.path}/hours").json["tours"]) == 1


def test_weekly_schedule_uses_local_days(
    listed: Person, database_as: Callable[[str], Database]
) -> None:
    today = date.fromisoformat(day(0))
    monday = today + (7 - today.weekday()) * DAY
    away = {"city": "auckland", "from": (monday + 2 * DAY).isoformat()}
    away["to"] = away["from"]
    assert listed.web.post(f"{listed.path}/tours", json=away).status == 201
    with database_as("escorts_web").transaction() as work:
        hours = PublicAvailabilityService(work, clock.now)
        week = hours.week(UUID(listed.profile_id), monday)
        late = clock.now().replace(hour=21) + 10 * DAY
        assert hours.is_available(UUID(listed.profile_id), late, timedelta(minutes=60), "berlin")
        assert not hours.is_available(
            UUID(listed.profile_id), late, timedelta(minutes=60), "vienna"
        )
        assert not hours.is_available(UUID(listed.profile_id), late, timedelta(hours=9))
    assert [row.date for row in week] == [monday + number * DAY for number in range(7)]
    spans = [
        [(f"{p.start:%H:%M}", f"{p.end:%H:%M}", p.city.slug) for p in row.periods] for row in week
    ]
    assert spans[0] == [("00:00", "02:00", "berlin"), ("18:00", "00:00", "berlin")]
    # The period ends in Auckland in time for the evening in Berlin, but for the flight.
    assert spans[2] == [
        ("00:00", "02:00", "auckland"),
        ("18:00", "00:00", "auckland"),
        ("18:00", "00:00", "berlin"),
    ]
    assert [row.touring[0].slug for row in week if row.touring] == ["auckland"]


def test_profile_update_and_availability_share_weekly_hours(provider: Person) -> None:
    body = {"rules": EVERY_DAY}
    assert provider.web.put(f"{provider.path}/hours", json=body).status == 200
    content = {key: value for key, value in PROFILE.items() if key != "dateOfBirth"}
    stale = provider.web.put(provider.path, json=content, headers={"if-match": '"1"'})
    assert stale.status == 412
