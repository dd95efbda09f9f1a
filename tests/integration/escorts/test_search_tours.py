"""Search of touring providers: found once, in the tour city, on the days of the tour."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from kit import clock
from kit.db import Database
from kit.local_time import local_date
from tests.factories.escorts import API, DirectoryWorld, Person
from tests.fixtures.functions import FunctionClient

ALWAYS = [{"weekday": day, "start": "00:00", "end": "00:00"} for day in range(1, 8)]


def day(offset: int) -> str:
    return (local_date(clock.now(), "Europe/Berlin") + timedelta(days=offset)).isoformat()


def noon(offset: int) -> str:
    return f"{day(offset)}T12:00:00"


def on_tour(directory: DirectoryWorld, staff: Person, first: int, last: int, **more: Any) -> Person:
    """Return somebody from Berlin who visits Hamburg."""
    provider = directory.published(staff, availability=ALWAYS)
    tour = {"city": "hamburg", "from": day(first), "to": day(last)} | more
    answer = provider.web.post(f"{provider.path}/tours", json=tour)
    assert answer.status == 201, answer.text
    return provider


@pytest.fixture
def finds(visitor: FunctionClient) -> Callable[[str], list[dict[str, Any]]]:
    """Return what a search shows; its total is what it shows, too."""

    def search(query: str) -> list[dict[str, Any]]:
        answer = visitor.get(f"{API}?{query}")
        assert answer.status == 200, answer.text
        items: list[dict[str, Any]] = answer.json["items"]
        assert answer.json["total"]["value"] == len(items)
        return items

    return search


type Finds = Callable[[str], list[dict[str, Any]]]


def test_search_finds_touring_provider_in_tour_city(
    directory: DirectoryWorld, staff: Person, finds: Finds
) -> None:
    provider = on_tour(directory, staff, 0, 3)
    (found,) = finds("location=hamburg")
    assert found["id"] == provider.profile_id
    assert found["visit"] == {
        "city": "hamburg", "cityName": "Hamburg", "from": day(0), "to": day(3),
    }  # fmt: skip
    assert finds("location=berlin") == []
    assert [item["id"] for item in finds("")] == [provider.profile_id]
    assert [item["id"] for item in finds("lat=53.55&lon=9.99&radiusKm=20")] == [provider.profile_id]
    assert finds("lat=52.52&lon=13.4&radiusKm=20") == []


@pytest.mark.slow
def test_search_finds_provider_at_home_outside_tour(
    directory: DirectoryWorld, staff: Person, finds: Finds
) -> None:
    on_tour(directory, staff, 4, 6)
    (found,) = finds("location=berlin")
    assert found["visit"] is None
    assert finds("location=hamburg") == []
    for offset, where, not_there in (
        (3, "berlin", "hamburg"),
        (5, "hamburg", "berlin"),
        (7, "berlin", "hamburg"),
    ):
        at = f"availableAt={noon(offset)}&duration=60"
        assert len(finds(f"location={where}&{at}")) == 1
        assert finds(f"location={not_there}&{at}") == []
    (found,) = finds(f"location=hamburg&availableAt={noon(5)}")
    assert (found["visit"]["from"], found["visit"]["to"]) == (day(4), day(6))


def test_search_over_both_cities_returns_profile_once(
    directory: DirectoryWorld, staff: Person, finds: Finds
) -> None:
    provider = on_tour(directory, staff, 0, 2, alsoAtHome=True)
    for where in ("location=berlin", "location=hamburg"):
        assert [item["id"] for item in finds(where)] == [provider.profile_id]
    for everywhere in ("", "availability=now", "lat=53&lon=11.7&radiusKm=200", "q=mira+valenn"):
        (found,) = finds(everywhere)
        assert found["visit"] is None


@pytest.mark.slow
def test_text_search_finds_touring_provider_in_tour_city(
    directory: DirectoryWorld, staff: Person, finds: Finds
) -> None:
    provider = on_tour(directory, staff, 0, 2)
    for words in ("long+dinners", "mirra+valenn"):
        assert [item["id"] for item in finds(f"location=hamburg&q={words}")] == [
            provider.profile_id
        ]
        assert finds(f"location=berlin&q={words}") == []


def test_search_uses_tour_hours_in_tour_city(
    directory: DirectoryWorld, staff: Person, finds: Finds
) -> None:
    evenings = [{"weekday": number, "start": "18:00", "end": "23:00"} for number in range(1, 8)]
    on_tour(directory, staff, 1, 3, hours=evenings)
    assert finds(f"location=hamburg&availableAt={noon(2)}") == []
    assert len(finds(f"location=hamburg&availableAt={day(2)}T20:00:00")) == 1


STATEMENTS = [
    "UPDATE escorts.profiles SET hidden = true",
    "UPDATE escorts.verifications SET status = 'revoked', reason = 'A reason.'",
    "UPDATE auth.users SET status = 'suspended' WHERE role = 'escort'",
    "UPDATE escorts.jurisdictions SET allowed = false WHERE capability = 'directory.listing'",
]


@pytest.mark.parametrize("statement", STATEMENTS, ids=["hidden", "revoked", "account", "law"])
def test_search_in_tour_city_omits_non_public_profile(
    directory: DirectoryWorld, staff: Person, finds: Finds, database: Database, statement: str
) -> None:
    on_tour(directory, staff, 0, 3)
    with database.transaction() as work:
        work.execute(statement)
    assert finds("location=hamburg") == finds("") == []
    with database.transaction() as work:
        assert work.execute("SELECT * FROM escorts.check_search()").fetchall() == []


@pytest.mark.slow
def test_search_in_tour_city_requires_allowed_jurisdiction(
    directory: DirectoryWorld, staff: Person, finds: Finds, database: Database
) -> None:
    on_tour(directory, staff, 0, 3, city="vienna")
    (found,) = finds("location=vienna")
    assert found["visit"]["city"] == "vienna"
    with database.transaction() as work:
        work.execute("UPDATE escorts.jurisdictions SET allowed = false WHERE country = 'AT'")
    assert finds("location=vienna") == finds("") == []
    with database.transaction() as work:
        work.execute("UPDATE escorts.jurisdictions SET allowed = true WHERE country = 'AT'")
        assert work.execute("SELECT * FROM escorts.check_search()").fetchall() == []
    assert len(finds("location=vienna")) == 1


def test_cancelled_tour_returns_profile_to_home_city(
    directory: DirectoryWorld, staff: Person, finds: Finds
) -> None:
    provider = on_tour(directory, staff, 0, 3)
    tour = provider.web.get(f"{provider.path}/hours").json["tours"][0]
    assert provider.web.delete(f"{provider.path}/tours/{tour['id']}").status == 204
    assert finds("location=hamburg") == []
    assert len(finds("location=berlin")) == 1


def test_listing_card_shows_tour_city_and_last_day(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    on_tour(directory, staff, 0, 3)
    last = local_date(clock.now(), "Europe/Berlin") + timedelta(days=3)
    page = visitor.get("/?location=hamburg").text
    assert f"Visiting Hamburg until {last.day} {last:%B}" in page
