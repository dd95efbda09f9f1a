"""Favourites: the client's own list, through the gate, and nobody else's business."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from contracts.auth import AccountClosed
from kit.db import Database
from tests.factories.auth import sqs_event
from tests.factories.escorts import API, Cast, Person
from tests.fixtures.functions import Answer, FunctionClient

LIST = f"{API}/favourites"
HTML = {"accept": "text/html"}
FRAGMENT = HTML | {"hx-request": "true", "hx-request-type": "partial"}


@pytest.fixture
def client(cast: Cast) -> Person:
    return cast.person("client")


def names(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.text
    return [item["profile"]["name"] for item in answer.json["items"]]


def keep(client: Person, provider: Person) -> Answer:
    return client.web.put(f"{provider.path}/favourite")


def drop(client: Person, provider: Person) -> Answer:
    return client.web.delete(f"{provider.path}/favourite")


def test_keeping_and_dropping_may_be_repeated(cast: Cast, staff: Person, client: Person) -> None:
    mira = cast.published(staff)
    assert [keep(client, mira).status for _ in range(2)] == [204, 204]
    listed = client.web.get(LIST)
    assert names(listed) == ["Mira Valen"]
    assert (listed.json["total"], listed.json["nextCursor"]) == (1, None)
    assert listed.headers["cache-control"] == "no-store"
    assert [drop(client, mira).status for _ in range(2)] == [204, 204]
    assert names(client.web.get(LIST)) == []


def test_who_is_not_public_cannot_be_kept(cast: Cast, staff: Person, client: Person) -> None:
    draft = cast.provider()
    draft.create()
    for answer in (keep(client, draft), drop(client, draft)):
        assert answer.problem["code"] == "no-such-profile"
    unknown = client.web.put(f"{API}/{uuid4()}/favourite")
    same = ("type", "title", "status", "detail", "code")
    assert {unknown.problem[key] for key in same} == {
        keep(client, draft).problem[key] for key in same
    }


@pytest.mark.slow
def test_who_hides_is_not_there_and_comes_back(cast: Cast, staff: Person, client: Person) -> None:
    mira, nora = cast.published(staff), cast.published(staff, name="Nora Lind")
    keep(client, mira)
    keep(client, nora)
    assert mira.do("hide").status == 200
    listed = client.web.get(LIST)
    assert (names(listed), listed.json["total"]) == (["Nora Lind"], 1)
    assert "Mira" not in client.web.get("/favourites", headers=HTML).text
    assert keep(client, mira).status == 404
    assert mira.do("show").status == 200
    assert names(client.web.get(LIST)) == ["Nora Lind", "Mira Valen"]
    mira.do("hide")
    # One's own entry may go at any time; after that she is not there like anybody else.
    assert [drop(client, mira).status for _ in range(2)] == [204, 404]


@pytest.mark.slow
def test_pages_have_no_gaps_where_somebody_hides(cast: Cast, staff: Person, client: Person) -> None:
    people = [cast.published(staff, name=f"Person {letter}") for letter in "ABCDE"]
    for person in people:
        keep(client, person)
    people[3].do("hide")
    seen, cursor = [], ""
    while True:
        answer = client.web.get(f"{LIST}?limit=2{cursor}")
        assert answer.json["total"] == 4
        seen += names(answer)
        if answer.json["nextCursor"] is None:
            break
        cursor = f"&cursor={answer.json['nextCursor']}"
    assert seen == [f"Person {letter}" for letter in "ECBA"]
    for junk in ("x", "eyJhIjoxfQ", answer.json["items"][0]["profile"]["id"]):
        assert client.web.get(f"{LIST}?cursor={junk}").status == 422


def test_there_is_a_limit(cast: Cast, staff: Person, client: Person, database: Database) -> None:
    mira, nora = cast.published(staff), cast.published(staff, name="Nora Lind")
    _fill(database, client, 499)
    assert keep(client, mira).status == 204
    refused = keep(client, nora)
    assert refused.status == 409
    assert refused.problem["code"] == "too-many-favourites"
    assert "500" in refused.problem["detail"]
    assert keep(client, mira).status == 204
    assert client.web.get(LIST).json["total"] == 1


def _fill(database: Database, client: Person, count: int) -> None:
    """Keep profiles that are not public any more: they count, though nobody sees them."""
    with database.transaction() as work:
        work.execute("SET LOCAL session_replication_role = replica")
        work.execute(
            """
            INSERT INTO escorts.favourites (user_id, profile_id, added_at)
            SELECT %s, gen_random_uuid(), now() FROM generate_series(1, %s)
            """,
            (client.user_id, count),
        )


@pytest.mark.parametrize("role", ["escort", "agency"])
def test_only_clients_keep(cast: Cast, role: str) -> None:
    web = cast.person(role).web
    assert web.get(LIST).problem["code"] == "not-permitted"
    assert web.put(f"{API}/{uuid4()}/favourite").problem["code"] == "not-permitted"
    assert cast.visitor().get(LIST).problem["code"] == "sign-in-needed"


@pytest.mark.slow
def test_a_provider_learns_nothing(
    cast: Cast, staff: Person, client: Person, database: Database
) -> None:
    mira = cast.published(staff)

    def said() -> list[str]:
        addresses = (f"{API}/me", mira.path, "/profile", "/mira-valen")
        return [mira.web.get(address, headers=HTML).text for address in addresses]

    before = said()
    with database.transaction() as work:
        events = work.execute("SELECT count(*) AS n FROM outbox.messages").fetchone()
    keep(client, mira)
    assert said() == before
    with database.transaction() as work:
        assert work.execute("SELECT count(*) AS n FROM outbox.messages").fetchone() == events


@pytest.mark.slow
def test_a_closed_account_keeps_nothing_and_is_kept_by_nobody(
    cast: Cast,
    staff: Person,
    client: Person,
    database: Database,
    functions: Callable[..., FunctionClient],
) -> None:
    mira, nora, other = (
        cast.published(staff),
        cast.published(staff, name="Nora"),
        cast.person("client"),
    )
    for person in (mira, nora):
        keep(client, person)
        keep(other, person)
    consumer = functions("EscortsConsumer")
    for gone in (client.user_id, nora.user_id):
        answer = consumer.invoke(sqs_event(AccountClosed(user_id=gone).envelope()))
        assert answer == {"batchItemFailures": []}
    with database.transaction() as work:
        rows = work.execute("SELECT user_id, profile_id::text FROM escorts.favourites").fetchall()
    assert rows == [{"user_id": other.user_id, "profile_id": mira.profile_id}]


def test_nothing_is_kept_for_an_account_that_is_not_open(
    cast: Cast, staff: Person, client: Person, database: Database
) -> None:
    mira = cast.published(staff)
    with database.transaction() as work:
        work.execute("UPDATE auth.users SET status = 'suspended' WHERE id = %s", (client.user_id,))
    assert keep(client, mira).problem["code"] == "account-not-open"


def test_the_heart(cast: Cast, staff: Person, client: Person) -> None:
    mira = cast.published(staff)
    place = "/_favourite/mira-valen"
    assert "/login?next=/mira-valen" in cast.visitor().get(place).text
    assert mira.web.get(place).text == ""
    assert 'aria-pressed="false"' in client.web.get(place).text
    pressed = client.web.post(place, form={"keep": "true"}, headers=FRAGMENT)
    assert (pressed.status, 'aria-pressed="true"' in pressed.text) == (200, True)
    assert 'aria-pressed="true"' in client.web.get(place).text
    plain = client.web.post(place, form={"keep": "false"})
    assert (plain.status, plain.headers["location"]) == (303, "/favourites")
    assert names(client.web.get(LIST)) == []
    mira.do("hide")
    assert client.web.get(place).status == 404
    assert client.web.post(place, form={"keep": "true"}).status == 404


def test_the_hearts_of_a_list(cast: Cast, staff: Person, client: Person) -> None:
    mira = cast.published(staff)
    cast.published(staff, name="Nora Lind")
    keep(client, mira)
    address = "/_favourite/_list?slug=mira-valen&slug=nora-lind&slug=nobody-at-all&slug=%3Cb%3E"
    html = client.web.get(address).text
    assert html.count("<hx-partial") == 2
    assert html.count('aria-pressed="true"') == 1
    stranger = cast.visitor().get(address).text
    assert "<b>" not in stranger
    assert stranger.count("/login?next=") == 3
    assert mira.web.get(address).text.strip() == ""
    many = "&".join("slug=x" for _ in range(51))
    assert client.web.get(f"/_favourite/_list?{many}").status == 422


def test_the_page(cast: Cast, staff: Person, client: Person) -> None:
    assert "Nobody here yet" in client.web.get("/favourites", headers=HTML).text
    keep(client, cast.published(staff))
    html = client.web.get("/favourites", headers=HTML).text
    assert "Mira Valen, " in html
    assert "1 kept" in html
    assert 'action="/_favourite/mira-valen"' in html
    signed_out = cast.visitor().get("/favourites", headers=HTML)
    assert signed_out.headers["location"] == "/login?next=%2Ffavourites"
