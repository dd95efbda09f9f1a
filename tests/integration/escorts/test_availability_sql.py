"""Availability in SQL: the same results as in Python."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from escorts.domain.availability import AvailabilityPlace, Period, is_available, open_periods
from escorts.domain.offer import WeeklyRule
from kit.db import Database, UnitOfWork
from kit.ids import new_id
from kit.local_time import first_instant, last_instant
from tests.factories.availability import CITIES, ODD_DAYS, ZONES, Case, cases
from tests.factories.escorts import make_account

SHARED = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def profile_id(database: Database) -> UUID:
    """Return a draft profile, with cities in every zone of the cases."""
    identity, user_id = new_id(), make_account(database, "escort")
    with database.transaction() as work:
        for zone, city in CITIES.items():
            work.execute(
                "INSERT INTO escorts.cities VALUES (%s, %s, 'DE', '', %s, 'EUR', 1, 1)"
                " ON CONFLICT DO NOTHING",
                (city, city.title(), zone),
            )
        work.execute(
            """
            INSERT INTO escorts.slugs (slug, profile_id, claimed_at) VALUES ('someone', %s, now())
            """,
            (identity,),
        )
        work.execute(
            """
            INSERT INTO escorts.profiles (id, user_id, slug, name, city, birth_date_sealed, age,
                age_checked_on, over18, over18_attested_at, created_at, updated_at)
            VALUES (%s, %s, 'someone', 'Someone', 'berlin', '', 30, now(), true, now(), now(), now())
            """,
            (identity, user_id),
        )
    return identity


def store(work: UnitOfWork, profile_id: UUID, case: Case) -> None:
    schedule = case.schedule
    for table in ("tours", "availability_exceptions", "available_now", "availability"):
        work.execute(f"DELETE FROM escorts.{table} WHERE profile_id = %s", (profile_id,))
    work.execute(
        "UPDATE escorts.profiles SET city = %s WHERE id = %s", (schedule.home.city, profile_id)
    )
    _hours(work, "availability", profile_id, schedule.rules)
    for tour in schedule.tours:
        plan = tour.plan
        work.execute(
            "INSERT INTO escorts.tours (id, profile_id, city, zone, first_day, last_day, at_home)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (
                tour.id,
                profile_id,
                plan.city,
                tour.zone,
                plan.first_day,
                plan.last_day,
                plan.at_home,
            ),
        )
        _hours(work, "tour_hours", tour.id, plan.hours)
    for item in schedule.exceptions:
        work.execute(
            "INSERT INTO escorts.availability_exceptions VALUES"
            " (%s, %s, %s, tstzrange(%s, %s), %s)",
            (item.id, profile_id, item.is_open, item.span.start, item.span.end, item.zone),
        )
    if schedule.available_now:
        work.execute(
            "INSERT INTO escorts.available_now VALUES (%s, %s, %s)",
            (profile_id, schedule.available_now.start, schedule.available_now.end),
        )


def _hours(work: UnitOfWork, table: str, key: UUID, rules: tuple[WeeklyRule, ...]) -> None:
    for rule in {(rule.weekday, rule.start): rule for rule in reversed(rules)}.values():
        work.execute(
            f"INSERT INTO escorts.{table} VALUES (%s, %s, %s, %s)",
            (key, rule.weekday, rule.start, rule.end),
        )


def distinct(case: Case) -> bool:
    """Tell whether no two rules start together: the tables store only one of them."""
    weeks = [case.schedule.rules, *(tour.plan.hours for tour in case.schedule.tours)]
    return all(len({(r.weekday, r.start) for r in week}) == len(week) for week in weeks)


@pytest.mark.slow
@SHARED
@given(case=cases().filter(distinct), length=st.integers(1, 300))
def test_open_periods_in_sql_and_python_agree(
    database: Database, profile_id: UUID, case: Case, length: int
) -> None:
    start, end = case.window.start, case.window.end
    expected = open_periods(case.schedule, start, end)
    duration = timedelta(minutes=length)
    starts = [start, *(p.start for p in expected), *(p.end - duration for p in expected)]
    work = database.begin()
    try:
        store(work, profile_id, case)
        rows = work.execute(
            "SELECT city, zone, lower(r) AS starts, upper(r) AS ends"
            " FROM escorts.open_periods(%s, tstzrange(%s, %s)) o, unnest(o.open) r",
            (profile_id, start, end),
        ).fetchall()
        found = sorted(
            Period(r["starts"], r["ends"], AvailabilityPlace(r["city"], r["zone"])) for r in rows
        )
        assert found == expected
        for at in starts:
            row = work.execute(
                "SELECT escorts.is_open(%(id)s, r) AS anywhere,"
                " escorts.is_open_in(%(id)s, %(city)s, r) AS here"
                " FROM tstzrange(%(start)s, %(end)s) r",
                {"id": profile_id, "city": case.schedule.home.city, "start": at,
                 "end": at + duration},
            ).fetchone()  # fmt: skip
            assert row is not None
            event(f"open: {row['anywhere']}")
            assert row["anywhere"] == is_available(case.schedule, at, duration)
            home = case.schedule.home.city
            assert row["here"] == is_available(case.schedule, at, duration, home)
    finally:
        work.rollback()


@pytest.mark.parametrize("zone", [*ZONES, "Antarctica/Troll", "UTC"])
def test_local_time_on_clock_changes_is_same_in_sql(database: Database, zone: str) -> None:
    days = ODD_DAYS.get(zone, ODD_DAYS["Europe/Berlin"])
    walls = [
        datetime(day.year, day.month, day.day, tzinfo=UTC).replace(tzinfo=None)
        + timedelta(minutes=15 * quarter)
        for day in days
        for quarter in range(-96, 192)
    ]
    with database.transaction() as work:
        rows = work.execute(
            "SELECT escorts.first_instant(w, %(zone)s) AS first,"
            " escorts.last_instant(w, %(zone)s) AS last"
            " FROM unnest(%(walls)s::timestamp[]) WITH ORDINALITY AS x (w, n) ORDER BY n",
            {"zone": zone, "walls": walls},
        ).fetchall()
    found = [(row["first"], row["last"]) for row in rows]
    assert found == [(first_instant(w, zone), last_instant(w, zone)) for w in walls]
    assert zone == "UTC" or any(first != last for first, last in found)
