"""Merging of two clients."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from crm.repository.client_children import CHILD_TABLES
from kit.db import Database
from tests.factories.crm import CrmFactory, CrmUser
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


def post(provider: CrmUser, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = provider.post(path, body)
    assert answer.status == 201, answer.text
    created: dict[str, Any] = answer.json
    return created


def test_merge_moves_rows_of_every_encrypted_table(database: Database) -> None:
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


def test_duplicates_with_shared_contact_are_listed(
    provider: CrmUser, crm_factory: CrmFactory
) -> None:
    def create_client(name: str, **details: Any) -> str:
        identity: str = provider.create_client(name, allowDuplicate=True, **details)["id"]
        return identity

    leo = create_client("Leo", phones=["+49301234567"])
    create_client("Ada", emails=["ada@example.test"])
    leon = create_client("Leon", phones=["+49301234567"], emails=["leo@example.test"])
    third = create_client("L. B.", emails=["LEO@example.test"])
    kim, kim_again = (
        create_client("Kim", emails=["kim@e.test"]),
        create_client("K", emails=["kim@e.test"]),
    )
    crm_factory.create_user("nora-lind").create_client("Nora's", phones=["+49301234567"])

    page = provider.get("/clients/duplicates?limit=1").json
    assert [one["id"] for one in page["items"][0]["clients"]] == [leo, leon, third]
    assert (page["items"][0]["sharedBy"], page["items"][0]["count"]) == (["email", "phone"], 3)
    rest = provider.get(f"/clients/duplicates?cursor={page['nextCursor']}").json
    assert [[one["id"] for one in group["clients"]] for group in rest["items"]] == [
        [kim, kim_again]
    ]
    assert rest["nextCursor"] is None
    assert provider.get("/clients/duplicates?cursor=eyJpZCI6IngifQ").problem["code"] == "cursor"


@pytest.mark.slow
def test_merge_keeps_data_of_both_clients(provider: CrmUser, database: Database) -> None:
    leo = provider.create_client(
        "Leo", phones=["+49301234567"], tags=["calm"], notes="Tea.", screeningStatus="approved"
    )
    absorbed = provider.create_client(
        "Leon", aliases=["Leonidas"], phones=["+49301234568"], emails=["leo@example.test"],
        tags=["Calm", "late"], notes="Coffee.", communicationPreference="no_contact",
    )  # fmt: skip
    communication = post(provider, "/communications", CALL | {"clientId": absorbed["id"]})
    visit = post(provider, "/visits", VISIT | {"clientId": absorbed["id"]})
    task = post(provider, "/tasks", {"title": "Call back", "clientId": absorbed["id"]})
    named = post(provider, "/references", {"name": "Otto", "clientId": absorbed["id"]})

    body = {"absorbedId": absorbed["id"], "version": 1}
    answer = provider.post(f"/clients/{leo['id']}/merge", body)

    assert answer.status == 200, answer.text
    one = answer.json
    read = provider.get(f"/clients/{leo['id']}").json
    assert read | one == read
    assert (one["name"], one["aliases"]) == ("Leo", ["Leon", "Leonidas"])
    assert one["phones"] == ["+49301234567", "+49301234568"]
    assert (one["emails"], one["tags"]) == (["leo@example.test"], ["calm", "late"])
    assert one["notes"] == "Tea.\n\nCoffee."
    assert (one["screeningStatus"], one["communicationPreference"]) == ("approved", "no_contact")
    assert one["version"] == 2
    assert provider.get(f"/clients/{absorbed['id']}").problem["code"] == "no-such-client"
    for path, text in (
        (f"/communications/{communication['id']}", CALL["text"]),
        (f"/visits/{visit['id']}", VISIT["notes"]),
        (f"/tasks/{task['id']}", "Call back"),
    ):
        read = provider.get(path)
        assert (read.json["clientId"], str(text) in read.text) == (leo["id"], True), path
    assert [
        one["name"] for one in provider.get(f"/references?clientId={leo['id']}").json["items"]
    ] == [named["name"]]
    assert [one["id"] for one in provider.get("/clients?q=leonidas").json["items"]] == [leo["id"]]

    merged = provider.get(f"/clients/{leo['id']}/merges").json["items"]
    assert [(one["was"]["id"], one["was"]["notes"]) for one in merged] == [
        (absorbed["id"], "Coffee.")
    ]
    assert merged[0]["moved"] == {
        "client_references": 1, "communications": 1, "tasks": 1, "visits": 1,
    }  # fmt: skip
    with database.transaction() as work:
        actions = work.execute("SELECT action FROM crm.audit_log ORDER BY sequence").fetchall()
        left = work.execute("SELECT FROM crm.pending_key_deletions").rowcount
    assert [row["action"] for row in actions][-2:] == ["client.merged", "client.keys-shredded"]
    assert left == 0


def test_merge_with_emptied_visit_succeeds(
    provider: CrmUser, database: Database, functions: Callable[..., FunctionClient]
) -> None:
    leo, leon = provider.create_client("Leo")["id"], provider.create_client("Leon")["id"]
    visit = post(provider, "/visits", VISIT | {"clientId": leon})
    with database.transaction() as work:
        work.execute("UPDATE crm.visits SET starts_at = starts_at - interval '900 days'")
    functions("CrmScheduled").invoke({"job": "retention"})
    assert provider.get(f"/visits/{visit['id']}").json["notes"] == ""

    answer = provider.post(f"/clients/{leo}/merge", {"absorbedId": leon, "version": 1})

    assert answer.status == 200, answer.text
    read = provider.get(f"/visits/{visit['id']}").json
    assert (read["clientId"], read["notes"], read["receivedMinor"]) == (leo, "", 30000)


def test_merge_of_merged_client_keeps_both_histories(provider: CrmUser) -> None:
    first, second, third = (provider.create_client(name)["id"] for name in ("One", "Two", "Three"))
    assert (
        provider.post(f"/clients/{second}/merge", {"absorbedId": third, "version": 1}).status == 200
    )
    assert (
        provider.post(f"/clients/{first}/merge", {"absorbedId": second, "version": 1}).status == 200
    )
    merges = provider.get(f"/clients/{first}/merges").json["items"]
    assert [one["was"]["name"] for one in merges] == ["Two", "Three"]
    assert provider.get(f"/clients/{first}").json["aliases"] == ["Two", "Three"]


@pytest.mark.slow
def test_merge_with_invalid_client_is_rejected(provider: CrmUser, crm_factory: CrmFactory) -> None:
    leo, ada = provider.create_client("Leo")["id"], provider.create_client("Ada")["id"]

    def refused(absorbed: str, version: int = 1) -> tuple[str, str | None]:
        body = {"absorbedId": absorbed, "version": version}
        problem = provider.post(f"/clients/{leo}/merge", body).problem
        return problem["code"], problem.get("field")

    assert refused(leo) == ("same-client", "absorbedId")
    assert refused(str(UUID(int=1))) == ("no-such-client", "absorbedId")
    assert refused(crm_factory.create_user("nora-lind").create_client()["id"]) == (
        "no-such-client",
        "absorbedId",
    )
    assert refused(ada, version=7) == ("changed-meanwhile", None)
    hold = post(provider, "/holds", {"clientId": ada, "reason": "Letter"})
    assert refused(ada) == ("legal-hold", None)
    provider.delete(f"/holds/{hold['id']}")
    assert provider.post(f"/clients/{leo}/merge", {"absorbedId": ada, "version": 1}).status == 200
    assert [one["clientId"] for one in provider.get("/holds").json["items"]] == [leo]


def test_merge_keeps_withdrawn_consent(provider: CrmUser, database: Database) -> None:
    leo, leon = provider.create_client("Leo")["id"], provider.create_client("Leon")["id"]

    def add_subscription(client_id: str, area: str, at: str) -> dict[str, Any]:
        body = {"clientId": client_id, "area": area, "consentedAt": at}
        return post(provider, "/area-notifications", body)

    kept_subscription = add_subscription(leo, "Hamburg", "2026-05-01T10:00:00Z")
    ended = add_subscription(leon, "hamburg", "2026-04-01T10:00:00Z")
    other = add_subscription(leon, "Berlin", "2026-04-01T10:00:00Z")
    assert provider.post(f"/area-notifications/{ended['id']}/end", {"version": 1}).status == 200

    assert provider.post(f"/clients/{leo}/merge", {"absorbedId": leon, "version": 1}).status == 200

    with database.transaction() as work:
        rows = work.execute(
            "SELECT id, client_id, unsubscribed_at IS NULL AS given FROM crm.area_subscriptions"
        ).fetchall()
    assert {str(row["client_id"]) for row in rows} == {leo}
    given = {str(row["id"]): row["given"] for row in rows}
    assert given == {kept_subscription["id"]: False, ended["id"]: False, other["id"]: True}
