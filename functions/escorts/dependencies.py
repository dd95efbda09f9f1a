"""The composition root: what a request's use cases are made of. Tests override from here.

This half serves everybody; `room_dependencies` has what providers and staff do, and its own function.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends

from contracts.identity import Permission
from escorts import settings
from escorts.service.public_availability import OpenHours
from escorts.service.public_profiles import Browsing
from escorts.service.saved_items import Favourites, SavedSearches
from escorts.service.search import Search
from kit import clock
from kit.auth import Audience, Principal, optional_session, requires
from kit.db import UnitOfWork
from kit.http import unit_of_work
from kit.ratelimit import RateLimiter

WRITES_PER_HOUR = 600

type Work = Annotated[UnitOfWork, Depends(unit_of_work)]
type Keeper = Annotated[Principal, requires(Permission.MANAGE_OWN_FAVOURITES)]
type Visitor = Annotated[Principal | None, optional_session()]
type Anybody = Annotated[Principal | None, optional_session(Audience.SITE, Audience.ADMIN)]


async def browsing(work: Work) -> Browsing:
    """Return the public side."""
    return Browsing(work)


async def searching(work: Work) -> Search:
    """Return the search."""
    return Search(work, clock.now)


async def open_hours(work: Work) -> OpenHours:
    """Return what the public sees of a provider's time."""
    return OpenHours(work, clock.now)


async def kept_favourites(work: Work, keeper: Keeper) -> Favourites:
    """Return one's favourites."""
    return Favourites(work, clock.now, keeper.user_id)


async def kept_searches(work: Work, keeper: Keeper) -> SavedSearches:
    """Return one's saved searches."""
    return SavedSearches(work, clock.now, keeper.user_id)


async def limit_keeping(keeper: Keeper) -> None:
    """Stop a script that keeps and drops for ever."""
    count_write(keeper)


def is_staff(principal: Principal | None) -> bool:
    """Tell whether somebody works here, and is in the staff's room."""
    return (
        principal is not None
        and principal.audience is Audience.ADMIN
        and Permission.READ_ALL_ESCORT_PROFILES in principal.permissions
    )


def count_write(principal: Principal) -> None:
    """Count one of the writes that a person has in an hour, wherever they write."""
    limiter().hit(
        f"escorts.write|{principal.user_id}", limit=WRITES_PER_HOUR, window=timedelta(hours=1)
    )


def limiter() -> RateLimiter:
    """Return what counts."""
    return RateLimiter(settings.rate_limits_table())


type PublicSide = Annotated[Browsing, Depends(browsing)]
type Searching = Annotated[Search, Depends(searching)]
type PublicHours = Annotated[OpenHours, Depends(open_hours)]
type KeptFavourites = Annotated[Favourites, Depends(kept_favourites)]
type KeptSearches = Annotated[SavedSearches, Depends(kept_searches)]
