"""Saved searches: what may be saved, whose it is, and what every morning finds."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.auth import AccountClosed
from kit.db import Database
from tests.factories.auth import sqs_event
from tests.factories.escorts import API, PROFILE, Cast, Person
from tests.factories.saved import SEARCHES, make_preferences, matched, morning, save
from tests.fixtures.functions import FunctionClient

HTML = {"accept": "text/html"}


@pytest.fixture
def client(cast: Cast) -> Person:
    return cast.person("client")


@pytest.fixture
def scheduled(functions: Callable[..., FunctionClient]) -> FunctionClient:
    return functions("EscortsScheduled")


def one(client: Person) -> dict[str, Any]:
    (item,) = client.web.get(SEARCHES).json["items"]
    found: dict[str, Any] = item
    return found


def counts(database: Database) -> list[int]:
    return [envelope["data"]["count"] for envelope in matched(database)]


def due_at(database: Database, zone: str) -> list[str]:
    with database.transaction() as work:
        rows = work.execute(
            "SELECT to_char(due_at AT TIME ZONE %s, 'HH24:MI') AS at FROM escorts.saved_searches",
            (zone,),
        )
        return [row["at"] for row in rows]


def test_saving_reading_changing_forgetting(client: Person) -> None:
    query = {"location": "Berlin", "services": "dinner,overnight", "priceMax": 600, "page": 3}
    answer = client.web.post(SEARCHES, json={"name": " Berlin ", "query": query})
    assert answer.status == 201
    assert answer.json == one(client)
    kept = one(client)
    assert kept["query"] == {
        "location": "berlin", "services": ["dinner", "overnight"], "priceMax": 600
    }  # fmt: skip
    assert (kept["name"], kept["mail"], kept["mailSince"], kept["news"]) == (
        "Berlin", False, None, None
    )  # fmt: skip
    assert kept["url"] == "/?location=berlin&priceMax=600&services=dinner&services=overnight"
    path = f"{SEARCHES}/{kept['id']}"
    body = {"name": "Vienna", "query": {"location": "vienna"}, "mail": True}
    changed = client.web.put(path, json=body)
    assert changed.status == 200
    assert (changed.json["name"], changed.json["query"]) == ("Vienna", {"location": "vienna"})
    since = changed.json["mailSince"]
    assert since is not None
    assert client.web.put(path, json=body).json["mailSince"] == since
    assert client.web.put(path, json=body | {"mail": False}).json["mailSince"] is None
    assert client.web.delete(path).status == 204
    assert client.web.delete(path).problem["code"] == "no-such-search"
    assert client.web.get(SEARCHES).json == {"items": []}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"colour": "red"}, "query.colour"),
        ({"services": ["flying"]}, "query.services"),
        ({"ageMin": 30, "ageMax": 20}, "query.ageMax"),
        ({"location": "Atlantis"}, "location"),
        ({"priceMax": 100}, "currency"),
        ({"availableAt": "2001-01-01T20:00:00Z"}, "availableAt"),
    ],
)
def test_what_the_search_refuses_is_not_saved(
    client: Person, query: dict[str, Any], field: str
) -> None:
    answer = client.web.post(SEARCHES, json={"name": "Mine", "query": query})
    assert answer.status == 422, answer.text
    assert answer.problem["field"] == field
    assert client.web.get(SEARCHES).json == {"items": []}


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "two\nlines", "\u202eturned"])
def test_a_name_is_one_short_line(client: Person, name: str) -> None:
    assert client.web.post(SEARCHES, json={"name": name, "query": {}}).status == 422


@pytest.mark.slow
def test_there_is_a_limit(client: Person) -> None:
    for _ in range(20):
        save(client.web)
    refused = client.web.post(SEARCHES, json={"name": "One more", "query": {}})
    assert (refused.status, refused.problem["code"]) == (409, "too-many-searches")


def test_somebody_elses_is_not_there(cast: Cast, client: Person) -> None:
    path = f"{SEARCHES}/{save(client.web)}"
    other = cast.person("client")
    body = {"name": "Mine now", "query": {}, "mail": False}
    assert other.web.put(path, json=body).problem["code"] == "no-such-search"
    assert other.web.delete(path).problem["code"] == "no-such-search"
    assert other.web.get(SEARCHES).json == {"items": []}
    assert (
        other.web.post(f"/saved-searches/{path.rpartition('/')[2]}", form={"name": "x"}).status
        == 404
    )
    assert one(client)["mail"] is True


@pytest.mark.slow
def test_mornings_tell_of_newcomers_once(
    cast: Cast, staff: Person, client: Person, scheduled: FunctionClient, database: Database
) -> None:
    cast.published(staff, name="Was Here Before")
    search_id = save(client.web, location="berlin", services=["dinner"])
    assert morning(database, scheduled) == 1
    assert matched(database) == []
    cast.published(staff, name="Nora Lind")
    cast.published(staff, name="Olga Brandt")
    cast.published(staff, name="Elsewhere", city="vienna", locations=[{"place": "Neubau"}])
    overnight = PROFILE["rates"][1:]
    cast.published(staff, name="Another Thing", services=["overnight"], rates=overnight)
    assert morning(database, scheduled) == 1
    (envelope,) = matched(database)
    assert envelope["data"] == {
        "userId": str(client.user_id), "savedSearchId": search_id, "count": 2
    }  # fmt: skip
    assert morning(database, scheduled) == 1
    assert counts(database) == [2]
    news = one(client)["news"]
    assert news["count"] == 2
    page = client.web.get("/saved-searches", headers=HTML).text
    assert "Nora Lind" in page
    assert "Was Here Before" not in page


def test_not_before_it_is_morning(
    cast: Cast, staff: Person, client: Person, scheduled: FunctionClient, database: Database
) -> None:
    save(client.web)
    cast.published(staff)
    assert scheduled.invoke({"job": "saved-searches"}) == {"count": 0}
    assert morning(database, scheduled) == 1
    assert scheduled.invoke({"job": "saved-searches"}) == {"count": 0}
    assert counts(database) == [1]


def test_morning_is_where_the_person_is_else_where_the_city_is(
    cast: Cast, client: Person, scheduled: FunctionClient, database: Database
) -> None:
    save(client.web, location="auckland")
    assert due_at(database, "Pacific/Auckland") == ["08:00"]
    make_preferences(database, client.user_id, "America/New_York")
    morning(database, scheduled)
    assert due_at(database, "America/New_York") == ["08:00"]
    traveller = cast.person("client")
    make_preferences(database, traveller.user_id, "Asia/Kathmandu")
    with database.transaction() as work:
        work.execute("DELETE FROM escorts.saved_searches")
    save(traveller.web, location="auckland")
    assert due_at(database, "Asia/Kathmandu") == ["08:00"]


@pytest.mark.slow
def test_who_leaves_before_the_morning_is_not_news_and_may_be_later(
    cast: Cast, staff: Person, client: Person, scheduled: FunctionClient, database: Database
) -> None:
    save(client.web)
    mira = cast.published(staff)
    mira.do("hide")
    morning(database, scheduled)
    assert matched(database) == []
    mira.do("show")
    morning(database, scheduled)
    assert counts(database) == [1]
    mira.do("hide")
    assert one(client)["news"]["count"] == 0
    mira.do("show")
    morning(database, scheduled)
    assert counts(database) == [1]


def test_somebody_who_moves_is_news_in_the_new_city(
    cast: Cast, staff: Person, client: Person, scheduled: FunctionClient, database: Database
) -> None:
    mira = cast.published(staff)
    save(client.web, location="vienna")
    content = {key: value for key, value in PROFILE.items() if key != "dateOfBirth"}
    moved = content | {"city": "vienna", "locations": []}
    etag = mira.web.get(f"{API}/me").headers["etag"]
    answer = mira.web.put(mira.path, json=moved, headers={"if-match": etag})
    assert answer.status == 200, answer.text
    morning(database, scheduled)
    assert counts(database) == [1]


def test_no_mail_wanted_means_no_look(
    cast: Cast, staff: Person, client: Person, scheduled: FunctionClient, database: Database
) -> None:
    search_id = save(client.web, mail=False)
    cast.published(staff)
    assert morning(database, scheduled) == 0
    # Asked for later, it begins then: what came before is not news.
    body = {"name": "Mine", "query": {}, "mail": True}
    assert client.web.put(f"{SEARCHES}/{search_id}", json=body).status == 200
    assert morning(database, scheduled) == 1
    assert matched(database) == []


@pytest.mark.slow
def test_another_query_begins_anew(
    cast: Cast, staff: Person, client: Person, scheduled: FunctionClient, database: Database
) -> None:
    search_id = save(client.web, location="vienna")
    cast.published(staff)
    body = {"name": "Mine", "query": {"location": "berlin"}, "mail": True}
    client.web.put(f"{SEARCHES}/{search_id}", json=body)
    morning(database, scheduled)
    assert matched(database) == []
    cast.published(staff, name="Nora Lind")
    morning(database, scheduled)
    assert counts(database) == [1]


def test_names_alike_are_not_what_was_asked_for(
    cast: Cast, staff: Person, client: Person, scheduled: FunctionClient, database: Database
) -> None:
    save(client.web, q="Valenn")
    save(client.web, q="Valen")
    cast.published(staff)
    morning(database, scheduled)
    assert counts(database) == [1]


@pytest.mark.slow
def test_one_that_no_longer_fits_stops_no_other(
    cast: Cast, staff: Person, client: Person, scheduled: FunctionClient, database: Database
) -> None:
    queries = ['{"colour": "red"}', '{"availableAt": "2001-01-01T20:00:00Z"}', '{"services": [1]}']
    for query in queries:
        search_id = save(client.web)
        with database.transaction() as work:
            work.execute(
                "UPDATE escorts.saved_searches SET query = %s WHERE id = %s", (query, search_id)
            )
    save(client.web)
    cast.published(staff)
    assert morning(database, scheduled) == 4
    assert counts(database) == [1]
    assert scheduled.invoke({"job": "saved-searches"}) == {"count": 0}
    assert client.web.get(SEARCHES).status == 200
    assert client.web.get("/saved-searches", headers=HTML).status == 200
    # It can still be renamed, and stopped.
    body = {"name": "Old", "query": {}, "mail": False}
    assert client.web.put(f"{SEARCHES}/{search_id}", json=body).status == 200


@pytest.mark.slow
def test_more_searches_than_one_batch(
    cast: Cast, staff: Person, client: Person, scheduled: FunctionClient, database: Database
) -> None:
    others = [cast.person("client") for _ in range(2)]
    for person in (client, *others):
        for _ in range(15):
            save(person.web)
    cast.published(staff)
    assert morning(database, scheduled) == 45
    assert counts(database) == [1] * 45


@pytest.mark.slow
def test_a_crowd_is_capped_and_not_told_twice(
    cast: Cast,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("escorts.service.saved_search_matches.TOLD", 2)
    save(client.web)
    for number in range(4):
        cast.published(staff, name=f"Person {number}")
    morning(database, scheduled)
    morning(database, scheduled)
    assert counts(database) == [2]


def test_an_account_that_is_shut_out_gets_nothing(
    cast: Cast, staff: Person, client: Person, scheduled: FunctionClient, database: Database
) -> None:
    save(client.web)
    cast.published(staff)
    with database.transaction() as work:
        work.execute("UPDATE auth.users SET status = 'suspended' WHERE id = %s", (client.user_id,))
    assert morning(database, scheduled) == 1
    assert matched(database) == []


def test_a_closed_account_leaves_nothing(
    cast: Cast,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
    functions: Callable[..., FunctionClient],
) -> None:
    save(client.web)
    cast.published(staff)
    morning(database, scheduled)
    consumer = functions("EscortsConsumer")
    consumer.invoke(sqs_event(AccountClosed(user_id=client.user_id).envelope()))
    with database.transaction() as work:
        for table in ("saved_searches", "saved_search_matches"):
            assert work.execute(f"SELECT FROM escorts.{table}").fetchall() == []


def test_the_projection_rebuilt_is_no_arrival(
    cast: Cast, staff: Person, client: Person, scheduled: FunctionClient, database: Database
) -> None:
    cast.published(staff)
    save(client.web)
    scheduled.invoke({"job": "rebuild-search"})
    morning(database, scheduled)
    assert matched(database) == []


def stop_token(database: Database) -> str:
    with database.transaction() as work:
        row = work.execute("SELECT stop_token FROM escorts.saved_searches").fetchone()
    assert row is not None
    token: str = row["stop_token"]
    return token


def test_the_link_in_a_mail_stops_with_one_click(
    cast: Cast, client: Person, database: Database
) -> None:
    save(client.web)
    token = stop_token(database)
    path, stranger = f"/saved-searches/stop/{token}", cast.visitor()
    asked = stranger.get(path, headers=HTML)
    assert (asked.status, asked.headers["cache-control"]) == (200, "no-store")
    assert one(client)["mail"] is True
    # As a mail program sends it (RFC 8058).
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert stranger.request("POST", path, headers=headers).status == 200
    assert one(client)["mail"] is False
    assert stranger.post(path, form={"List-Unsubscribe": "One-Click"}).status == 200
    assert stranger.post(f"/saved-searches/stop/{'x' * 43}").status == 404
    assert stranger.get("/saved-searches/stop/short").status == 422


def test_the_token_is_nowhere_else(client: Person, database: Database) -> None:
    save(client.web)
    token = stop_token(database)
    for path in (SEARCHES, "/saved-searches"):
        assert token not in client.web.get(path, headers=HTML).text


def test_the_pages(cast: Cast, client: Person) -> None:
    web = client.web
    assert "No saved searches yet" in web.get("/saved-searches", headers=HTML).text
    address = "location=berlin&services=dinner&sort=-price&cursor=x"
    link = web.get(f"/saved-searches/_link?{address}").text
    assert "/saved-searches/new?location=berlin&amp;sort=-price&amp;services=dinner" in link
    assert "cursor" not in link
    assert (
        "/login?next=%2Fsaved-searches%2Fnew"
        in cast.visitor().get(f"/saved-searches/_link?{address}").text
    )
    assert cast.provider().web.get(f"/saved-searches/_link?{address}").text == ""
    page = web.get(f"/saved-searches/new?{address}", headers=HTML).text
    assert 'value="Berlin, Dinner date"' in page
    refused = web.post("/saved-searches", form={"name": "", "query": address})
    assert refused.status == 422
    answer = web.post("/saved-searches", form={"name": "Mine", "query": address, "mail": "true"})
    assert (answer.status, answer.headers["location"]) == (303, "/saved-searches?done=saved")
    kept = one(client)
    assert kept["query"] == {
        "location": "berlin", "services": ["dinner"], "sortBy": "price", "sortOrder": "desc"
    }  # fmt: skip
    assert kept["url"] == "/?location=berlin&services=dinner&sort=-price"
    shown = web.get("/saved-searches?done=saved", headers=HTML).text
    assert "The search is saved." in shown
    assert "Berlin · Dinner date" in shown
    path = f"/saved-searches/{kept['id']}"
    assert web.post(path, form={"name": "x" * 61}).status == 422
    assert web.post(path, form={"name": "Renamed"}).status == 303
    assert (one(client)["name"], one(client)["mail"]) == ("Renamed", False)
    bad = web.post("/saved-searches", form={"name": "Bad", "query": "location=nowhere-at-all"})
    assert bad.status == 422
    assert "We do not know this city." in bad.text
    assert web.post(f"{path}/delete", form={}).status == 303
    assert web.get(SEARCHES).json == {"items": []}
