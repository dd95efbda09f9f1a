"""One entry that does not open is shown as such, and forgotten; it never takes a list of others with it."""

from collections.abc import Callable
from uuid import UUID

import pytest

from crm import dependencies
from kit.db import Database
from tests.factories.booking_pages import words
from tests.factories.crm import Keeper
from tests.factories.crm_pages import Reader
from tests.integration.crm.test_merging import VISIT, post

SHUT = "(does not open)"
WRITTEN: dict[str, tuple[str, dict[str, object], str]] = {
    "visits": ("/visits", VISIT, "location"),
    "communications": (
        "/communications",
        {
            "type": "email", "direction": "inbound", "happenedAt": "2026-09-01T18:00:00Z",
            "text": "Hello",
        },
        "text",
    ),
    "screenings": ("/screening", {"type": "other", "details": "A letter"}, "details"),
    "client_references": ("/references", {"name": "Nora"}, "name"),
    "area_subscriptions": (
        "/area-notifications", {"area": "Berlin", "consentedAt": "2026-01-01T00:00:00Z"}, "area",
    ),
    "tasks": ("/tasks", {"title": "Call"}, "title"),
}  # fmt: skip
"""By table: where one is written down, what, and the field that says that it does not open."""
type Spoil = Callable[[str, str], None]


@pytest.fixture
def spoil(database: Database) -> Spoil:
    """One byte is changed by who writes to the database."""

    def change(table: str, row_id: str) -> None:
        with database.transaction() as work:
            done = work.execute(
                f"UPDATE crm.{table} SET encrypted_payload ="
                " set_byte(encrypted_payload, 30, get_byte(encrypted_payload, 30) # 1)"
                " WHERE id = %s",
                (row_id,),
            )
            assert done.rowcount == 1

    return change


@pytest.mark.slow
@pytest.mark.parametrize("how", ["changed", "another generation", "without a key"])
def test_a_client_who_does_not_open_is_shown_and_forgotten(
    mira: Keeper, database: Database, spoil: Spoil, how: str
) -> None:
    shut, good = mira.client("Leo Brandt", tags=["calm"])["id"], mira.client("Ada Stern")["id"]
    for client in (shut, good):
        post(mira, "/visits", VISIT | {"clientId": client})
        post(mira, "/tasks", {"clientId": client, "title": "Call"})
    if how == "changed":
        spoil("clients", shut)
    elif how == "without a key":
        dependencies.keyring().shred_client(mira.user_id, UUID(shut))
    else:
        with database.transaction() as work:
            work.execute(
                "UPDATE crm.clients SET encrypted_payload = set_byte(encrypted_payload, 4, 9) WHERE id = %s",
                (shut,),
            )

    names = {one["id"]: one["name"] for one in mira.get("/clients").json["items"]}
    assert names == {shut: SHUT, good: "Ada Stern"}
    for path in ("/visits", "/tasks"):
        answer = mira.get(path)
        assert answer.status == 200, answer.text
        assert {one["clientName"] for one in answer.json["items"]} == {SHUT, "Ada Stern"}
    for path in ("/tags", "/clients/duplicates", "/financial/summary", f"/clients/{good}/timeline"):
        assert mira.get(path).status == 200, path
    refused = mira.get(f"/clients/{shut}")
    gone = (410, "client-shredded") if how == "without a key" else (409, "unreadable")
    assert (refused.status, refused.problem["code"]) == gone
    assert mira.put(f"/clients/{shut}", {"name": "New", "version": 1}).status == gone[0]

    assert mira.delete(f"/clients/{shut}").status in {200, 204}
    assert [one["id"] for one in mira.get("/clients").json["items"]] == [good]


@pytest.mark.parametrize("table", WRITTEN)
def test_an_entry_that_does_not_open_is_shown_and_removed(
    mira: Keeper, spoil: Spoil, table: str
) -> None:
    path, body, told = WRITTEN[table]
    client = mira.client("Ada Stern")["id"]
    shut, good = (post(mira, path, body | {"clientId": client})["id"] for _ in "12")
    spoil(table, shut)

    answer = mira.get(path)
    assert answer.status == 200, answer.text
    assert {one["id"]: one[told] == SHUT for one in answer.json["items"]} == {
        shut: True, good: False,
    }  # fmt: skip
    timeline = mira.get(f"/clients/{client}/timeline")
    assert timeline.status == 200, timeline.text
    assert mira.get(f"{path}/{shut}").status == 409
    assert mira.get(f"{path}/{good}").status == 200
    assert mira.delete(f"{path}/{shut}").status in {200, 204}
    assert [one["id"] for one in mira.get(path).json["items"]] == [good]


@pytest.mark.slow
def test_her_pages_show_it_and_let_her_forget_it(mira: Keeper, spoil: Spoil) -> None:
    her = Reader(mira)
    shut, good = (
        mira.client("Leo Brandt", phones=["+49 30 1234567"])["id"],
        mira.client("Ada")["id"],
    )
    twin = mira.client("Twin", phones=["+49 30 1234567"], allowDuplicate=True)["id"]
    for client in (shut, good):
        post(mira, "/visits", VISIT | {"clientId": client})
        post(mira, "/tasks", {"clientId": client, "title": "Call"})
    spoil("clients", shut)
    for part in ("", "/clients", "/visits", "/tasks", "/clients/duplicates"):
        assert SHUT in her.page(part), part
    for part in ("/visits/new", f"/clients/{twin}/merge"):
        assert SHUT not in her.page(part), "nothing can be written about them"

    page = her.page(f"/clients/{shut}", 409)
    assert "does not open" in page
    assert f"/clients/{shut}/forget" in page
    refused = her.post(f"/clients/{shut}/forget", {"confirm": "yes"})
    assert refused.status == 409
    assert "Type the word forget." in words(refused.text)
    page = her.follow(her.post(f"/clients/{shut}/forget", {"confirm": "forget"}))
    assert SHUT not in page
    assert "Ada" in page
