"""Search requests: accepted and refused parameters, and responses."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from kit import clock
from kit.db import Database
from tests.factories.escorts import API, PROFILE, DirectoryWorld, Person
from tests.fixtures.functions import FunctionClient

AGO, SOON = clock.now() - timedelta(hours=1), clock.now() + timedelta(days=2)
REFUSED: list[tuple[dict[str, Any], set[str]]] = [
    ({"priceMin": 300, "priceMax": 200, "location": "berlin"}, {"priceMax"}),
    ({"ageMin": 40, "ageMax": 30}, {"ageMax"}),
    ({"ageMin": 17}, {"ageMin"}),
    ({"page": 2, "cursor": "abc"}, {"cursor"}),
    ({"page": 101, "limit": 10}, {"limit"}),
    ({"radiusKm": 10}, {"radiusKm"}),
    ({"lat": 52.5}, {"lon"}),
    ({"lon": 13.4}, {"lon"}),
    ({"lat": 52.5, "lon": 13.4, "radiusKm": 201}, {"radiusKm"}),
    ({"availableAt": AGO.isoformat()}, {"availableAt"}),
    ({"availableAt": "2031-05-24T18:00"}, {"availableAt"}),
    ({"availableAt": SOON.isoformat(), "availableNow": "true"}, {"availableNow"}),
    ({"availability": "now", "availableAt": SOON.isoformat()}, {"availableAt"}),
    ({"availability": "someday"}, {"availability"}),
    ({"availability": "monday", "duration": 60}, {"duration"}),
    ({"duration": 60}, {"duration"}),
    ({"verifiedOnly": "false"}, {"verifiedOnly"}),
    ({"sortOrder": "asc"}, {"sortOrder"}),
    ({"sortBy": "fame"}, {"sortBy"}),
    ({"services": "dinner,skydiving"}, {"services"}),
    ({"languages": "xx"}, {"languages"}),
    ({"ethnicity": "martian"}, {"ethnicity"}),
    ({"venue": "moon"}, {"venue"}),
    ({"ratingMin": 6}, {"ratingMin"}),
    ({"currency": "XXX"}, {"currency"}),
    ({"priceMax": 200}, {"currency"}),
    ({"sortBy": "price"}, {"currency"}),
    ({"q": "!?"}, {"q"}),
    ({"location": "atlantis"}, {"location"}),
    ({"colour": "blue", "size": 3}, {"colour", "size"}),
    ({"ageMin": 40, "ageMax": 30, "radiusKm": 5, "shape": "x"}, {"ageMax", "radiusKm", "shape"}),
]


@pytest.mark.parametrize("path", [API, f"{API}/search"])
@pytest.mark.parametrize(("query", "fields"), REFUSED, ids=range(len(REFUSED)))
def test_search_invalid_query_names_field(
    visitor: FunctionClient, path: str, query: dict[str, Any], fields: set[str]
) -> None:
    answer = visitor.get(f"{path}?{urlencode(query)}")
    assert answer.status == 422, answer.text
    problem = answer.problem
    named = {item["field"] for item in problem.get("errors", [])} or {problem["field"]}
    assert named == fields


@pytest.fixture
def provider(directory: DirectoryWorld, staff: Person) -> Person:
    rate = PROFILE["rates"][0] | {"service": "travel", "amountMinor": 20000}
    nora = {
        "services": ["travel"],
        "rates": [rate],
        "locations": [{"place": "Wieden"}],
        "bio": "Mountains and tea.",
    }
    directory.published(staff, name="Nora Lind", city="vienna", **nora)
    return directory.published(staff)


FOUND = [
    {"location": "Berlin"},
    {"services": "dinner,overnight"},
    {"services": ["dinner", "overnight"]},
    {"languages": "fr,de", "language": "EN", "location": "berlin"},
    {"priceMin": 500, "priceMax": 500, "currency": "eur"},
    {"priceMax": 500, "location": "berlin", "sortBy": "price", "sortOrder": "desc"},
    {"ageMin": 25, "ageMax": 60, "venue": "incall"},
    {"lat": 52.5, "lon": 13.4},
    {"q": "long DINNERS"},
    {"q": "mirra valenn"},
    {"availability": "friday", "location": "berlin"},
    {"verifiedOnly": "true", "location": "berlin", "priceMin": "", "services": "", "cursor": ""},
]


@pytest.mark.parametrize("query", FOUND, ids=range(len(FOUND)))
def test_search_matching_filters_find_profile_at_both_paths(
    provider: Person, visitor: FunctionClient, query: dict[str, Any]
) -> None:
    answers = [
        visitor.get(f"{path}?{urlencode(query, doseq=True)}").json
        for path in (API, f"{API}/search")
    ]
    assert answers[0] == answers[1]
    assert [item["id"] for item in answers[0]["items"]] == [provider.profile_id]
    assert answers[0]["total"] == {"value": 1, "capped": False}


@pytest.mark.parametrize(
    "query",
    [
        {"services": "dinner,travel"},
        {"language": "fr"},
        {"featuredOnly": "true"},
        {"ratingMin": 1},
        {"lat": 48.2, "lon": 16.37, "radiusKm": 5, "services": "dinner"},
        {"lat": -70, "lon": 0},
        {"q": "zebra"},
    ],
    ids=str,
)
def test_search_non_matching_filters_exclude_profile(
    provider: Person, visitor: FunctionClient, query: dict[str, Any]
) -> None:
    page = visitor.get(f"{API}?{urlencode(query)}").json
    assert (page["items"], page["total"]["value"]) == ([], 0)


def test_search_response_has_total_facets_and_page(
    provider: Person, visitor: FunctionClient
) -> None:
    page = visitor.get(f"{API}?location=berlin&lat=52.52&lon=13.41").json
    (card,) = page["items"]
    assert (card["featured"], card["rating"], card["reviewCount"]) == (False, None, 0)
    assert card["distanceKm"] < 2
    assert card["priceFrom"]["amountMinor"] == 50000
    assert page["page"] == {"number": 1, "limit": 20, "hasMore": False}
    assert page["facets"]["services"] == [
        {"value": "dinner", "count": 1},
        {"value": "overnight", "count": 1},
    ]
    assert page["facets"]["cities"] == [{"value": "berlin", "count": 1}]
    assert page["alike"] is False
    assert visitor.get(f"{API}?q=mirra").json["alike"] is True


def test_search_cursor_of_other_search_is_refused(
    directory: DirectoryWorld, staff: Person, provider: Person, visitor: FunctionClient
) -> None:
    first = visitor.get(f"{API}?limit=1").json
    assert first["page"]["hasMore"]
    second = visitor.get(f"{API}?limit=1&cursor={first['nextCursor']}").json
    assert (second["page"], second["total"], second["nextCursor"]) == (None, None, None)
    assert second["items"] == visitor.get(f"{API}?limit=1&page=2").json["items"]
    other = visitor.get(f"{API}?limit=1&location=berlin&cursor={first['nextCursor']}")
    assert (other.status, other.problem["code"]) == (422, "cursor-of-another-search")


@pytest.mark.slow
def test_sort_by_rating_lists_unrated_last(
    directory: DirectoryWorld, staff: Person, database: Database, visitor: FunctionClient
) -> None:
    people = [
        directory.published(staff, name=name) for name in ("Low Star", "High Star", "No Star")
    ]
    with database.transaction() as work:
        for person, rating in zip(people, (2, 5), strict=False):
            work.execute(
                "UPDATE escorts.profiles SET rating = %s, review_count = 3 WHERE id = %s",
                (rating, person.profile_id),
            )
            work.execute("SELECT escorts.refresh_search(%s)", (person.profile_id,))

    def names(order: str) -> list[str]:
        page = visitor.get(f"{API}?sortBy=rating&sortOrder={order}").json
        return [item["name"].split()[0] for item in page["items"]]

    assert names("desc") == ["High", "Low", "No"]
    assert names("asc") == ["Low", "High", "No"]


@pytest.mark.slow
def test_featured_profile_keeps_its_rank(
    directory: DirectoryWorld, staff: Person, database: Database, visitor: FunctionClient
) -> None:
    people = [directory.published(staff, **PROFILE | {"name": f"Star {n}"}) for n in "abcd"]
    before = [item["id"] for item in visitor.get(API).json["items"]]
    with database.transaction() as work:
        work.execute("UPDATE escorts.profiles SET featured = true WHERE id = %s", (before[-1],))
        work.execute("SELECT escorts.refresh_search(%s)", (before[-1],))
    after = visitor.get(API).json["items"]
    assert [item["id"] for item in after] == before
    assert len(people) == len(before)
    assert [item["featured"] for item in after] == [False, False, False, True]
    only = visitor.get(f"{API}?featuredOnly=true").json["items"]
    assert [item["id"] for item in only] == [before[-1]]
