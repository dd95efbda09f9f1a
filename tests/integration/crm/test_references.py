"""Referees: kept short, since nobody asked them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from kit import clock
from kit.db import Database
from tests.factories.crm import Books, Keeper
from tests.fixtures.functions import FunctionClient

REFEREE = "Aurelia Sommerfeld"


def reference(mira: Keeper, **changes: Any) -> dict[str, Any]:
    """Write a referee down; return them as the API shows them."""
    sent = {
        "clientId": mira.client()["id"],
        "name": REFEREE,
        "contact": "aurelia@sommerfeld.test",
        "relationship": "saw him twice",
    }
    answer = mira.post("/references", sent | changes)
    assert answer.status == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def days_until(stamp: str) -> int:
    """Return in how many days something is."""
    return round((datetime.fromisoformat(stamp) - clock.now()) / timedelta(days=1))


def test_who_they_are_is_sealed_and_when_they_go_is_said(mira: Keeper, database: Database) -> None:
    made = reference(mira)
    assert (made["status"], made["answeredAt"]) == ("pending", None)
    assert days_until(made["forgottenOn"]) == 90

    with database.transaction() as work:
        row = str(work.execute("SELECT * FROM crm.client_references").fetchone())
    assert REFEREE not in row
    assert "sommerfeld" not in row
    assert "twice" not in row


def test_the_time_runs_from_the_answer_on(mira: Keeper, database: Database) -> None:
    made = reference(mira, contactedAt=(clock.now() - timedelta(days=400)).isoformat())
    assert days_until(made["forgottenOn"]) == 90
    path = f"/references/{made['id']}"
    body = {"name": REFEREE, "status": "positive", "forgetAfterDays": 30}

    answered = mira.put(path, body | {"version": 1}).json
    assert days_until(answered["answeredAt"]) == 0
    assert days_until(answered["forgottenOn"]) == 30

    with database.transaction() as work:
        work.execute(
            "UPDATE crm.client_references SET answered_at = answered_at - interval '9 days'"
        )
    noted = mira.put(path, body | {"notes": "Kind words.", "version": 2}).json
    assert (days_until(noted["answeredAt"]), days_until(noted["forgottenOn"])) == (-9, 21)
    turned = mira.put(path, body | {"status": "negative", "version": 3}).json
    assert days_until(turned["forgottenOn"]) == 30
    assert mira.put(path, body | {"version": 3}).problem["code"] == "changed-meanwhile"


def test_the_night_forgets_them(
    mira: Keeper,
    books: Books,
    database: Database,
    functions: Callable[..., FunctionClient],
) -> None:
    nora = books.keeper("nora-lind")
    gone, kept = reference(mira, forgetAfterDays=5), reference(mira)
    reference(nora, forgetAfterDays=5)
    with database.transaction() as work:
        work.execute(
            "UPDATE crm.client_references SET forgotten_on = forgotten_on - interval '6 days'"
        )

    assert functions("CrmScheduled").invoke({"job": "delete-expired-references"}) == {"count": 2}
    assert mira.get(f"/references/{gone['id']}").status == 404
    assert [one["id"] for one in mira.get("/references").json["items"]] == [kept["id"]]
    assert nora.get("/references").json["items"] == []
    assert mira.delete(f"/references/{kept['id']}").status == 204


def test_a_legal_hold_goes_before(
    mira: Keeper, database: Database, functions: Callable[..., FunctionClient]
) -> None:
    held, free = reference(mira), reference(mira)
    hold = mira.post("/holds", {"clientId": held["clientId"], "reason": "A court asked."}).json
    with database.transaction() as work:
        work.execute(
            "UPDATE crm.client_references SET forgotten_on = forgotten_on - interval '99 days'"
        )

    scheduled = functions("CrmScheduled")
    assert scheduled.invoke({"job": "delete-expired-references"}) == {"count": 1}
    assert mira.get(f"/references/{free['id']}").status == 404
    assert mira.get(f"/references/{held['id']}").json["name"] == REFEREE
    assert mira.delete(f"/holds/{hold['id']}").status in (200, 204)
    assert scheduled.invoke({"job": "delete-expired-references"}) == {"count": 1}


def test_nobody_is_written_to_tomorrow(mira: Keeper) -> None:
    answer = mira.post(
        "/references",
        {
            "clientId": mira.client()["id"],
            "name": REFEREE,
            "contactedAt": (clock.now() + timedelta(days=1)).isoformat(),
        },
    )
    assert (answer.problem["code"], answer.problem["field"]) == ("contact-ahead", "contactedAt")
