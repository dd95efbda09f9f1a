"""Audit log of a workspace: append-only, and every change of an entry is detected."""

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
def audited_provider(provider: CrmUser) -> CrmUser:
    """Return a provider whose audit log has five entries."""
    for minutes in (1, 2, 3):
        provider.put("/settings", SETTINGS | {"autoLockMinutes": minutes})
    provider.post("/lock")
    provider.post("/lock-all")
    return provider


def change(database: Database, statement: str) -> None:
    with database.transaction() as work:
        assert work.execute(statement).rowcount == 1


def test_audit_log_is_listed_page_by_page(audited_provider: CrmUser) -> None:
    first = audited_provider.get("/audit?limit=2").json
    assert [one["sequence"] for one in first["items"]] == [5, 4]
    assert [one["label"] for one in first["items"]] == ["Locked everywhere", "Locked"]
    assert (first["intact"], first["brokenAt"]) == (True, None)
    assert first["items"][0]["thisSession"] is True

    second = audited_provider.get(f"/audit?limit=10&cursor={first['nextCursor']}").json
    assert [one["sequence"] for one in second["items"]] == [3, 2, 1]
    assert (second["nextCursor"], second["intact"]) == (None, None)

    only = audited_provider.get("/audit?action=session.all-locked").json["items"]
    assert [one["action"] for one in only] == ["session.all-locked"]
    assert audited_provider.get("/audit?cursor=e30").problem["field"] == "cursor"
    assert audited_provider.get("/audit?action=nothing").status == 422
    actions = audited_provider.get("/audit/actions").json
    assert {one["action"] for one in actions} == set(AuditAction)


def test_audit_actions_all_have_labels() -> None:
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
def test_audit_log_changed_entry_is_detected(
    audited_provider: CrmUser, database: Database, tampering: str, broken_at: int
) -> None:
    change(database, tampering)
    answer = audited_provider.get("/audit").json
    assert (answer["intact"], answer["brokenAt"]) == (False, broken_at)
    audited_provider.post("/lock")
    again = audited_provider.get("/audit").json
    assert (again["intact"], again["brokenAt"]) == (False, broken_at), (
        "a later entry does not repair the log"
    )


def test_audit_log_truncated_with_head_reset_is_detected(
    audited_provider: CrmUser, database: Database
) -> None:
    """An attacker with write access to all of PostgreSQL would have to change the key table as well."""
    change(database, "DELETE FROM crm.audit_log WHERE sequence = 5")
    change(
        database,
        "UPDATE crm.workspaces SET audit_length = 4,"
        " audit_hash = (SELECT hash FROM crm.audit_log WHERE sequence = 4)",
    )
    answer = audited_provider.get("/audit").json
    assert (answer["intact"], answer["brokenAt"]) == (False, 5)
    for _ in range(3):
        audited_provider.post("/lock")
    again = audited_provider.get("/audit").json
    assert (again["intact"], again["brokenAt"]) == (False, 5), "later entries do not repair the log"


def test_audit_log_fully_deleted_is_detected(audited_provider: CrmUser, database: Database) -> None:
    with database.transaction() as work:
        work.execute("DELETE FROM crm.audit_log")
    assert audited_provider.get("/audit").json["brokenAt"] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE crm.audit_log SET detail = '{}'",
        "DELETE FROM crm.audit_log",
        "TRUNCATE crm.audit_log",
    ],
    ids=["update", "delete", "truncate"],
)
def test_audit_log_web_role_cannot_update_or_delete(
    audited_provider: CrmUser, database_as: Callable[[str], Database], statement: str
) -> None:
    work = database_as("crm_web").begin()
    work.set_local("app.provider_id", str(audited_provider.user_id))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        work.execute(statement)
    work.rollback()


def test_audit_log_survives_workspace_deletion(audited_provider: CrmUser) -> None:
    audited_provider.create_client()
    assert (
        audited_provider.delete("/workspace", json={"confirm": "delete mira-valen"}).status == 200
    )
    page = audited_provider.get("/audit").json
    assert page["intact"] is True
    assert page["items"][0]["action"] == "workspace.deleted"
    assert page["items"][-1]["sequence"] == 1
