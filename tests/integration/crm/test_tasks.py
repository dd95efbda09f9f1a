"""What is to be done, through the API."""

from typing import Any

from kit.db import Database
from tests.factories.crm import Keeper


def add(mira: Keeper, title: str, **more: Any) -> dict[str, Any]:
    answer = mira.post("/tasks", {"title": title} | more)
    assert answer.status == 201, answer.text
    task: dict[str, Any] = answer.json
    return task


def titles(mira: Keeper, query: str = "") -> list[str]:
    return [one["title"] for one in mira.get(f"/tasks?{query}").json["items"]]


def test_a_task_is_done_and_opened_again(mira: Keeper) -> None:
    leo = mira.client("Leo Brandt")["id"]
    task = add(mira, "Ask for references", clientId=leo, dueAt="2020-01-01T10:00:00Z")
    path = f"/tasks/{task['id']}"
    assert task["overdue"] is True

    changed = mira.put(path, {"title": "Ask twice", "version": 1}).json
    assert (changed["title"], changed["dueAt"], changed["overdue"]) == ("Ask twice", None, False)
    assert mira.put(path, {"title": "x", "version": 1}).problem["code"] == "changed-meanwhile"

    done = mira.post(f"{path}/done", {"version": 2}).json
    assert done["doneAt"] is not None
    assert mira.post(f"{path}/done", {"version": 2}).json == done
    assert (titles(mira), titles(mira, "state=done")) == ([], ["Ask twice"])
    assert mira.post(f"{path}/reopen", {"version": 2}).problem["code"] == "changed-meanwhile"
    assert mira.post(f"{path}/reopen", {"version": 3}).json["doneAt"] is None

    found = mira.get(f"/tasks?clientId={leo}").json["items"]
    assert [one["clientName"] for one in found] == ["Leo Brandt"]
    assert mira.delete(path).status == 204
    assert mira.get(path).problem["code"] == "no-such-task"


def test_overdue_ones_come_first_and_those_without_a_date_last(mira: Keeper) -> None:
    add(mira, "some day")
    add(mira, "another day")
    add(mira, "far", dueAt="2150-01-01T10:00:00Z")
    add(mira, "late", dueAt="2020-01-01T10:00:00Z")
    expected = ["late", "far", "some day", "another day"]
    assert titles(mira) == expected
    assert titles(mira, "until=2030-01-01T00:00:00Z") == ["late"]
    assert titles(mira, "since=2030-01-01T00:00:00Z") == ["far"]

    seen: list[str] = []
    cursor = ""
    while len(seen) < 10:
        page = mira.get(f"/tasks?limit=1{cursor}").json
        seen += [one["title"] for one in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert seen == expected


def test_without_a_client_it_is_sealed_as_her_own(mira: Keeper, database: Database) -> None:
    add(mira, "Buy candles at Okarinabrot", notes="Two dozen.")
    with database.transaction() as work:
        row = work.execute(
            "SELECT client_id, key_version, encrypted_payload FROM crm.tasks"
        ).fetchone()
    assert row is not None
    assert (row["client_id"], row["key_version"]) == (None, 1)
    assert b"Okarinabrot" not in bytes(row["encrypted_payload"])
    assert mira.get("/tasks").json["items"][0]["notes"] == "Two dozen."
