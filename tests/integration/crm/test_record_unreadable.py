"""Unreadable records: shown as placeholders, deletable, and harmless for the rest of a list."""

from collections.abc import Callable
from uuid import UUID

import pytest

from crm import dependencies
from kit.db import Database
from tests.factories.booking_pages import words
from tests.factories.crm import CrmUser
from tests.factories.crm_pages import PageClient
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
"""For each table: the address, a request body, and the field that shows the placeholder."""
type Spoil = Callable[[str, str], None]


@pytest.fixture
def spoil(database: Database) -> Spoil:
    """Return a function that changes one byte of a document, as an attacker with database access could."""

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
def test_unreadable_client_is_listed_and_erasable(
    provider: CrmUser, database: Database, spoil: Spoil, how: str
) -> None:
    shut, good = (
        provider.create_client("Leo Brandt", tags=["calm"])["id"],
        provider.create_client("Ada Stern")["id"],
    )
    for client in (shut, good):
        post(provider, "/visits", VISIT | {"clientId": client})
        post(provider, "/tasks", {"clientId": client, "title": "Call"})
    if how == "changed":
        spoil("clients", shut)
    elif how == "without a key":
        dependencies.keyring().shred_client(provider.user_id, UUID(shut))
    else:
        with database.transaction() as work:
            work.execute(
                "UPDATE crm.clients SET encrypted_payload = set_byte(encrypted_payload, 4, 9) WHERE id = %s",
                (shut,),
            )

    names = {one["id"]: one["name"] for one in provider.get("/clients").json["items"]}
    assert names == {shut: SHUT, good: "Ada Stern"}
    for path in ("/visits", "/tasks"):
        answer = provider.get(path)
        assert answer.status == 200, answer.text
        assert {one["clientName"] for one in answer.json["items"]} == {SHUT, "Ada Stern"}
    for path in ("/tags", "/clients/duplicates", "/financial/summary", f"/clients/{good}/timeline"):
        assert provider.get(path).status == 200, path
    refused = provider.get(f"/clients/{shut}")
    expected = (410, "client-shredded") if how == "without a key" else (409, "unreadable")
    assert (refused.status, refused.problem["code"]) == expected
    assert provider.put(f"/clients/{shut}", {"name": "New", "version": 1}).status == expected[0]

    assert provider.delete(f"/clients/{shut}").status in {200, 204}
    assert [one["id"] for one in provider.get("/clients").json["items"]] == [good]


@pytest.mark.parametrize("table", WRITTEN)
def test_unreadable_record_is_listed_and_deletable(
    provider: CrmUser, spoil: Spoil, table: str
) -> None:
    path, body, text_field = WRITTEN[table]
    client = provider.create_client("Ada Stern")["id"]
    shut, good = (post(provider, path, body | {"clientId": client})["id"] for _ in "12")
    spoil(table, shut)

    answer = provider.get(path)
    assert answer.status == 200, answer.text
    assert {one["id"]: one[text_field] == SHUT for one in answer.json["items"]} == {
        shut: True, good: False,
    }  # fmt: skip
    timeline = provider.get(f"/clients/{client}/timeline")
    assert timeline.status == 200, timeline.text
    assert provider.get(f"{path}/{shut}").status == 409
    assert provider.get(f"{path}/{good}").status == 200
    assert provider.delete(f"{path}/{shut}").status in {200, 204}
    assert [one["id"] for one in provider.get(path).json["items"]] == [good]


@pytest.mark.slow
def test_pages_show_unreadable_client_and_erase_it(provider: CrmUser, spoil: Spoil) -> None:
    page_client = PageClient(provider)
    shut, good = (
        provider.create_client("Leo Brandt", phones=["+49 30 1234567"])["id"],
        provider.create_client("Ada")["id"],
    )
    twin = provider.create_client("Twin", phones=["+49 30 1234567"], allowDuplicate=True)["id"]
    for client in (shut, good):
        post(provider, "/visits", VISIT | {"clientId": client})
        post(provider, "/tasks", {"clientId": client, "title": "Call"})
    spoil("clients", shut)
    for part in ("", "/clients", "/visits", "/tasks", "/clients/duplicates"):
        assert SHUT in page_client.page(part), part
    for part in ("/visits/new", f"/clients/{twin}/merge"):
        assert SHUT not in page_client.page(part), "an unreadable client is not offered in forms"

    page = page_client.page(f"/clients/{shut}", 409)
    assert "cannot be read" in page
    assert f"/clients/{shut}/erase" in page
    refused = page_client.post(f"/clients/{shut}/erase", {"confirm": "yes"})
    assert refused.status == 409
    assert "Type the word delete." in words(refused.text)
    page = page_client.follow(page_client.post(f"/clients/{shut}/erase", {"confirm": "delete"}))
    assert SHUT not in page
    assert "Ada" in page
