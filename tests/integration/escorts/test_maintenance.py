"""Maintenance jobs and account closure."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.auth import AccountClosed
from kit import clock
from kit.db import Database
from tests.factories.escorts import API, PROFILE, DirectoryWorld, Person
from tests.fixtures.functions import FunctionClient

type Functions = Callable[..., FunctionClient]

# The birthday is half a year away, so that a year and a day hold one of them, whatever lies between.
BORN = (clock.now() - timedelta(days=30 * 365 + 190)).date().isoformat()


def types(database: Database) -> list[str]:
    with database.transaction() as work:
        rows = work.execute("SELECT type FROM outbox.messages ORDER BY id")
        return [row["type"] for row in rows]


def test_expired_verification_delists_without_job_and_job_records_it(
    directory: DirectoryWorld,
    staff: Person,
    visitor: FunctionClient,
    functions: Functions,
    database: Database,
    shift: Callable[[int], None],
) -> None:
    provider = directory.published(staff)
    shift(299)
    assert visitor.get(provider.path).status == 200
    shift(301)
    assert visitor.get(provider.path).status == 404
    assert visitor.get(f"{API}?location=berlin").json["items"] == []
    scheduled = functions("EscortsScheduled")
    assert scheduled.invoke({"job": "expire-verifications"}) == {"count": 1}
    assert scheduled.invoke({"job": "expire-verifications"}) == {"count": 0}
    assert types(database)[-1] == "VerificationExpired"
    with database.transaction() as work:
        row = work.execute("SELECT status FROM escorts.verifications").fetchone()
    assert row == {"status": "expired"}


def test_age_refresh_grows_age_once_a_year(
    directory: DirectoryWorld,
    staff: Person,
    functions: Functions,
    database: Database,
    shift: Callable[[int], None],
) -> None:
    provider = directory.published(staff, dateOfBirth=BORN)
    scheduled = functions("EscortsScheduled")

    def age() -> Any:
        with database.transaction() as work:
            return work.execute(
                "SELECT age, age_checked_on FROM escorts.profiles WHERE id = %s",
                (provider.profile_id,),
            ).fetchone()

    before = age()
    assert scheduled.invoke({"job": "refresh-ages"}) == {"count": 0}
    shift(366)
    assert scheduled.invoke({"job": "refresh-ages"}) == {"count": 1}
    assert age()["age"] == before["age"] + 1
    assert age()["age_checked_on"] > before["age_checked_on"]
    assert scheduled.invoke({"job": "refresh-ages"}) == {"count": 0}


def test_age_refresh_skips_unreadable_birth_date(
    directory: DirectoryWorld,
    functions: Functions,
    database: Database,
    shift: Callable[[int], None],
) -> None:
    for name in ("Mira", "Nora"):
        directory.provider().create(name=name, dateOfBirth=BORN)
    with database.transaction() as work:
        work.execute(
            """
            UPDATE escorts.profiles p SET birth_date_sealed = o.birth_date_sealed
            FROM escorts.profiles o WHERE p.name = 'Mira' AND o.name = 'Nora'
            """
        )
    shift(366)
    assert functions("EscortsScheduled").invoke({"job": "refresh-ages"}) == {"count": 2}
    with database.transaction() as work:
        rows = work.execute("SELECT name, age FROM escorts.profiles").fetchall()
    ages = {row["name"]: row["age"] for row in rows}
    assert ages["Nora"] == ages["Mira"] + 1


def closed(user_id: UUID) -> dict[str, Any]:
    detail = AccountClosed(user_id=user_id).envelope()
    body = {"source": "hellomahi.auth", "detail-type": "AccountClosed", "detail": detail}
    return {"Records": [{"messageId": str(uuid4()), "body": json.dumps(body)}]}


def test_closed_account_closes_profile(
    directory: DirectoryWorld,
    staff: Person,
    visitor: FunctionClient,
    functions: Functions,
    database: Database,
) -> None:
    provider, other = directory.published(staff), directory.published(staff, name="Nora Lind")
    consumer = functions("EscortsConsumer")
    event = closed(provider.user_id)
    for _ in range(2):
        assert consumer.invoke(event) == {"batchItemFailures": []}
    assert consumer.invoke(closed(provider.user_id)) == {"batchItemFailures": []}
    assert types(database).count("ProfileClosed") == 1

    for address in (provider.path, f"{API}/mira-valen"):
        assert visitor.get(address).status == 404
    assert provider.web.get(f"{API}/me").status == 404
    assert staff.web.get(provider.path).status == 404
    assert visitor.get(other.path).status == 200
    with database.transaction() as work:
        row = work.execute(
            "SELECT p::text AS line, p.height_cm, s.slugs, v.status, v.reason FROM escorts.profiles p,"
            " LATERAL (SELECT array_agg(slug) AS slugs FROM escorts.slugs"
            "          WHERE profile_id = p.id) s,"
            " LATERAL (SELECT * FROM escorts.verifications WHERE profile_id = p.id) v"
            " WHERE p.id = %s",
            (provider.profile_id,),
        ).fetchone()
        assert row is not None
        rates = work.execute(
            "SELECT FROM escorts.rates WHERE profile_id = %s", (provider.profile_id,)
        ).fetchall()
    assert (row["status"], row["reason"]) == ("revoked", "profile closed")
    assert row["slugs"] == [f"closed-{UUID(provider.profile_id).hex}"]
    assert rates == []
    for trace in ("Mira", "mira", "long dinners", PROFILE["dateOfBirth"]):
        assert trace not in row["line"]
    assert row["height_cm"] is None


def test_closed_account_without_profile_succeeds(functions: Functions) -> None:
    assert functions("EscortsConsumer").invoke(closed(uuid4())) == {"batchItemFailures": []}


def test_slug_of_closed_profile_is_free(
    directory: DirectoryWorld, staff: Person, functions: Functions
) -> None:
    provider = directory.published(staff)
    functions("EscortsConsumer").invoke(closed(provider.user_id))
    assert directory.provider().create().json["slug"] == "mira-valen"
