"""References through the API, and their deletion."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from kit import clock
from kit.db import Database
from tests.factories.crm import CrmFactory, CrmUser
from tests.fixtures.functions import FunctionClient

REFEREE = "Aurelia Sommerfeld"


def reference(provider: CrmUser, **changes: Any) -> dict[str, Any]:
    """Add a reference; return it as the API shows it."""
    sent = {
        "clientId": provider.create_client()["id"],
        "name": REFEREE,
        "contact": "aurelia@sommerfeld.test",
        "relationship": "saw him twice",
    }
    answer = provider.post("/references", sent | changes)
    assert answer.status == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def days_until(stamp: str) -> int:
    """Return the number of days until a time."""
    return round((datetime.fromisoformat(stamp) - clock.now()) / timedelta(days=1))


def test_reference_is_encrypted_and_shows_deletion_date(
    provider: CrmUser, database: Database
) -> None:
    made = reference(provider)
    assert (made["status"], made["answeredAt"]) == ("pending", None)
    assert days_until(made["forgottenOn"]) == 90

    with database.transaction() as work:
        row = str(work.execute("SELECT * FROM crm.client_references").fetchone())
    assert REFEREE not in row
    assert "sommerfeld" not in row
    assert "twice" not in row


def test_reference_deletion_date_counts_from_answer(provider: CrmUser, database: Database) -> None:
    made = reference(provider, contactedAt=(clock.now() - timedelta(days=400)).isoformat())
    assert days_until(made["forgottenOn"]) == 90
    path = f"/references/{made['id']}"
    body = {"name": REFEREE, "status": "positive", "forgetAfterDays": 30}

    answered = provider.put(path, body | {"version": 1}).json
    assert days_until(answered["answeredAt"]) == 0
    assert days_until(answered["forgottenOn"]) == 30

    with database.transaction() as work:
        work.execute(
            "UPDATE crm.client_references SET answered_at = answered_at - interval '9 days'"
        )
    noted = provider.put(path, body | {"notes": "Kind words.", "version": 2}).json
    assert (days_until(noted["answeredAt"]), days_until(noted["forgottenOn"])) == (-9, 21)
    turned = provider.put(path, body | {"status": "negative", "version": 3}).json
    assert days_until(turned["forgottenOn"]) == 30
    assert provider.put(path, body | {"version": 3}).problem["code"] == "changed-meanwhile"


def test_reference_expiry_job_deletes_due_references(
    provider: CrmUser,
    crm_factory: CrmFactory,
    database: Database,
    functions: Callable[..., FunctionClient],
) -> None:
    nora = crm_factory.create_user("nora-lind")
    expired, lasting = reference(provider, forgetAfterDays=5), reference(provider)
    reference(nora, forgetAfterDays=5)
    with database.transaction() as work:
        work.execute(
            "UPDATE crm.client_references SET forgotten_on = forgotten_on - interval '6 days'"
        )

    assert functions("CrmScheduled").invoke({"job": "delete-expired-references"}) == {"count": 2}
    assert provider.get(f"/references/{expired['id']}").status == 404
    assert [one["id"] for one in provider.get("/references").json["items"]] == [lasting["id"]]
    assert nora.get("/references").json["items"] == []
    assert provider.delete(f"/references/{lasting['id']}").status == 204


def test_reference_under_legal_hold_is_not_deleted(
    provider: CrmUser, database: Database, functions: Callable[..., FunctionClient]
) -> None:
    held, free = reference(provider), reference(provider)
    hold = provider.post("/holds", {"clientId": held["clientId"], "reason": "A court asked."}).json
    with database.transaction() as work:
        work.execute(
            "UPDATE crm.client_references SET forgotten_on = forgotten_on - interval '99 days'"
        )

    scheduled = functions("CrmScheduled")
    assert scheduled.invoke({"job": "delete-expired-references"}) == {"count": 1}
    assert provider.get(f"/references/{free['id']}").status == 404
    assert provider.get(f"/references/{held['id']}").json["name"] == REFEREE
    assert provider.delete(f"/holds/{hold['id']}").status in (200, 204)
    assert scheduled.invoke({"job": "delete-expired-references"}) == {"count": 1}


def test_reference_contacted_in_the_future_is_rejected(provider: CrmUser) -> None:
    answer = provider.post(
        "/references",
        {
            "clientId": provider.create_client()["id"],
            "name": REFEREE,
            "contactedAt": (clock.now() + timedelta(days=1)).isoformat(),
        },
    )
    assert (answer.problem["code"], answer.problem["field"]) == ("contact-ahead", "contactedAt")
