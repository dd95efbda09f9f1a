"""Concurrent changes of profiles: the first wins, the other gets an error."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from escorts.domain.profiles import Profile
from escorts.publisher import ProfileEvents
from escorts.repository import Directory, Profiles, Verifications
from escorts.repository.slugs import slug_reader
from escorts.schemas.requests import CreateProfile
from escorts.service.my_profile import ProfileService
from kit import clock
from kit.db import Database, UnitOfWork
from kit.errors import DomainError
from tests.factories.escorts import PROFILE, make_account
from tests.factories.waiting import PATIENCE
from tests.fakes.escorts import PlainBirthDates

BODY = CreateProfile.model_validate(PROFILE)
ROUNDS = 5


def provider(work: UnitOfWork) -> ProfileService:
    profiles, verifications = Profiles(work), Verifications(work)
    publisher, sealed = ProfileEvents(work.outbox, slug_reader(work)), PlainBirthDates()
    return ProfileService(profiles, verifications, Directory(work), publisher, sealed, clock.now)


type Act = Callable[[ProfileService], Any]


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
                    return act(provider(work))
                except DomainError as error:
                    work.rollback()
                    return error.code

        databases = [database_as("escorts_dashboard") for _ in acts]
        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run_one, acts, databases))

    return run


def create(user_id: UUID) -> Act:
    return lambda p: p.create(user_id, BODY.to_content(), BODY.date_of_birth)


def test_concurrent_creates_of_one_account_store_one(
    database: Database, at_once: Callable[..., list[Any]]
) -> None:
    for _ in range(ROUNDS):
        user_id = make_account(database, "escort")
        results = at_once(create(user_id), create(user_id))
        assert sum(isinstance(item, Profile) for item in results) == 1
        assert "profile-exists" in results


def test_concurrent_claims_of_one_slug_have_one_winner(
    database: Database, at_once: Callable[..., list[Any]]
) -> None:
    users = [make_account(database, "escort") for _ in range(4)]
    profiles = at_once(*(create(user_id) for user_id in users))
    assert len({profile.slug for profile in profiles}) == 4
    assert {"mira-valen", "mira-valen-berlin"} < {profile.slug for profile in profiles}

    def claim(profile: Profile) -> Act:
        return lambda p: p.update(
            profile.user_id, profile.id, profile.version, profile.content, slug="the-one"
        )

    results = at_once(*(claim(profile) for profile in profiles))
    assert sum(isinstance(item, Profile) for item in results) == 1
    assert results.count("slug-taken") == 3


def test_concurrent_updates_of_one_profile_have_one_winner(
    database: Database, at_once: Callable[..., list[Any]]
) -> None:
    user_id = make_account(database, "escort")
    with database.transaction() as work:
        profile = create(user_id)(provider(work))
    for _ in range(ROUNDS):
        same: Profile = profile

        def update(p: ProfileService, seen: Profile = same) -> Profile:
            return p.update(user_id, seen.id, seen.version, seen.content)

        results = at_once(update, update)
        assert results.count("profile-changed") == 1
        profile = next(item for item in results if isinstance(item, Profile))
        assert profile.version == same.version + 1


def test_concurrent_submissions_store_one_request(
    database: Database, at_once: Callable[..., list[Any]]
) -> None:
    user_id = make_account(database, "escort")
    with database.transaction() as work:
        profile = create(user_id)(provider(work))

    def submit(p: ProfileService) -> Profile:
        return p.submit(user_id, profile.id, 1)

    results = at_once(submit, submit, submit)
    assert results.count("verification-waiting") == 2
    with database.transaction() as work:
        assert len(Verifications(work).list_for_profile(profile.id)) == 1
