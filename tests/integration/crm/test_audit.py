"""Activity log to a book: written once, and whoever changes it is noticed."""

from collections.abc import Callable

import psycopg
import pytest

from crm.domain.audit_log import AuditAction, audit_label
from kit.db import Database
from tests.factories.crm import CrmUser

SETTINGS = {
    "autoLockMinutes": 5,
    "unlockMinutes": 30,
    "defaultCurrency": "CHF",
    "defaultRegion": "CH",
}


@pytest.fixture
def told(provider: CrmUser) -> CrmUser:
    """A provider to whose book five things happened."""
    for minutes in (1, 2, 3):
        provider.put("/settings", SETTINGS | {"autoLockMinutes": minutes})
    provider.post("/lock")
    provider.post("/lock-all")
    return provider


def change(database: Database, statement: str) -> None:
    with database.transaction() as work:
        assert work.execute(statement).rowcount == 1


def test_what_happened_is_listed_page_by_page(told: CrmUser) -> None:
    first = told.get("/audit?limit=2").json
    assert [one["sequence"] for one in first["items"]] == [5, 4]
    assert [one["said"] for one in first["items"]] == ["Locked everywhere", "Locked"]
    assert (first["intact"], first["brokenAt"]) == (True, None)
    assert first["items"][0]["thisSession"] is True

    second = told.get(f"/audit?limit=10&cursor={first['nextCursor']}").json
    assert [one["sequence"] for one in second["items"]] == [3, 2, 1]
    assert (second["nextCursor"], second["intact"]) == (None, None)

    only = told.get("/audit?action=session.all-locked").json["items"]
    assert [one["action"] for one in only] == ["session.all-locked"]
    assert told.get("/audit?cursor=e30").problem["field"] == "cursor"
    assert told.get("/audit?action=nothing").status == 422
    actions = told.get("/audit/actions").json
    assert {one["action"] for one in actions} == set(AuditAction)


def test_every_action_has_words() -> None:
    words = [audit_label(action) for action in AuditAction]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("UPDATE crm.audit_log SET detail = '{\"changed\": []}' WHERE sequence = 2", 2),
        ("UPDATE crm.audit_log SET at = at - interval '1 second' WHERE sequence = 3", 3),
        ("UPDATE crm.audit_log SET action = 'session.locked' WHERE sequence = 5", 5),
        ("UPDATE crm.audit_log SET network = 'elsewhere' WHERE sequence = 1", 1),
        ("UPDATE crm.audit_log SET session_id = 'another' WHERE sequence = 1", 1),
        ("DELETE FROM crm.audit_log WHERE sequence = 1", 1),
        ("DELETE FROM crm.audit_log WHERE sequence = 3", 3),
        ("DELETE FROM crm.audit_log WHERE sequence = 5", 5),
        ("UPDATE crm.audit_log SET sequence = 9 WHERE sequence = 4", 4),
    ],
    ids=["detail", "time", "action", "network", "session", "first", "middle", "last", "order"],
)
def test_whoever_changes_it_is_noticed(
    told: CrmUser, database: Database, tampering: str, broken_at: int
) -> None:
    change(database, tampering)
    answer = told.get("/audit").json
    assert (answer["intact"], answer["brokenAt"]) == (False, broken_at)
    told.post("/lock")
    again = told.get("/audit").json
    assert (again["intact"], again["brokenAt"]) == (False, broken_at), "nor is it mended later"


def test_cutting_the_end_off_and_putting_the_end_back_is_noticed(
    told: CrmUser, database: Database
) -> None:
    """Who may write all of PostgreSQL still has to write to the key table as well."""
    change(database, "DELETE FROM crm.audit_log WHERE sequence = 5")
    change(
        database,
        "UPDATE crm.workspaces SET audit_length = 4,"
        " audit_hash = (SELECT hash FROM crm.audit_log WHERE sequence = 4)",
    )
    answer = told.get("/audit").json
    assert (answer["intact"], answer["brokenAt"]) == (False, 5)
    for _ in range(3):
        told.post("/lock")
    again = told.get("/audit").json
    assert (again["intact"], again["brokenAt"]) == (False, 5), "nor by what is written after it"


def test_cutting_all_of_it_off_is_noticed(told: CrmUser, database: Database) -> None:
    with database.transaction() as work:
        work.execute("DELETE FROM crm.audit_log")
    assert told.get("/audit").json["brokenAt"] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE crm.audit_log SET detail = '{}'",
        "DELETE FROM crm.audit_log",
        "TRUNCATE crm.audit_log",
    ],
    ids=["update", "delete", "truncate"],
)
def test_the_function_itself_cannot_change_it(
    told: CrmUser, database_as: Callable[[str], Database], statement: str
) -> None:
    work = database_as("crm_web").begin()
    work.set_local("app.provider_id", str(told.user_id))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        work.execute(statement)
    work.rollback()


def test_it_outlives_the_book(told: CrmUser) -> None:
    told.create_client()
    assert told.delete("/workspace", json={"confirm": "delete mira-valen"}).status == 200
    page = told.get("/audit").json
    assert page["intact"] is True
    assert page["items"][0]["action"] == "workspace.deleted"
    assert page["items"][-1]["sequence"] == 1
