"""Integration tests of the demo data: every city has profiles, and the accounts can sign in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auth.domain.hashing import PasswordHasher
from auth.repository.accounts import AccountRepository
from escorts.dashboard_dependencies import birth_dates
from escorts.domain.avatar import avatar_svg
from kit.db import Database
from local.demo.load import PEOPLE_PER_CITY, WAITING_PER_CITY, load
from local.demo.logins import CLIENT, CRM_PATH, LOGINS, PASSWORD, PROVIDER, STAFF
from tests.fixtures.functions import FunctionClient

pytestmark = pytest.mark.slow


@pytest.fixture
def people(database: Database, cloud: dict[str, str]) -> int:
    """Database with the demo data."""
    return database.run(load)


def rows(database: Database, query: str) -> list[dict[str, Any]]:
    with database.transaction() as work:
        return list(work.execute(query))


def test_demo_data_fills_every_city(
    database: Database, people: int, functions: Callable[[str], FunctionClient]
) -> None:
    assert people >= 300
    found = rows(
        database, "SELECT city, count(*) AS n FROM escorts.public_profiles_v1 GROUP BY city"
    )
    assert len(found) == 12
    assert {row["n"] for row in found} == {PEOPLE_PER_CITY - WAITING_PER_CITY}

    profiles = rows(database, "SELECT * FROM escorts.public_profiles_v1")
    assert all(row["rates"] and row["availability"] and row["languages"] for row in profiles)
    assert len({row["bio"] for row in profiles}) > 200
    assert len({row["slug"] for row in profiles}) == people
    assert len({avatar_svg(row["id"]) for row in profiles}) == people

    page = functions("Gateway").get("/api/v1/escorts?location=vienna&limit=50")
    assert page.status == 200
    at_home = [item for item in page.json["items"] if item["city"] == "vienna"]
    assert len(at_home) == PEOPLE_PER_CITY - WAITING_PER_CITY

    touring = "SELECT count(*), count(*) FILTER (WHERE period @> now()) AS now FROM escorts.tours"
    (tours,) = rows(database, touring)
    assert 10 < tours["now"] < tours["count"] - 10

    waiting = "SELECT count(*) AS n FROM escorts.verifications WHERE status = 'pending'"
    assert rows(database, waiting)[0]["n"] == 12 * WAITING_PER_CITY

    sealed = rows(database, "SELECT id, birth_date_sealed FROM escorts.profiles LIMIT 1")[0]
    assert birth_dates().open(sealed["id"], sealed["birth_date_sealed"]).year > 1970

    unsent = rows(database, "SELECT count(*) AS n FROM outbox.messages WHERE sent_at IS NULL")
    assert unsent[0]["n"] == 0


def test_load_fewer_people_fills_every_city(database: Database, cloud: dict[str, str]) -> None:
    assert database.run(lambda work: load(work, 2)) == 12

    found = rows(
        database, "SELECT city, count(*) AS n FROM escorts.public_profiles_v1 GROUP BY city"
    )
    assert [row["n"] for row in found] == [1] * 12


def test_demo_logins_can_sign_in(database: Database, people: int) -> None:
    hasher = PasswordHasher()
    with database.transaction() as work:
        accounts = [AccountRepository(work).by_email(login.email) for login in LOGINS]
    for login, account in zip(LOGINS, accounts, strict=True):
        assert account is not None
        assert (account.role, account.status) == (login.role, "active")
        assert hasher.verify(PASSWORD, account.password_hash)

    owned = f"""
        SELECT p.slug FROM escorts.public_profiles_v1 p JOIN escorts.profiles q USING (id)
        JOIN auth.users u ON u.id = q.user_id WHERE u.email = '{PROVIDER.email}'
    """
    assert len(rows(database, owned)) == 1
    booked = rows(
        database,
        "SELECT status::text FROM bookings.bookings WHERE client_id ="
        f" (SELECT id FROM auth.users WHERE email = '{CLIENT.email}')",
    )
    assert {row["status"] for row in booked} == {"completed", "confirmed", "requested"}
    all_states = rows(database, "SELECT DISTINCT status::text FROM bookings.bookings")
    assert {row["status"] for row in all_states} >= {"accepted", "cancelled"}
    decided = f"""
        SELECT DISTINCT u.email FROM escorts.audit_log a JOIN auth.users u ON u.id = a.actor
        WHERE a.action = 'verification.verified' AND u.email = '{STAFF.email}'
    """
    assert len(rows(database, decided)) == 1


@pytest.mark.usefixtures("people")
def test_demo_provider_has_client_book(
    database: Database, functions: Callable[[str], FunctionClient]
) -> None:
    web = functions("Gateway")
    sent = {"email": PROVIDER.email, "password": PASSWORD}
    assert web.post(f"{CRM_PATH}/login", form=sent).status == 303
    for part, words in {
        "": (
            "Upcoming visits",
            "Confirm payment",
            "Screening that expires soon",
            "Last 12 months, EUR",
        ),
        "/clients": ("Leo Brandt", "Peter from the opera"),
        "/visits": ("Completed", "Planned"),
        "/tasks": ("Overdue",),
    }.items():
        page = web.get(f"{CRM_PATH}{part}", headers={"accept": "text/html"})
        assert page.status == 200, part
        assert [word for word in words if word not in page.text] == []

    sealed = rows(database, "SELECT encrypted_payload FROM crm.clients")
    assert len(sealed) == 12
    assert not any(b"Brandt" in bytes(row["encrypted_payload"]) for row in sealed)
    assert f"http://localhost:8080{CRM_PATH}/login" in Path("README.md").read_text("utf-8")
