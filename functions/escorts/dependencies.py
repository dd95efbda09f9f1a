"""The composition root: what a request's use cases are made of. Tests override from here.

This half serves everybody; `room_dependencies` has what providers and staff do, and its own function.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends

from contracts.identity import Permission
from escorts import settings
from escorts.service.public_availability import PublicAvailabilityService
from escorts.service.public_profiles import Browsing
from escorts.service.saved_items import Favourites, SavedSearches
from escorts.service.search import Search
from kit import clock
from kit.auth import Audience, Principal, requires, visitor
from kit.db import UnitOfWork
from kit.http import unit_of_work
from kit.ratelimit import RateLimiter

WRITES_PER_HOUR = 600

type Work = Annotated[UnitOfWork, Depends(unit_of_work)]
type AccountOwner = Annotated[Principal, requires(Permission.MANAGE_OWN_FAVOURITES)]
type Visitor = Annotated[Principal | None, visitor()]
type OptionalUser = Annotated[Principal | None, visitor(Audience.SITE, Audience.ADMIN)]


async def public_profiles(work: Work) -> Browsing:
    """Return the public side."""
    return Browsing(work)


async def search(work: Work) -> Search:
    """Return the search."""
    return Search(work, clock.now)


async def public_availability(work: Work) -> PublicAvailabilityService:
    """Return what the public sees of a provider's time."""
    return PublicAvailabilityService(work, clock.now)


async def favourites(work: Work, owner: AccountOwner) -> Favourites:
    """Return one's favourites."""
    return Favourites(work, clock.now, owner.user_id)


async def saved_searches(work: Work, owner: AccountOwner) -> SavedSearches:
    """Return one's saved searches."""
    return SavedSearches(work, clock.now, owner.user_id)


async def limit_saving(owner: AccountOwner) -> None:
    """Stop a script that keeps and drops for ever."""
    count_write(owner)


def is_staff(principal: Principal | None) -> bool:
    """Tell whether somebody works here, and is in the staff's room."""
    return (
        principal is not None
        and principal.audience is Audience.ADMIN
        and Permission.READ_ALL_ESCORT_PROFILES in principal.permissions
    )


def count_write(principal: Principal) -> None:
    """Count one of the writes that a person has in an hour, wherever they write."""
    rate_limiter().hit(
        f"escorts.write|{principal.user_id}", limit=WRITES_PER_HOUR, window=timedelta(hours=1)
    )


def rate_limiter() -> RateLimiter:
    """Return what counts."""
    return RateLimiter(settings.rate_limits_table())


type PublicProfilesDep = Annotated[Browsing, Depends(public_profiles)]
type SearchDep = Annotated[Search, Depends(search)]
type PublicAvailabilityDep = Annotated[PublicAvailabilityService, Depends(public_availability)]
type FavouritesDep = Annotated[Favourites, Depends(favourites)]
type SavedSearchesDep = Annotated[SavedSearches, Depends(saved_searches)]
