"""Tags through the API."""

from typing import Any

import pytest

from crm.service import tags
from kit.db import Database
from tests.factories.crm import CrmFactory, CrmUser


def counted(provider: CrmUser) -> dict[str, int]:
    return {one["tag"]: one["clients"] for one in provider.get("/tags").json["items"]}


def test_tag_counts_leave_out_archived_clients(provider: CrmUser, crm_factory: CrmFactory) -> None:
    provider.create_client("Leo", tags=["Calm", "regular"])
    provider.create_client("Ada", tags=["calm"])
    away = provider.create_client("Kim", tags=["loud"])
    provider.post(f"/clients/{away['id']}/archive", {"version": 1})
    assert list(counted(provider).items()) == [("Calm", 2), ("regular", 1), ("loud", 0)]
    assert counted(crm_factory.create_user("nora-lind")) == {}


def test_tag_spelling_is_cached_encrypted_until_last_client_is_gone(
    provider: CrmUser, database: Database
) -> None:
    leo = provider.create_client("Leo", tags=["Okarinabrot"])
    assert counted(provider) == counted(provider) == {"Okarinabrot": 1}

    def remembered() -> list[Any]:
        with database.transaction() as work:
            return [
                bytes(row["encrypted_payload"])
                for row in work.execute("SELECT encrypted_payload FROM crm.tags")
            ]

    assert len(remembered()) == 1
    assert b"karinabrot" not in remembered()[0]
    provider.delete(f"/clients/{leo['id']}")
    assert remembered() == []


def test_tag_rename_changes_every_client(provider: CrmUser) -> None:
    leo = provider.create_client("Leo", tags=["calm", "quiet"])["id"]
    provider.create_client("Ada", tags=["calm"])
    assert counted(provider) == {"calm": 2, "quiet": 1}

    renamed = provider.post("/tags/rename", {"tag": "CALM", "to": "quiet"}).json
    assert renamed == {"changed": 2, "nextAfter": None}
    assert counted(provider) == {"quiet": 2}
    assert provider.get(f"/clients/{leo}").json["tags"] == ["quiet"]
    assert len(provider.get("/clients?tag=quiet").json["items"]) == 2
    assert provider.get("/clients?tag=calm").json["items"] == []
    refused = provider.post("/tags/rename", {"tag": "calm", "to": "x"})
    assert refused.problem["code"] == "no-such-tag"


def test_tag_rename_of_spelling_only_runs_in_batches(
    provider: CrmUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags, "BATCH_SIZE", 2)
    for name in ("Leo", "Ada", "Kim"):
        provider.create_client(name, tags=["calm"])
    assert counted(provider) == {"calm": 3}
    first = provider.post("/tags/rename", {"tag": "calm", "to": "Calm"}).json
    assert first["changed"] == 2
    body = {"tag": "calm", "to": "Calm", "after": first["nextAfter"]}
    assert provider.post("/tags/rename", body).json == {"changed": 1, "nextAfter": None}
    assert counted(provider) == {"Calm": 3}
