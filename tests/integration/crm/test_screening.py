"""Screenings through the API, and the nightly expiry job."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from kit import clock
from kit.db import Database
from tests.factories.crm import CrmFactory, CrmUser
from tests.fixtures.functions import FunctionClient

EMPLOYER = "Works at Harrow and Quill"


def check(provider: CrmUser, client: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Add a screening; return it as the API shows it."""
    answer = provider.post(
        "/screening",
        {"clientId": client["id"], "type": "job_validation", "details": EMPLOYER} | changes,
    )
    assert answer.status == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def days_pass(database: Database, days: int) -> None:
    """Move every screening into the past."""
    with database.transaction() as work:
        work.execute(
            "UPDATE crm.screenings SET verified_at = verified_at - %(by)s,"
            " expires_at = expires_at - %(by)s",
            {"by": timedelta(days=days)},
        )


def test_screening_verified_sets_client_status(provider: CrmUser, database: Database) -> None:
    leo = provider.create_client("Leo Brandt")
    made = check(provider, leo, clientStatus="pending_references")
    assert (made["status"], made["verifiedAt"]) == ("pending", None)
    path = f"/screening/{made['id']}"
    assert provider.get(f"/clients/{leo['id']}").json["screeningStatus"] == "pending_references"

    until = (clock.now() + timedelta(days=30)).isoformat()
    passed = provider.post(f"{path}/verify", {"expiresAt": until, "clientStatus": "approved"}).json
    assert (passed["status"], passed["details"]) == ("verified", EMPLOYER)
    assert datetime.fromisoformat(passed["expiresAt"]) == datetime.fromisoformat(until)
    assert provider.get(f"/clients/{leo['id']}").json["screeningStatus"] == "approved"

    failed = provider.post(f"{path}/fail", {"clientStatus": "rejected"}).json
    assert (failed["status"], failed["verifiedAt"], failed["expiresAt"]) == ("failed", None, None)
    client = provider.get(f"/clients/{leo['id']}").json
    assert (client["screeningStatus"], client["name"]) == ("rejected", "Leo Brandt")
    assert [one["id"] for one in provider.get("/clients?q=brandt").json["items"]] == [leo["id"]]

    with database.transaction() as work:
        assert EMPLOYER not in str(work.execute("SELECT * FROM crm.screenings").fetchall())


def test_screening_created_is_updated_and_deleted(provider: CrmUser) -> None:
    made = check(provider, provider.create_client())
    path = f"/screening/{made['id']}"
    provider.post(f"{path}/verify")
    change = {"type": "other", "details": "Asked a friend.", "version": 2}
    changed = provider.put(path, change)
    assert (changed.status, changed.json["type"]) == (200, "other")
    assert changed.json["status"] == "verified"
    assert provider.put(path, change).problem["code"] == "changed-meanwhile"
    assert provider.delete(path).status == 204
    assert provider.get(path).status == 404


def test_screening_past_its_end_shows_expired(provider: CrmUser, database: Database) -> None:
    leo = provider.create_client()
    made = check(provider, leo)
    path = f"/screening/{made['id']}"
    until = (clock.now() + timedelta(days=1)).isoformat()
    provider.post(f"{path}/verify", {"expiresAt": until})
    days_pass(database, 2)

    assert provider.get(path).json["status"] == "expired"
    assert provider.get("/screening?status=verified").json["items"] == []
    assert len(provider.get("/screening?status=expired").json["items"]) == 1
    again = provider.post(f"{path}/verify").json
    assert (again["status"], again["expiresAt"]) == ("verified", None)


def test_screening_expiry_job_stores_expired_status(
    provider: CrmUser,
    crm_factory: CrmFactory,
    database: Database,
    functions: Callable[..., FunctionClient],
) -> None:
    nora = crm_factory.create_user("nora-lind")
    for user in (provider, nora):
        expired, good = check(user, user.create_client()), check(user, user.create_client("Ada"))
        for made, days in ((expired, 1), (good, 20)):
            until = (clock.now() + timedelta(days=days)).isoformat()
            user.post(f"/screening/{made['id']}/verify", {"expiresAt": until})
    days_pass(database, 2)

    scheduled = functions("CrmScheduled")
    assert scheduled.invoke({"job": "expire-screenings"}) == {"count": 2}
    assert scheduled.invoke({"job": "expire-screenings"}) == {"count": 0}
    with database.transaction() as work:
        rows = work.execute("SELECT status FROM crm.screenings ORDER BY expires_at").fetchall()
    assert [row["status"] for row in rows] == ["expired", "expired", "verified", "verified"]
    assert len(provider.get("/screening?status=expired").json["items"]) == 1


def test_screening_with_unknown_site_is_rejected(provider: CrmUser) -> None:
    leo = provider.create_client(referenceSites=[{"site": "Lantern", "handle": "leo_b"}])
    made = check(provider, leo, type="reference_sites", sites=["Lantern"])
    assert made["sites"] == ["Lantern"]
    refused = provider.post(
        "/screening", {"clientId": leo["id"], "type": "reference_sites", "sites": ["Elsewhere"]}
    )
    assert (refused.problem["code"], refused.problem["field"]) == ("site-unknown", "sites")


@pytest.mark.parametrize("days", [-1, 4000], ids=["over", "far"])
def test_screening_end_in_the_past_is_rejected(provider: CrmUser, days: int) -> None:
    made = check(provider, provider.create_client())
    until = (clock.now() + timedelta(days=days)).isoformat()
    answer = provider.post(f"/screening/{made['id']}/verify", {"expiresAt": until})
    assert (answer.problem["code"], answer.problem["field"]) == ("expiry-not-ahead", "expiresAt")
