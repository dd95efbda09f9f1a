"""Checks of clients, through the API; and what a night makes of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from kit import clock
from kit.db import Database
from tests.factories.crm import Books, Keeper
from tests.fixtures.functions import FunctionClient

EMPLOYER = "Works at Harrow and Quill"


def check(mira: Keeper, client: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Write a check down; return it as the API shows it."""
    answer = mira.post(
        "/screening",
        {"clientId": client["id"], "type": "job_validation", "details": EMPLOYER} | changes,
    )
    assert answer.status == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def days_pass(database: Database, days: int) -> None:
    """Move every check into the past."""
    with database.transaction() as work:
        work.execute(
            "UPDATE crm.screenings SET verified_at = verified_at - %(by)s,"
            " expires_at = expires_at - %(by)s",
            {"by": timedelta(days=days)},
        )


def test_a_check_is_passed_and_says_where_the_client_stands(
    mira: Keeper, database: Database
) -> None:
    leo = mira.client("Leo Brandt")
    made = check(mira, leo, clientStatus="pending_references")
    assert (made["status"], made["verifiedAt"]) == ("pending", None)
    path = f"/screening/{made['id']}"
    assert mira.get(f"/clients/{leo['id']}").json["screeningStatus"] == "pending_references"

    until = (clock.now() + timedelta(days=30)).isoformat()
    passed = mira.post(f"{path}/verify", {"expiresAt": until, "clientStatus": "approved"}).json
    assert (passed["status"], passed["details"]) == ("verified", EMPLOYER)
    assert datetime.fromisoformat(passed["expiresAt"]) == datetime.fromisoformat(until)
    assert mira.get(f"/clients/{leo['id']}").json["screeningStatus"] == "approved"

    failed = mira.post(f"{path}/fail", {"clientStatus": "rejected"}).json
    assert (failed["status"], failed["verifiedAt"], failed["expiresAt"]) == ("failed", None, None)
    standing = mira.get(f"/clients/{leo['id']}").json
    assert (standing["screeningStatus"], standing["name"]) == ("rejected", "Leo Brandt")
    assert [one["id"] for one in mira.get("/clients?q=brandt").json["items"]] == [leo["id"]]

    with database.transaction() as work:
        assert EMPLOYER not in str(work.execute("SELECT * FROM crm.screenings").fetchall())


def test_one_is_changed_and_taken_away(mira: Keeper) -> None:
    made = check(mira, mira.client())
    path = f"/screening/{made['id']}"
    mira.post(f"{path}/verify")
    change = {"type": "other", "details": "Asked a friend.", "version": 2}
    changed = mira.put(path, change)
    assert (changed.status, changed.json["type"]) == (200, "other")
    assert changed.json["status"] == "verified"
    assert mira.put(path, change).problem["code"] == "changed-meanwhile"
    assert mira.delete(path).status == 204
    assert mira.get(path).status == 404


def test_what_is_over_counts_as_expired_at_once(mira: Keeper, database: Database) -> None:
    leo = mira.client()
    made = check(mira, leo)
    path = f"/screening/{made['id']}"
    until = (clock.now() + timedelta(days=1)).isoformat()
    mira.post(f"{path}/verify", {"expiresAt": until})
    days_pass(database, 2)

    assert mira.get(path).json["status"] == "expired"
    assert mira.get("/screening?status=verified").json["items"] == []
    assert len(mira.get("/screening?status=expired").json["items"]) == 1
    again = mira.post(f"{path}/verify").json
    assert (again["status"], again["expiresAt"]) == ("verified", None)


def test_the_night_writes_it_down(
    mira: Keeper,
    books: Books,
    database: Database,
    functions: Callable[..., FunctionClient],
) -> None:
    nora = books.keeper("nora-lind")
    for keeper in (mira, nora):
        over, good = check(keeper, keeper.client()), check(keeper, keeper.client("Ada"))
        for made, days in ((over, 1), (good, 20)):
            until = (clock.now() + timedelta(days=days)).isoformat()
            keeper.post(f"/screening/{made['id']}/verify", {"expiresAt": until})
    days_pass(database, 2)

    scheduled = functions("CrmScheduled")
    assert scheduled.invoke({"job": "expire-screenings"}) == {"count": 2}
    assert scheduled.invoke({"job": "expire-screenings"}) == {"count": 0}
    with database.transaction() as work:
        rows = work.execute("SELECT status FROM crm.screenings ORDER BY expires_at").fetchall()
    assert [row["status"] for row in rows] == ["expired", "expired", "verified", "verified"]
    assert len(mira.get("/screening?status=expired").json["items"]) == 1


def test_reference_sites_are_the_clients(mira: Keeper) -> None:
    leo = mira.client(referenceSites=[{"site": "Lantern", "handle": "leo_b"}])
    made = check(mira, leo, type="reference_sites", sites=["Lantern"])
    assert made["sites"] == ["Lantern"]
    refused = mira.post(
        "/screening", {"clientId": leo["id"], "type": "reference_sites", "sites": ["Elsewhere"]}
    )
    assert (refused.problem["code"], refused.problem["field"]) == ("site-unknown", "sites")


@pytest.mark.parametrize("days", [-1, 4000], ids=["over", "far"])
def test_until_when_is_ahead(mira: Keeper, days: int) -> None:
    made = check(mira, mira.client())
    until = (clock.now() + timedelta(days=days)).isoformat()
    answer = mira.post(f"/screening/{made['id']}/verify", {"expiresAt": until})
    assert (answer.problem["code"], answer.problem["field"]) == ("expiry-not-ahead", "expiresAt")
