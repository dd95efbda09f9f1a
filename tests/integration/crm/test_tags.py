"""Tags of the book, through the API."""

from typing import Any

import pytest

from crm.service import tags
from kit.db import Database
from tests.factories.crm import Books, Keeper


def counted(mira: Keeper) -> dict[str, int]:
    return {one["tag"]: one["clients"] for one in mira.get("/tags").json["items"]}


def test_tags_are_counted_without_those_put_away(mira: Keeper, books: Books) -> None:
    mira.client("Leo", tags=["Calm", "regular"])
    mira.client("Ada", tags=["calm"])
    away = mira.client("Kim", tags=["loud"])
    mira.post(f"/clients/{away['id']}/archive", {"version": 1})
    assert list(counted(mira).items()) == [("Calm", 2), ("regular", 1), ("loud", 0)]
    assert counted(books.keeper("nora-lind")) == {}


def test_how_a_tag_is_spelled_is_remembered_sealed_and_goes_with_the_last(
    mira: Keeper, database: Database
) -> None:
    leo = mira.client("Leo", tags=["Okarinabrot"])
    assert counted(mira) == counted(mira) == {"Okarinabrot": 1}

    def remembered() -> list[Any]:
        with database.transaction() as work:
            return [
                bytes(row["encrypted_payload"])
                for row in work.execute("SELECT encrypted_payload FROM crm.tags")
            ]

    assert len(remembered()) == 1
    assert b"karinabrot" not in remembered()[0]
    mira.delete(f"/clients/{leo['id']}")
    assert remembered() == []


def test_a_tag_is_called_something_else(mira: Keeper) -> None:
    leo = mira.client("Leo", tags=["calm", "quiet"])["id"]
    mira.client("Ada", tags=["calm"])
    assert counted(mira) == {"calm": 2, "quiet": 1}

    renamed = mira.post("/tags/rename", {"tag": "CALM", "to": "quiet"}).json
    assert renamed == {"changed": 2, "nextAfter": None}
    assert counted(mira) == {"quiet": 2}
    assert mira.get(f"/clients/{leo}").json["tags"] == ["quiet"]
    assert len(mira.get("/clients?tag=quiet").json["items"]) == 2
    assert mira.get("/clients?tag=calm").json["items"] == []
    refused = mira.post("/tags/rename", {"tag": "calm", "to": "x"})
    assert refused.problem["code"] == "no-such-tag"


def test_only_the_spelling_changes_and_in_parts(
    mira: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags, "AT_ONCE", 2)
    for name in ("Leo", "Ada", "Kim"):
        mira.client(name, tags=["calm"])
    assert counted(mira) == {"calm": 3}
    first = mira.post("/tags/rename", {"tag": "calm", "to": "Calm"}).json
    assert first["changed"] == 2
    body = {"tag": "calm", "to": "Calm", "after": first["nextAfter"]}
    assert mira.post("/tags/rename", body).json == {"changed": 1, "nextAfter": None}
    assert counted(mira) == {"Calm": 3}
