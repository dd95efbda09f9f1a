"""Concurrent changes of one provider's availability."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from escorts.domain.offer import WeeklyRule
from escorts.domain.tours import NewTour, Tour
from escorts.publisher import ProfileEvents
from escorts.repository import Directory, Profiles, Verifications
from escorts.repository.availability import AvailabilityRepository
from escorts.repository.slugs import slug_reader
from escorts.schemas.requests import CreateProfile
from escorts.service.availability import NewSchedule, OwnAvailabilityService
from escorts.service.my_profile import ProfileService
from kit import clock
from kit.db import Database, UnitOfWork
from kit.errors import DomainError
from kit.intervals import Interval
from kit.local_time import local_date
from tests.factories.escorts import PROFILE, make_account
from tests.factories.waiting import PATIENCE
from tests.fakes.escorts import PlainBirthDates

BODY = CreateProfile.model_validate(PROFILE)
ROUNDS = 5

type Act = Callable[[OwnAvailabilityService], Any]


def own_time(work: UnitOfWork) -> OwnAvailabilityService:
    provider = ProfileService(
        Profiles(work),
        Verifications(work),
        Directory(work),
        ProfileEvents(work.outbox, slug_reader(work)),
        PlainBirthDates(),
        clock.now,
    )
    return OwnAvailabilityService(provider, AvailabilityRepository(work))


@pytest.fixture
def at_once(database_as: Callable[[str], Database]) -> Callable[..., list[Any]]:
    """Run use cases in parallel transactions; return results, or the codes of refusals."""

    def run(*acts: Act) -> list[Any]:
        barrier = Barrier(len(acts), timeout=PATIENCE)

        def run_one(act: Act, database: Database) -> Any:
            with database.transaction() as work:
                work.execute("SELECT 1")
                barrier.wait()
                try:
                    return act(own_time(work))
                except DomainError as error:
                    work.rollback()
                    return error.code

        databases = [database_as("escorts_dashboard") for _ in acts]
        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run_one, acts, databases))

    return run


@pytest.fixture
def provider(database: Database) -> tuple[UUID, UUID]:
    user_id = make_account(database, "escort")
    with database.transaction() as work:
        provider = own_time(work).profile_service
        profile = provider.create(user_id, BODY.to_content(), BODY.date_of_birth)
    return user_id, profile.id


def day(offset: int) -> date:
    return local_date(clock.now(), "Europe/Berlin") + timedelta(days=offset)


@pytest.mark.slow
def test_concurrent_overlapping_tours_store_one(
    provider: tuple[UUID, UUID], at_once: Callable[..., list[Any]]
) -> None:
    def plan(city: str, offset: int) -> Act:
        return lambda time: time.add_tour(*provider, NewTour(city, day(offset), day(offset + 3)))

    for number in range(ROUNDS):
        begin = 10 * number + 1
        results = at_once(
            plan("hamburg", begin), plan("vienna", begin + 1), plan("zurich", begin + 2)
        )
        assert sum(isinstance(item, Tour) for item in results) == 1
        assert results.count("tours-overlap") == 2


@pytest.mark.slow
def test_concurrent_weekly_hours_are_stored_whole(
    provider: tuple[UUID, UUID], database: Database, at_once: Callable[..., list[Any]]
) -> None:
    def week(hour: int) -> Act:
        rules = tuple(WeeklyRule(run_one, time(hour), time(hour + 1)) for run_one in range(1, 8))
        plan = NewSchedule(rules, (), (NewTour("hamburg", day(hour), day(hour + 1)),), None)
        return lambda own: own.replace_schedule(*provider, plan)

    for _ in range(ROUNDS):
        assert all(not isinstance(item, str) for item in at_once(*map(week, (9, 12, 15))))
        with database.transaction() as work:
            schedule = own_time(work).get(provider[1])
        hours = {rule.start.hour for rule in schedule.rules}
        assert len(hours) == 1
        assert len(schedule.rules) == 7
        assert [tour.plan.first_day for tour in schedule.tours] == [day(hours.pop())]


@pytest.mark.slow
def test_concurrent_available_now_and_clear_are_consistent(
    provider: tuple[UUID, UUID], database: Database, at_once: Callable[..., list[Any]]
) -> None:
    def say(minutes: int) -> Act:
        return lambda own: own.set_available_now(*provider, minutes)

    for _ in range(ROUNDS):
        results = at_once(say(30), say(60), lambda own: own.clear_available_now(*provider))
        assert not any(isinstance(item, str) for item in results)
        with database.transaction() as work:
            now = own_time(work).get(provider[1]).available_now
        assert now in {None, *(item for item in results if isinstance(item, Interval))}
