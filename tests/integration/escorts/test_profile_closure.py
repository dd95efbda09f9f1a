"""ES19: closing a profile equals the profile's part of an account closure, and the account stays."""

from typing import Any

import pytest

from kit.db import Database
from tests.factories.escorts import API, PROFILE, DirectoryWorld, Person
from tests.fixtures.functions import FunctionClient

HTML = {"accept": "text/html"}
EMPTIED = (
    "rates", "locations", "availability", "availability_exceptions", "available_now", "tours",
    "view_counts", "view_totals", "text_reviews", "activity", "appearances", "profile_search",
)  # fmt: skip


@pytest.fixture
def provider(directory: DirectoryWorld, staff: Person) -> Person:
    return directory.published(staff)


def rows(database: Database, statement: str) -> list[dict[str, Any]]:
    with database.transaction() as work:
        return work.execute(statement).fetchall()


def test_closed_profile_is_delisted_at_once(
    provider: Person, visitor: FunctionClient, database: Database
) -> None:
    assert provider.web.delete(provider.path).status == 204

    for path in (provider.path, f"{API}/mira-valen", "/mira-valen", f"{provider.path}/avatar.svg"):
        assert visitor.get(path).status == 404
    assert visitor.get(f"{API}?location=berlin").json["items"] == []
    assert provider.web.get(f"{API}/me").status == 404
    types = [row["type"] for row in rows(database, "SELECT type FROM outbox.messages ORDER BY id")]
    assert types[-2:] == ["ProfileClosed", "ProfileDelisted"]
    (gone,) = rows(
        database, "SELECT envelope FROM outbox.messages WHERE type = 'ProfileDelisted' ORDER BY id"
    )
    assert gone["envelope"]["data"]["slugs"] == ["mira-valen"]


def test_close_profile_is_idempotent_and_owner_only(
    provider: Person, directory: DirectoryWorld
) -> None:
    other = directory.provider()
    other.create(name="Nora Lind")
    assert other.web.delete(provider.path).status == 404
    assert directory.provider().web.delete(provider.path).status == 404
    assert provider.web.get(f"{API}/me").json["public"] is True

    assert [provider.web.delete(provider.path).status for _ in range(3)] == [204] * 3

    assert other.web.delete(provider.path).status == 404
    assert other.web.get(f"{API}/me").status == 200


def test_closed_profile_keeps_only_evidence(
    provider: Person, staff: Person, database: Database
) -> None:
    staff.web.get(f"{provider.path}/verification")
    provider.web.post(f"{provider.path}/available-now", json={"minutes": 30})
    provider.web.delete(provider.path)

    for table in EMPTIED:
        assert rows(database, f"SELECT FROM escorts.{table}") == [], table
    (row,) = rows(database, "SELECT *, p::text AS line FROM escorts.profiles p")
    for trace in ("Mira", "mira", "long dinners", PROFILE["dateOfBirth"]):
        assert trace not in row["line"]
    assert row["height_cm"] is None
    assert row["birth_date_sealed"] is None
    assert row["closed_at"] is not None
    actions = rows(database, "SELECT action FROM escorts.audit_log ORDER BY at, id")
    assert [one["action"] for one in actions] == ["verification.verified", "birth-date.read"]
    (checked,) = rows(database, "SELECT * FROM escorts.verifications")
    assert checked["status"] == "revoked"
    assert checked["document_checked_at"] is not None


def test_closed_profile_frees_slug_and_allows_new_profile(
    provider: Person, directory: DirectoryWorld
) -> None:
    provider.web.delete(provider.path)
    first = provider.profile_id

    assert directory.provider().create().json["slug"] == "mira-valen"
    again = provider.create(name="Mira Again")
    assert again.status == 201
    assert again.json["id"] != first
    assert [item["code"] for item in again.json["todo"]] == ["publish", "verification"]
    # Repeating the first request does not affect the new profile.
    assert provider.web.delete(f"{API}/{first}").status == 204
    assert provider.web.get(f"{API}/me").json["id"] == again.json["id"]


def test_new_profile_after_closing_suspended_one_is_refused(
    provider: Person, staff: Person
) -> None:
    staff.web.post(f"{provider.path}/suspend", json={"reason": "Reported twice."})
    assert provider.web.delete(provider.path).status == 204

    refused = provider.create()

    assert (refused.status, refused.problem["code"]) == (403, "closed-while-suspended")


def test_close_page_requires_confirmation_word(
    provider: Person, directory: DirectoryWorld, visitor: FunctionClient
) -> None:
    at_home, path = directory.at_home(provider), "/mira-valen/admin/close"
    visibility = at_home.web.get("/mira-valen/admin/visibility", headers=HTML).text
    assert f'href="{path}"' in visibility
    assert "cannot be undone" in at_home.web.get(path, headers=HTML).text
    for word in ({}, {"confirm": "clos"}, {"confirm": "close it"}):
        refused = at_home.web.post(path, form=word)
        assert (refused.status, "cannot be undone" in refused.text) == (422, True)
    assert visitor.get(provider.path).status == 200

    done = at_home.web.post(path, form={"confirm": "Close"})

    assert (done.status, "Your profile is closed" in done.text) == (200, True)
    assert visitor.get(provider.path).status == 404
    assert at_home.web.post(path, form={"confirm": "Close"}).status == 404
