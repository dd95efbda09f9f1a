"""Saved searches: validation, ownership, and the daily job."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.auth import AccountClosed
from kit.db import Database
from tests.factories.auth import sqs_event
from tests.factories.escorts import API, PROFILE, DirectoryWorld, Person
from tests.factories.saved_searches import (
    SEARCHES,
    create_saved_search,
    make_preferences,
    matched_events,
    run_saved_search_job,
)
from tests.fixtures.functions import FunctionClient

HTML = {"accept": "text/html"}


@pytest.fixture
def client(directory: DirectoryWorld) -> Person:
    return directory.person("client")


@pytest.fixture
def scheduled(functions: Callable[..., FunctionClient]) -> FunctionClient:
    return functions("EscortsScheduled")


def get_single(client: Person) -> dict[str, Any]:
    (item,) = client.web.get(SEARCHES).json["items"]
    found: dict[str, Any] = item
    return found


def notified_counts(database: Database) -> list[int]:
    return [envelope["data"]["count"] for envelope in matched_events(database)]


def due_at(database: Database, zone: str) -> list[str]:
    with database.transaction() as work:
        rows = work.execute(
            "SELECT to_char(due_at AT TIME ZONE %s, 'HH24:MI') AS at FROM escorts.saved_searches",
            (zone,),
        )
        return [row["at"] for row in rows]


def test_saved_search_create_read_update_delete(client: Person) -> None:
    query = {"location": "Berlin", "services": "dinner,overnight", "priceMax": 600, "page": 3}
    answer = client.web.post(SEARCHES, json={"name": " Berlin ", "query": query})
    assert answer.status == 201
    assert answer.json == get_single(client)
    kept = get_single(client)
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
def test_saved_search_with_invalid_query_is_refused(
    client: Person, query: dict[str, Any], field: str
) -> None:
    answer = client.web.post(SEARCHES, json={"name": "Mine", "query": query})
    assert answer.status == 422, answer.text
    assert answer.problem["field"] == field
    assert client.web.get(SEARCHES).json == {"items": []}


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "two\nlines", "\u202eturned"])
def test_saved_search_name_is_validated(client: Person, name: str) -> None:
    assert client.web.post(SEARCHES, json={"name": name, "query": {}}).status == 422


@pytest.mark.slow
def test_saved_searches_are_limited_per_client(client: Person) -> None:
    for _ in range(20):
        create_saved_search(client.web)
    refused = client.web.post(SEARCHES, json={"name": "One more", "query": {}})
    assert (refused.status, refused.problem["code"]) == (409, "too-many-searches")


def test_saved_search_of_other_client_returns_404(
    directory: DirectoryWorld, client: Person
) -> None:
    path = f"{SEARCHES}/{create_saved_search(client.web)}"
    other = directory.person("client")
    body = {"name": "Mine now", "query": {}, "mail": False}
    assert other.web.put(path, json=body).problem["code"] == "no-such-search"
    assert other.web.delete(path).problem["code"] == "no-such-search"
    assert other.web.get(SEARCHES).json == {"items": []}
    assert (
        other.web.post(f"/saved-searches/{path.rpartition('/')[2]}", form={"name": "x"}).status
        == 404
    )
    assert get_single(client)["mail"] is True


@pytest.mark.slow
def test_job_notifies_of_new_listing_once(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
) -> None:
    directory.published(staff, name="Was Here Before")
    search_id = create_saved_search(client.web, location="berlin", services=["dinner"])
    assert run_saved_search_job(database, scheduled) == 1
    assert matched_events(database) == []
    directory.published(staff, name="Nora Lind")
    directory.published(staff, name="Olga Brandt")
    directory.published(staff, name="Elsewhere", city="vienna", locations=[{"place": "Neubau"}])
    overnight = PROFILE["rates"][1:]
    directory.published(staff, name="Another Thing", services=["overnight"], rates=overnight)
    assert run_saved_search_job(database, scheduled) == 1
    (envelope,) = matched_events(database)
    assert envelope["data"] == {
        "userId": str(client.user_id), "savedSearchId": search_id, "count": 2
    }  # fmt: skip
    assert run_saved_search_job(database, scheduled) == 1
    assert notified_counts(database) == [2]
    news = get_single(client)["news"]
    assert news["count"] == 2
    page = client.web.get("/saved-searches", headers=HTML).text
    assert "Nora Lind" in page
    assert "Was Here Before" not in page


def test_job_skips_searches_before_due_time(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
) -> None:
    create_saved_search(client.web)
    directory.published(staff)
    assert scheduled.invoke({"job": "saved-searches"}) == {"count": 0}
    assert run_saved_search_job(database, scheduled) == 1
    assert scheduled.invoke({"job": "saved-searches"}) == {"count": 0}
    assert notified_counts(database) == [1]


def test_due_time_uses_client_time_zone_then_city(
    directory: DirectoryWorld, client: Person, scheduled: FunctionClient, database: Database
) -> None:
    create_saved_search(client.web, location="auckland")
    assert due_at(database, "Pacific/Auckland") == ["08:00"]
    make_preferences(database, client.user_id, "America/New_York")
    run_saved_search_job(database, scheduled)
    assert due_at(database, "America/New_York") == ["08:00"]
    traveller = directory.person("client")
    make_preferences(database, traveller.user_id, "Asia/Kathmandu")
    with database.transaction() as work:
        work.execute("DELETE FROM escorts.saved_searches")
    create_saved_search(traveller.web, location="auckland")
    assert due_at(database, "Asia/Kathmandu") == ["08:00"]


@pytest.mark.slow
def test_job_skips_hidden_listing_and_notifies_when_resumed(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
) -> None:
    create_saved_search(client.web)
    provider = directory.published(staff)
    provider.do("hide")
    run_saved_search_job(database, scheduled)
    assert matched_events(database) == []
    provider.do("show")
    run_saved_search_job(database, scheduled)
    assert notified_counts(database) == [1]
    provider.do("hide")
    assert get_single(client)["news"]["count"] == 0
    provider.do("show")
    run_saved_search_job(database, scheduled)
    assert notified_counts(database) == [1]


def test_job_notifies_of_profile_moved_to_city(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
) -> None:
    provider = directory.published(staff)
    create_saved_search(client.web, location="vienna")
    content = {key: value for key, value in PROFILE.items() if key != "dateOfBirth"}
    moved = content | {"city": "vienna", "locations": []}
    etag = provider.web.get(f"{API}/me").headers["etag"]
    answer = provider.web.put(provider.path, json=moved, headers={"if-match": etag})
    assert answer.status == 200, answer.text
    run_saved_search_job(database, scheduled)
    assert notified_counts(database) == [1]


def test_job_skips_searches_without_mail_consent(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
) -> None:
    search_id = create_saved_search(client.web, mail=False)
    directory.published(staff)
    assert run_saved_search_job(database, scheduled) == 0
    # Consent given later starts then: earlier listings are not new.
    body = {"name": "Mine", "query": {}, "mail": True}
    assert client.web.put(f"{SEARCHES}/{search_id}", json=body).status == 200
    assert run_saved_search_job(database, scheduled) == 1
    assert matched_events(database) == []


@pytest.mark.slow
def test_query_change_restarts_matching(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
) -> None:
    search_id = create_saved_search(client.web, location="vienna")
    directory.published(staff)
    body = {"name": "Mine", "query": {"location": "berlin"}, "mail": True}
    client.web.put(f"{SEARCHES}/{search_id}", json=body)
    run_saved_search_job(database, scheduled)
    assert matched_events(database) == []
    directory.published(staff, name="Nora Lind")
    run_saved_search_job(database, scheduled)
    assert notified_counts(database) == [1]


def test_job_ignores_similar_names(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
) -> None:
    create_saved_search(client.web, q="Valenn")
    create_saved_search(client.web, q="Valen")
    directory.published(staff)
    run_saved_search_job(database, scheduled)
    assert notified_counts(database) == [1]


@pytest.mark.slow
def test_job_outdated_query_does_not_stop_others(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
) -> None:
    queries = ['{"colour": "red"}', '{"availableAt": "2001-01-01T20:00:00Z"}', '{"services": [1]}']
    for query in queries:
        search_id = create_saved_search(client.web)
        with database.transaction() as work:
            work.execute(
                "UPDATE escorts.saved_searches SET query = %s WHERE id = %s", (query, search_id)
            )
    create_saved_search(client.web)
    directory.published(staff)
    assert run_saved_search_job(database, scheduled) == 4
    assert notified_counts(database) == [1]
    assert scheduled.invoke({"job": "saved-searches"}) == {"count": 0}
    assert client.web.get(SEARCHES).status == 200
    assert client.web.get("/saved-searches", headers=HTML).status == 200
    # An outdated search can still be renamed, and its mails stopped.
    body = {"name": "Old", "query": {}, "mail": False}
    assert client.web.put(f"{SEARCHES}/{search_id}", json=body).status == 200


@pytest.mark.slow
def test_job_processes_multiple_batches(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
) -> None:
    others = [directory.person("client") for _ in range(2)]
    for person in (client, *others):
        for _ in range(15):
            create_saved_search(person.web)
    directory.published(staff)
    assert run_saved_search_job(database, scheduled) == 45
    assert notified_counts(database) == [1] * 45


@pytest.mark.slow
def test_job_caps_count_and_notifies_once(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("escorts.service.saved_search_matches.MAX_COUNTED", 2)
    create_saved_search(client.web)
    for number in range(4):
        directory.published(staff, name=f"Person {number}")
    run_saved_search_job(database, scheduled)
    run_saved_search_job(database, scheduled)
    assert notified_counts(database) == [2]


def test_job_skips_suspended_account(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
) -> None:
    create_saved_search(client.web)
    directory.published(staff)
    with database.transaction() as work:
        work.execute("UPDATE auth.users SET status = 'suspended' WHERE id = %s", (client.user_id,))
    assert run_saved_search_job(database, scheduled) == 1
    assert matched_events(database) == []


def test_closed_account_deletes_saved_searches(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
    functions: Callable[..., FunctionClient],
) -> None:
    create_saved_search(client.web)
    directory.published(staff)
    run_saved_search_job(database, scheduled)
    consumer = functions("EscortsConsumer")
    consumer.invoke(sqs_event(AccountClosed(user_id=client.user_id).envelope()))
    with database.transaction() as work:
        for table in ("saved_searches", "saved_search_matches"):
            assert work.execute(f"SELECT FROM escorts.{table}").fetchall() == []


def test_index_rebuild_creates_no_new_listing(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    scheduled: FunctionClient,
    database: Database,
) -> None:
    directory.published(staff)
    create_saved_search(client.web)
    scheduled.invoke({"job": "rebuild-search"})
    run_saved_search_job(database, scheduled)
    assert matched_events(database) == []


def unsubscribe_token(database: Database) -> str:
    with database.transaction() as work:
        row = work.execute("SELECT unsubscribe_token FROM escorts.saved_searches").fetchone()
    assert row is not None
    token: str = row["unsubscribe_token"]
    return token


def test_unsubscribe_link_withdraws_consent(
    directory: DirectoryWorld, client: Person, database: Database
) -> None:
    create_saved_search(client.web)
    token = unsubscribe_token(database)
    path, stranger = f"/saved-searches/stop/{token}", directory.visitor()
    asked = stranger.get(path, headers=HTML)
    assert (asked.status, asked.headers["cache-control"]) == (200, "no-store")
    assert get_single(client)["mail"] is True
    # Body as sent by mail programs (RFC 8058).
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert stranger.request("POST", path, headers=headers).status == 200
    assert get_single(client)["mail"] is False
    assert stranger.post(path, form={"List-Unsubscribe": "One-Click"}).status == 200
    assert stranger.post(f"/saved-searches/stop/{'x' * 43}").status == 404
    assert stranger.get("/saved-searches/stop/short").status == 422


def test_unsubscribe_token_is_not_in_api(client: Person, database: Database) -> None:
    create_saved_search(client.web)
    token = unsubscribe_token(database)
    for path in (SEARCHES, "/saved-searches"):
        assert token not in client.web.get(path, headers=HTML).text


def test_saved_search_pages_create_update_delete(directory: DirectoryWorld, client: Person) -> None:
    web = client.web
    assert "No saved searches yet" in web.get("/saved-searches", headers=HTML).text
    address = "location=berlin&services=dinner&sort=-price&cursor=x"
    link = web.get(f"/saved-searches/_link?{address}").text
    assert "/saved-searches/new?location=berlin&amp;sort=-price&amp;services=dinner" in link
    assert "cursor" not in link
    assert (
        "/login?next=%2Fsaved-searches%2Fnew"
        in directory.visitor().get(f"/saved-searches/_link?{address}").text
    )
    assert directory.provider().web.get(f"/saved-searches/_link?{address}").text == ""
    page = web.get(f"/saved-searches/new?{address}", headers=HTML).text
    assert 'value="Berlin, Dinner date"' in page
    refused = web.post("/saved-searches", form={"name": "", "query": address})
    assert refused.status == 422
    answer = web.post("/saved-searches", form={"name": "Mine", "query": address, "mail": "true"})
    assert (answer.status, answer.headers["location"]) == (303, "/saved-searches?done=saved")
    kept = get_single(client)
    assert kept["query"] == {
        "location": "berlin", "services": ["dinner"], "sortBy": "price", "sortOrder": "desc"
    }  # fmt: skip
    assert kept["url"] == "/?location=berlin&services=dinner&sort=-price"
    shown = web.get("/saved-searches?done=saved", headers=HTML).text
    assert "Search saved." in shown
    assert "Berlin · Dinner date" in shown
    path = f"/saved-searches/{kept['id']}"
    assert web.post(path, form={"name": "x" * 61}).status == 422
    assert web.post(path, form={"name": "Renamed"}).status == 303
    assert (get_single(client)["name"], get_single(client)["mail"]) == ("Renamed", False)
    bad = web.post("/saved-searches", form={"name": "Bad", "query": "location=nowhere-at-all"})
    assert bad.status == 422
    assert "We do not know this city." in bad.text
    assert web.post(f"{path}/delete", form={}).status == 303
    assert web.get(SEARCHES).json == {"items": []}
