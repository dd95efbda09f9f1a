"""Favourites: limited to public profiles, and visible to their client only."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from contracts.auth import AccountClosed
from kit.db import Database
from tests.factories.auth import sqs_event
from tests.factories.escorts import API, DirectoryWorld, Person
from tests.fixtures.functions import Answer, FunctionClient

LIST = f"{API}/favourites"
HTML = {"accept": "text/html"}
FRAGMENT = HTML | {"hx-request": "true", "hx-request-type": "partial"}


@pytest.fixture
def client(directory: DirectoryWorld) -> Person:
    return directory.person("client")


def names(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.text
    return [item["profile"]["name"] for item in answer.json["items"]]


def add_favourite(client: Person, provider: Person) -> Answer:
    return client.web.put(f"{provider.path}/favourite")


def remove_favourite(client: Person, provider: Person) -> Answer:
    return client.web.delete(f"{provider.path}/favourite")


def test_add_and_remove_favourite_repeated_succeed(
    directory: DirectoryWorld, staff: Person, client: Person
) -> None:
    provider = directory.published(staff)
    assert [add_favourite(client, provider).status for _ in range(2)] == [204, 204]
    listed = client.web.get(LIST)
    assert names(listed) == ["Mira Valen"]
    assert (listed.json["total"], listed.json["nextCursor"]) == (1, None)
    assert listed.headers["cache-control"] == "no-store"
    assert [remove_favourite(client, provider).status for _ in range(2)] == [204, 204]
    assert names(client.web.get(LIST)) == []


def test_add_favourite_of_non_public_profile_returns_404(
    directory: DirectoryWorld, staff: Person, client: Person
) -> None:
    draft = directory.provider()
    draft.create()
    for answer in (add_favourite(client, draft), remove_favourite(client, draft)):
        assert answer.problem["code"] == "no-such-profile"
    unknown = client.web.put(f"{API}/{uuid4()}/favourite")
    same = ("type", "title", "status", "detail", "code")
    assert {unknown.problem[key] for key in same} == {
        add_favourite(client, draft).problem[key] for key in same
    }


@pytest.mark.slow
def test_favourites_omit_hidden_profile_until_resumed(
    directory: DirectoryWorld, staff: Person, client: Person
) -> None:
    provider, nora = directory.published(staff), directory.published(staff, name="Nora Lind")
    add_favourite(client, provider)
    add_favourite(client, nora)
    assert provider.do("hide").status == 200
    listed = client.web.get(LIST)
    assert (names(listed), listed.json["total"]) == (["Nora Lind"], 1)
    assert "Mira" not in client.web.get("/favourites", headers=HTML).text
    assert add_favourite(client, provider).status == 404
    assert provider.do("show").status == 200
    assert names(client.web.get(LIST)) == ["Nora Lind", "Mira Valen"]
    provider.do("hide")
    # An own favourite can be removed at any time; afterwards the profile returns 404 as for others.
    assert [remove_favourite(client, provider).status for _ in range(2)] == [204, 404]


@pytest.mark.slow
def test_favourites_pages_have_no_gaps_for_hidden_profiles(
    directory: DirectoryWorld, staff: Person, client: Person
) -> None:
    people = [directory.published(staff, name=f"Person {letter}") for letter in "ABCDE"]
    for person in people:
        add_favourite(client, person)
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


def test_favourites_are_limited_per_client(
    directory: DirectoryWorld, staff: Person, client: Person, database: Database
) -> None:
    provider, nora = directory.published(staff), directory.published(staff, name="Nora Lind")
    _fill(database, client, 499)
    assert add_favourite(client, provider).status == 204
    refused = add_favourite(client, nora)
    assert refused.status == 409
    assert refused.problem["code"] == "too-many-favourites"
    assert "500" in refused.problem["detail"]
    assert add_favourite(client, provider).status == 204
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
def test_favourites_require_client_role(directory: DirectoryWorld, role: str) -> None:
    web = directory.person(role).web
    assert web.get(LIST).problem["code"] == "not-permitted"
    assert web.put(f"{API}/{uuid4()}/favourite").problem["code"] == "not-permitted"
    assert directory.visitor().get(LIST).problem["code"] == "sign-in-needed"


@pytest.mark.slow
def test_favourites_are_invisible_to_provider(
    directory: DirectoryWorld, staff: Person, client: Person, database: Database
) -> None:
    provider = directory.published(staff)

    def provider_pages() -> list[str]:
        addresses = (f"{API}/me", provider.path, "/profile", "/mira-valen")
        return [provider.web.get(address, headers=HTML).text for address in addresses]

    before = provider_pages()
    with database.transaction() as work:
        events = work.execute("SELECT count(*) AS n FROM outbox.messages").fetchone()
    add_favourite(client, provider)
    assert provider_pages() == before
    with database.transaction() as work:
        assert work.execute("SELECT count(*) AS n FROM outbox.messages").fetchone() == events


@pytest.mark.slow
def test_closed_account_deletes_favourites_in_both_directions(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    database: Database,
    functions: Callable[..., FunctionClient],
) -> None:
    provider, nora, other = (
        directory.published(staff),
        directory.published(staff, name="Nora"),
        directory.person("client"),
    )
    for person in (provider, nora):
        add_favourite(client, person)
        add_favourite(other, person)
    consumer = functions("EscortsConsumer")
    for gone in (client.user_id, nora.user_id):
        answer = consumer.invoke(sqs_event(AccountClosed(user_id=gone).envelope()))
        assert answer == {"batchItemFailures": []}
    with database.transaction() as work:
        rows = work.execute("SELECT user_id, profile_id::text FROM escorts.favourites").fetchall()
    assert rows == [{"user_id": other.user_id, "profile_id": provider.profile_id}]


def test_add_favourite_with_suspended_account_is_refused(
    directory: DirectoryWorld, staff: Person, client: Person, database: Database
) -> None:
    provider = directory.published(staff)
    with database.transaction() as work:
        work.execute("UPDATE auth.users SET status = 'suspended' WHERE id = %s", (client.user_id,))
    assert add_favourite(client, provider).problem["code"] == "account-not-active"


def test_favourite_button_toggles_favourite(
    directory: DirectoryWorld, staff: Person, client: Person
) -> None:
    provider = directory.published(staff)
    place = "/_favourite/mira-valen"
    assert "/login?next=/mira-valen" in directory.visitor().get(place).text
    assert provider.web.get(place).text == ""
    assert 'aria-pressed="false"' in client.web.get(place).text
    pressed = client.web.post(place, form={"favourite": "true"}, headers=FRAGMENT)
    assert (pressed.status, 'aria-pressed="true"' in pressed.text) == (200, True)
    assert 'aria-pressed="true"' in client.web.get(place).text
    plain = client.web.post(place, form={"favourite": "false"})
    assert (plain.status, plain.headers["location"]) == (303, "/favourites")
    assert names(client.web.get(LIST)) == []
    provider.do("hide")
    assert client.web.get(place).status == 404
    assert client.web.post(place, form={"favourite": "true"}).status == 404


def test_favourite_buttons_of_list_have_states(
    directory: DirectoryWorld, staff: Person, client: Person
) -> None:
    provider = directory.published(staff)
    directory.published(staff, name="Nora Lind")
    add_favourite(client, provider)
    address = "/_favourite/_list?slug=mira-valen&slug=nora-lind&slug=nobody-at-all&slug=%3Cb%3E"
    html = client.web.get(address).text
    assert html.count("<hx-partial") == 2
    assert html.count('aria-pressed="true"') == 1
    stranger = directory.visitor().get(address).text
    assert "<b>" not in stranger
    assert stranger.count("/login?next=") == 3
    assert provider.web.get(address).text.strip() == ""
    many = "&".join("slug=x" for _ in range(51))
    assert client.web.get(f"/_favourite/_list?{many}").status == 422


def test_favourites_page_lists_favourites(
    directory: DirectoryWorld, staff: Person, client: Person
) -> None:
    assert "No favourites yet" in client.web.get("/favourites", headers=HTML).text
    add_favourite(client, directory.published(staff))
    html = client.web.get("/favourites", headers=HTML).text
    assert "Mira Valen, " in html
    assert "1 saved" in html
    assert 'action="/_favourite/mira-valen"' in html
    signed_out = directory.visitor().get("/favourites", headers=HTML)
    assert signed_out.headers["location"] == "/login?next=%2Ffavourites"
