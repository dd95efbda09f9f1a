"""Tasks through the API."""

from typing import Any

from kit.db import Database
from tests.factories.crm import CrmUser


def add(provider: CrmUser, title: str, **more: Any) -> dict[str, Any]:
    answer = provider.post("/tasks", {"title": title} | more)
    assert answer.status == 201, answer.text
    task: dict[str, Any] = answer.json
    return task


def titles(provider: CrmUser, query: str = "") -> list[str]:
    return [one["title"] for one in provider.get(f"/tasks?{query}").json["items"]]


def test_task_finished_can_be_reopened(provider: CrmUser) -> None:
    leo = provider.create_client("Leo Brandt")["id"]
    task = add(provider, "Ask for references", clientId=leo, dueAt="2020-01-01T10:00:00Z")
    path = f"/tasks/{task['id']}"
    assert task["overdue"] is True

    changed = provider.put(path, {"title": "Ask twice", "version": 1}).json
    assert (changed["title"], changed["dueAt"], changed["overdue"]) == ("Ask twice", None, False)
    assert provider.put(path, {"title": "x", "version": 1}).problem["code"] == "changed-meanwhile"

    done = provider.post(f"{path}/done", {"version": 2}).json
    assert done["doneAt"] is not None
    assert provider.post(f"{path}/done", {"version": 2}).json == done
    assert (titles(provider), titles(provider, "state=done")) == ([], ["Ask twice"])
    assert provider.post(f"{path}/reopen", {"version": 2}).problem["code"] == "changed-meanwhile"
    assert provider.post(f"{path}/reopen", {"version": 3}).json["doneAt"] is None

    found = provider.get(f"/tasks?clientId={leo}").json["items"]
    assert [one["clientName"] for one in found] == ["Leo Brandt"]
    assert provider.delete(path).status == 204
    assert provider.get(path).problem["code"] == "no-such-task"


def test_task_list_orders_overdue_first_and_undated_last(provider: CrmUser) -> None:
    add(provider, "some day")
    add(provider, "another day")
    add(provider, "far", dueAt="2150-01-01T10:00:00Z")
    add(provider, "late", dueAt="2020-01-01T10:00:00Z")
    expected = ["late", "far", "some day", "another day"]
    assert titles(provider) == expected
    assert titles(provider, "until=2030-01-01T00:00:00Z") == ["late"]
    assert titles(provider, "since=2030-01-01T00:00:00Z") == ["far"]

    seen: list[str] = []
    cursor = ""
    while len(seen) < 10:
        page = provider.get(f"/tasks?limit=1{cursor}").json
        seen += [one["title"] for one in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert seen == expected


def test_task_without_client_is_encrypted_with_provider_key(
    provider: CrmUser, database: Database
) -> None:
    add(provider, "Buy candles at Okarinabrot", notes="Two dozen.")
    with database.transaction() as work:
        row = work.execute(
            "SELECT client_id, key_version, encrypted_payload FROM crm.tasks"
        ).fetchone()
    assert row is not None
    assert (row["client_id"], row["key_version"]) == (None, 1)
    assert b"Okarinabrot" not in bytes(row["encrypted_payload"])
    assert provider.get("/tasks").json["items"][0]["notes"] == "Two dozen."
