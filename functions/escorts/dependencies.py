"""The composition root: what a request's use cases are made of. Tests override from here."""

from datetime import timedelta
from functools import cache
from typing import Annotated

from fastapi import Depends

from contracts.identity import Permission
from escorts import settings
from escorts.publisher import Publisher
from escorts.repository import Directory, Profiles, Verifications
from escorts.repository.addresses import addresses_in
from escorts.repository.appearances import Appearances
from escorts.repository.availability import Availability
from escorts.repository.vault import PURPOSE, BirthDates
from escorts.service.availability import OwnTime
from escorts.service.browsing import Browsing
from escorts.service.moderation import Moderation
from escorts.service.open_hours import OpenHours
from escorts.service.provider import Provider
from escorts.service.room import Room
from escorts.service.saved import Favourites, SavedSearches
from escorts.service.search import Search
from kit import clock
from kit.auth import Audience, Principal, requires, visitor
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.http import unit_of_work
from kit.ratelimit import RateLimiter

WRITES_PER_HOUR = 600
SUBMISSIONS_PER_DAY = 10

type Work = Annotated[UnitOfWork, Depends(unit_of_work)]
type Owner = Annotated[Principal, requires(Permission.UPDATE_OWN_ESCORT_PROFILE)]
# Her own room: a session of its own, so a visitor's session of the same person does not open it.
AT_HOME = requires(
    Permission.UPDATE_OWN_ESCORT_PROFILE,
    audience=Audience.ADMIN,
    sign_in="/{slug}/admin/login",
)
type Resident = Annotated[Principal, AT_HOME]
type Staff = Annotated[Principal, requires(Permission.VERIFY_ESCORTS, audience=Audience.ADMIN)]
type Warden = Annotated[
    Principal, requires(Permission.UPDATE_ESCORT_STATUS, audience=Audience.ADMIN)
]
type Keeper = Annotated[Principal, requires(Permission.MANAGE_OWN_FAVOURITES)]
type Visitor = Annotated[Principal | None, visitor()]
type Anybody = Annotated[Principal | None, visitor(Audience.SITE, Audience.ADMIN)]


async def browsing(work: Work) -> Browsing:
    """Return the public side."""
    return Browsing(work)


async def searching(work: Work) -> Search:
    """Return the search."""
    return Search(work, clock.now)


async def provider(work: Work) -> Provider:
    """Return what an owner may do."""
    return Provider(
        profiles=Profiles(work),
        verifications=Verifications(work),
        directory=Directory(work),
        publisher=Publisher(work.outbox, addresses_in(work)),
        birth_dates=birth_dates(),
        now=clock.now,
    )


async def owners_room(work: Work, provider: Annotated[Provider, Depends(provider)]) -> Room:
    """Return what an owner may do with her profile's address and look."""
    return Room(provider, Appearances(work))


async def own_time(work: Work, provider: Annotated[Provider, Depends(provider)]) -> OwnTime:
    """Return what an owner may do with her time."""
    return OwnTime(provider, Availability(work))


async def open_hours(work: Work) -> OpenHours:
    """Return what the public sees of a provider's time."""
    return OpenHours(work, clock.now)


async def kept_favourites(work: Work, keeper: Keeper) -> Favourites:
    """Return one's favourites."""
    return Favourites(work, clock.now, keeper.user_id)


async def kept_searches(work: Work, keeper: Keeper) -> SavedSearches:
    """Return one's saved searches."""
    return SavedSearches(work, clock.now, keeper.user_id)


async def moderation(work: Work) -> Moderation:
    """Return what staff may do."""
    return Moderation(
        profiles=Profiles(work),
        verifications=Verifications(work),
        publisher=Publisher(work.outbox, addresses_in(work)),
        birth_dates=birth_dates(),
        now=clock.now,
    )


async def limit_writes(owner: Owner) -> None:
    """Stop a script that saves the same profile for ever."""
    _count_write(owner)


async def limit_room_writes(resident: Resident) -> None:
    """Stop it in the room, too: both count together."""
    _count_write(resident)


async def limit_submissions(owner: Owner) -> None:
    """Stop one provider from filling the staff's queue."""
    _count_submission(owner)


async def limit_room_submissions(resident: Resident) -> None:
    """Stop her in the room, too: both count together."""
    _count_submission(resident)


async def limit_keeping(keeper: Keeper) -> None:
    """Stop a script that keeps and drops for ever."""
    _count_write(keeper)


def birth_dates() -> BirthDates:
    """Return what seals and opens birth dates."""
    return BirthDates(_envelope(settings.private_data_key()))


def is_staff(principal: Principal | None) -> bool:
    """Tell whether somebody works here, and is in the staff's room."""
    return (
        principal is not None
        and principal.audience is Audience.ADMIN
        and Permission.READ_ALL_ESCORT_PROFILES in principal.permissions
    )


def _count_write(owner: Principal) -> None:
    _limiter().hit(
        f"escorts.write|{owner.user_id}", limit=WRITES_PER_HOUR, window=timedelta(hours=1)
    )


def _count_submission(owner: Principal) -> None:
    _limiter().hit(
        f"escorts.submit|{owner.user_id}", limit=SUBMISSIONS_PER_DAY, window=timedelta(days=1)
    )


def _limiter() -> RateLimiter:
    return RateLimiter(settings.rate_limits_table())


@cache
def _envelope(key_arn: str) -> Envelope:
    # One per environment: it caches the data key.
    return Envelope(key_arn, PURPOSE)


type PublicSide = Annotated[Browsing, Depends(browsing)]
type Searching = Annotated[Search, Depends(searching)]
type OwnerSide = Annotated[Provider, Depends(provider)]
type OwnersRoom = Annotated[Room, Depends(owners_room)]
type OwnersTime = Annotated[OwnTime, Depends(own_time)]
type PublicHours = Annotated[OpenHours, Depends(open_hours)]
type KeptFavourites = Annotated[Favourites, Depends(kept_favourites)]
type KeptSearches = Annotated[SavedSearches, Depends(kept_searches)]
type StaffSide = Annotated[Moderation, Depends(moderation)]
