"""Creation of the demo accounts and profiles, through the product's own use cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from auth.domain.accounts import Account
from auth.domain.hashing import PasswordHasher
from auth.repository.accounts import AccountRepository
from contracts.identity import Role, UserStatus
from escorts.dashboard_dependencies import birth_dates
from escorts.domain.profiles import City
from escorts.domain.verification import MAX_CHECK_AGE, VerificationChecks
from escorts.publisher import ProfileEvents
from escorts.repository import Directory, Profiles, Verifications
from escorts.repository.slugs import slug_reader
from escorts.service.moderation import Moderation, VerificationDecision
from escorts.service.my_profile import ProfileService
from kit import clock
from kit.db import UnitOfWork
from kit.ids import new_id
from local.demo.bookings import fill_calendar
from local.demo.crm import fill_workspace
from local.demo.logins import CLIENT, LOGINS, PASSWORD, PROVIDER, STAFF, Login
from local.demo.providers import Person, invent
from local.demo.tours import go_on_tour

__all__ = ["PEOPLE_PER_CITY", "WAITING_PER_CITY", "load"]

PEOPLE_PER_CITY = 26
WAITING_PER_CITY = 1  # of them, still in the review queue


def load(work: UnitOfWork, people_per_city: int = PEOPLE_PER_CITY) -> int:
    """Create accounts and profiles; return the number of public profiles."""
    ids = {login: _create_login(work, login) for login in LOGINS}
    cities = [city for city in Directory(work).cities() if city.listed]
    verified = (people_per_city - WAITING_PER_CITY) * len(cities)
    for number, person in _people(cities, people_per_city):
        owner = ids[PROVIDER] if number == 0 else _create_account(work, number, person)
        _publish(work, owner, person, ids[STAFF], verified=number < verified)
        if number < verified:
            go_on_tour(work, _provider(work, clock.now), owner, number, cities)
    _create_workspace(work, ids[PROVIDER], ids[CLIENT])
    # Demo profiles are no news for saved searches.
    work.execute("UPDATE outbox.messages SET sent_at = now() WHERE sent_at IS NULL")
    return verified


def _people(cities: list[City], people_per_city: int) -> Iterable[tuple[int, Person]]:
    """Yield people city by city in turn, so that the newest profiles of the directory are of all cities."""
    today = clock.now().date()
    for number in range(people_per_city * len(cities)):
        yield number, invent(number, cities[number % len(cities)], today)


def _create_login(work: UnitOfWork, login: Login) -> UUID:
    account = _new_account(login.email, Role(login.role), PasswordHasher().hash(PASSWORD))
    AccountRepository(work).add(account, None)
    return account.id


def _create_workspace(work: UnitOfWork, owner: UUID, client: UUID) -> None:
    others = [_new_account(f"guest{n}@example.org", Role.CLIENT, None) for n in range(2)]
    for other in others:
        AccountRepository(work).add(other, None)
    profile = Profiles(work).by_user(owner)
    if profile is not None:
        fill_calendar(work, profile.id, owner, [client, *(other.id for other in others)])
        zone = work.execute(
            "SELECT time_zone FROM escorts.bookable_profiles_v1 WHERE user_id = %s", (owner,)
        ).fetchone()
        fill_workspace(work, owner, zone["time_zone"] if zone else "Europe/Berlin")


def _create_account(work: UnitOfWork, number: int, person: Person) -> UUID:
    """Create a provider's account without a password, since no developer signs in with it."""
    joined = clock.now() - timedelta(days=person.joined_days_ago)
    account = _new_account(f"companion{number}@example.org", Role.ESCORT, None, joined)
    AccountRepository(work).add(account, None)
    return account.id


def _new_account(
    email: str, role: Role, password_hash: str | None, joined: datetime | None = None
) -> Account:
    moment = joined or clock.now()
    return Account(
        id=new_id(),
        email=email,
        password_hash=password_hash,
        role=role,
        status=UserStatus.ACTIVE,
        email_verified_at=moment,
        display_name=None,
        avatar_url=None,
        created_at=moment,
        updated_at=moment,
    )


def _publish(work: UnitOfWork, owner: UUID, person: Person, staff: UUID, *, verified: bool) -> None:
    joined = clock.now() - timedelta(days=person.joined_days_ago)
    provider = _provider(work, lambda: joined)
    profile = provider.create(owner, person.content, person.birth_date)
    consent = provider.profiles.current_consent()
    provider.submit(owner, profile.id, consent[0] if consent else 0)
    if not verified:
        return
    decided = joined + timedelta(hours=20)
    checks = VerificationChecks(
        document_checked_at=joined + timedelta(hours=18),
        liveness_checked_at=joined + timedelta(hours=19),
        expires_at=joined + timedelta(hours=18) + MAX_CHECK_AGE,
    )
    moderation = Moderation(
        profiles=Profiles(work),
        verifications=Verifications(work),
        events=ProfileEvents(work.outbox, slug_reader(work)),
        birth_dates=birth_dates(),
        now=lambda: decided,
    )
    moderation.decide(staff, profile.id, VerificationDecision.VERIFIED, checks=checks)


def _provider(work: UnitOfWork, now: Callable[[], datetime]) -> ProfileService:
    return ProfileService(
        profiles=Profiles(work),
        verifications=Verifications(work),
        directory=Directory(work),
        events=ProfileEvents(work.outbox, slug_reader(work)),
        birth_dates=birth_dates(),
        now=now,
    )
