"""Two entries that are one person."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from crm.repository.client_children import CHILD_TABLES
from kit.db import Database
from tests.factories.crm import Books, Keeper
from tests.fixtures.functions import FunctionClient
from tests.integration.crm.test_communications import CALL

VISIT = {
    "startsAt": "2026-09-01T18:00:00Z",
    "timeZone": "Europe/Berlin",
    "durationMinutes": 60,
    "type": "incall",
    "status": "completed",
    "currency": "EUR",
    "rateMinor": 30000,
    "receivedMinor": 30000,
    "paymentStatus": "paid",
    "notes": "Liked the tea.",
}


def post(mira: Keeper, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = mira.post(path, body)
    assert answer.status == 201, answer.text
    kept: dict[str, Any] = answer.json
    return kept


def test_every_table_with_a_clients_documents_is_moved(database: Database) -> None:
    with database.transaction() as work:
        rows = work.execute(
            """
            SELECT table_name FROM information_schema.columns
            WHERE table_schema = 'crm' AND column_name IN ('client_id', 'encrypted_payload')
            GROUP BY table_name HAVING count(*) = 2
            """
        ).fetchall()
    # The reasons of holds and the addresses that were written to are the provider's own documents: only their
    # client is changed.
    own = {"legal_holds", "campaign_recipients"}
    assert {row["table_name"] for row in rows} - own == {one.name for one in CHILD_TABLES}


def test_those_who_share_something_are_found(mira: Keeper, books: Books) -> None:
    def keep(name: str, **details: Any) -> str:
        identity: str = mira.client(name, allowDuplicate=True, **details)["id"]
        return identity

    leo = keep("Leo", phones=["+49301234567"])
    keep("Ada", emails=["ada@example.test"])
    leon = keep("Leon", phones=["+49301234567"], emails=["leo@example.test"])
    third = keep("L. B.", emails=["LEO@example.test"])
    kim, kim_again = keep("Kim", emails=["kim@e.test"]), keep("K", emails=["kim@e.test"])
    books.keeper("nora-lind").client("Nora's", phones=["+49301234567"])

    page = mira.get("/clients/duplicates?limit=1").json
    assert [one["id"] for one in page["items"][0]["clients"]] == [leo, leon, third]
    assert (page["items"][0]["sharedBy"], page["items"][0]["count"]) == (["email", "phone"], 3)
    rest = mira.get(f"/clients/duplicates?cursor={page['nextCursor']}").json
    assert [[one["id"] for one in group["clients"]] for group in rest["items"]] == [
        [kim, kim_again]
    ]
    assert rest["nextCursor"] is None
    assert mira.get("/clients/duplicates?cursor=eyJpZCI6IngifQ").problem["code"] == "cursor"


@pytest.mark.slow
def test_two_become_one_with_everything(mira: Keeper, database: Database) -> None:
    leo = mira.client(
        "Leo", phones=["+49301234567"], tags=["calm"], notes="Tea.", screeningStatus="approved"
    )
    gone = mira.client(
        "Leon", aliases=["Leonidas"], phones=["+49301234568"], emails=["leo@example.test"],
        tags=["Calm", "late"], notes="Coffee.", communicationPreference="no_contact",
    )  # fmt: skip
    said = post(mira, "/communications", CALL | {"clientId": gone["id"]})
    visit = post(mira, "/visits", VISIT | {"clientId": gone["id"]})
    task = post(mira, "/tasks", {"title": "Call back", "clientId": gone["id"]})
    named = post(mira, "/references", {"name": "Otto", "clientId": gone["id"]})

    body = {"absorbedId": gone["id"], "version": 1}
    answer = mira.post(f"/clients/{leo['id']}/merge", body)

    assert answer.status == 200, answer.text
    one = answer.json
    read = mira.get(f"/clients/{leo['id']}").json
    assert read | one == read
    assert (one["name"], one["aliases"]) == ("Leo", ["Leon", "Leonidas"])
    assert one["phones"] == ["+49301234567", "+49301234568"]
    assert (one["emails"], one["tags"]) == (["leo@example.test"], ["calm", "late"])
    assert one["notes"] == "Tea.\n\nCoffee."
    assert (one["screeningStatus"], one["communicationPreference"]) == ("approved", "no_contact")
    assert one["version"] == 2
    assert mira.get(f"/clients/{gone['id']}").problem["code"] == "no-such-client"
    for path, text in (
        (f"/communications/{said['id']}", CALL["text"]),
        (f"/visits/{visit['id']}", VISIT["notes"]),
        (f"/tasks/{task['id']}", "Call back"),
    ):
        read = mira.get(path)
        assert (read.json["clientId"], str(text) in read.text) == (leo["id"], True), path
    assert [one["name"] for one in mira.get(f"/references?clientId={leo['id']}").json["items"]] == [
        named["name"]
    ]
    assert [one["id"] for one in mira.get("/clients?q=leonidas").json["items"]] == [leo["id"]]

    merged = mira.get(f"/clients/{leo['id']}/merges").json["items"]
    assert [(one["was"]["id"], one["was"]["notes"]) for one in merged] == [(gone["id"], "Coffee.")]
    assert merged[0]["moved"] == {
        "client_references": 1, "communications": 1, "tasks": 1, "visits": 1,
    }  # fmt: skip
    with database.transaction() as work:
        actions = work.execute("SELECT action FROM crm.audit_log ORDER BY sequence").fetchall()
        left = work.execute("SELECT FROM crm.pending_key_deletions").rowcount
    assert [row["action"] for row in actions][-2:] == ["client.merged", "client.keys-shredded"]
    assert left == 0


def test_who_has_a_visit_that_was_emptied_by_night_is_merged(
    mira: Keeper, database: Database, functions: Callable[..., FunctionClient]
) -> None:
    leo, leon = mira.client("Leo")["id"], mira.client("Leon")["id"]
    visit = post(mira, "/visits", VISIT | {"clientId": leon})
    with database.transaction() as work:
        work.execute("UPDATE crm.visits SET starts_at = starts_at - interval '900 days'")
    functions("CrmScheduled").invoke({"job": "retention"})
    assert mira.get(f"/visits/{visit['id']}").json["notes"] == ""

    answer = mira.post(f"/clients/{leo}/merge", {"absorbedId": leon, "version": 1})

    assert answer.status == 200, answer.text
    read = mira.get(f"/visits/{visit['id']}").json
    assert (read["clientId"], read["notes"], read["receivedMinor"]) == (leo, "", 30000)


def test_a_merge_of_a_merge_keeps_both_histories(mira: Keeper) -> None:
    first, second, third = (mira.client(name)["id"] for name in ("One", "Two", "Three"))
    assert mira.post(f"/clients/{second}/merge", {"absorbedId": third, "version": 1}).status == 200
    assert mira.post(f"/clients/{first}/merge", {"absorbedId": second, "version": 1}).status == 200
    merges = mira.get(f"/clients/{first}/merges").json["items"]
    assert [one["was"]["name"] for one in merges] == ["Two", "Three"]
    assert mira.get(f"/clients/{first}").json["aliases"] == ["Two", "Three"]


@pytest.mark.slow
def test_what_cannot_be_merged(mira: Keeper, books: Books) -> None:
    leo, ada = mira.client("Leo")["id"], mira.client("Ada")["id"]

    def refused(absorbed: str, version: int = 1) -> tuple[str, str | None]:
        body = {"absorbedId": absorbed, "version": version}
        problem = mira.post(f"/clients/{leo}/merge", body).problem
        return problem["code"], problem.get("field")

    assert refused(leo) == ("same-client", "absorbedId")
    assert refused(str(UUID(int=1))) == ("no-such-client", "absorbedId")
    assert refused(books.keeper("nora-lind").client()["id"]) == ("no-such-client", "absorbedId")
    assert refused(ada, version=7) == ("changed-meanwhile", None)
    hold = post(mira, "/holds", {"clientId": ada, "reason": "Letter"})
    assert refused(ada) == ("legal-hold", None)
    mira.delete(f"/holds/{hold['id']}")
    assert mira.post(f"/clients/{leo}/merge", {"absorbedId": ada, "version": 1}).status == 200
    assert [one["clientId"] for one in mira.get("/holds").json["items"]] == [leo]


def test_who_takes_consent_back_has_it_taken_back(mira: Keeper, database: Database) -> None:
    leo, leon = mira.client("Leo")["id"], mira.client("Leon")["id"]

    def wish(client_id: str, area: str, at: str) -> dict[str, Any]:
        body = {"clientId": client_id, "area": area, "consentedAt": at}
        return post(mira, "/area-notifications", body)

    stays = wish(leo, "Hamburg", "2026-05-01T10:00:00Z")
    ended = wish(leon, "hamburg", "2026-04-01T10:00:00Z")
    other = wish(leon, "Berlin", "2026-04-01T10:00:00Z")
    assert mira.post(f"/area-notifications/{ended['id']}/end", {"version": 1}).status == 200

    assert mira.post(f"/clients/{leo}/merge", {"absorbedId": leon, "version": 1}).status == 200

    with database.transaction() as work:
        rows = work.execute(
            "SELECT id, client_id, unsubscribed_at IS NULL AS given FROM crm.area_subscriptions"
        ).fetchall()
    assert {str(row["client_id"]) for row in rows} == {leo}
    given = {str(row["id"]): row["given"] for row in rows}
    assert given == {stays["id"]: False, ended["id"]: False, other["id"]: True}
