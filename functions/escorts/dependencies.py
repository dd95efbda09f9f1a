"""FastAPI dependencies shared by every route of the directory; tests override them.

Dependencies of providers and staff are in `dashboard_dependencies` and run in a function of their own.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends

from contracts.identity import Permission
from escorts import settings
from escorts.service.public_availability import PublicAvailabilityService
from escorts.service.public_profiles import PublicProfiles
from escorts.service.saved_items import FavouriteService, SavedSearchService
from escorts.service.search import Search
from kit import clock
from kit.auth import Audience, Principal, optional_session, requires
from kit.db import UnitOfWork
from kit.http import unit_of_work
from kit.ratelimit import RateLimiter

WRITES_PER_HOUR = 600

type UnitOfWorkDep = Annotated[UnitOfWork, Depends(unit_of_work)]
type AccountOwner = Annotated[Principal, requires(Permission.MANAGE_OWN_FAVOURITES)]
type OptionalSiteUser = Annotated[Principal | None, optional_session()]
type OptionalUser = Annotated[Principal | None, optional_session(Audience.SITE, Audience.ADMIN)]


async def public_profiles(work: UnitOfWorkDep) -> PublicProfiles:
    """Return the service for public profiles."""
    return PublicProfiles(work)


async def search(work: UnitOfWorkDep) -> Search:
    """Return the search service."""
    return Search(work, clock.now)


async def public_availability(work: UnitOfWorkDep) -> PublicAvailabilityService:
    """Return the service for public availability."""
    return PublicAvailabilityService(work, clock.now)


async def favourites(work: UnitOfWorkDep, owner: AccountOwner) -> FavouriteService:
    """Return the favourites of the signed-in client."""
    return FavouriteService(work, clock.now, owner.user_id)


async def saved_searches(work: UnitOfWorkDep, owner: AccountOwner) -> SavedSearchService:
    """Return the saved searches of the signed-in client."""
    return SavedSearchService(work, clock.now, owner.user_id)


async def limit_saving(owner: AccountOwner) -> None:
    """Limit writes to saved items per account, to stop a script that saves and deletes in a loop."""
    count_write(owner)


def is_staff(principal: Principal | None) -> bool:
    """Tell whether the principal is staff with a session for the staff pages."""
    return (
        principal is not None
        and principal.audience is Audience.ADMIN
        and Permission.READ_ALL_ESCORT_PROFILES in principal.permissions
    )


def count_write(principal: Principal) -> None:
    """Count one write against the account's hourly limit, shared by all routes."""
    rate_limiter().hit(
        f"escorts.write|{principal.user_id}", limit=WRITES_PER_HOUR, window=timedelta(hours=1)
    )


def rate_limiter() -> RateLimiter:
    """Return the rate limiter."""
    return RateLimiter(settings.rate_limits_table())


type PublicProfilesDep = Annotated[PublicProfiles, Depends(public_profiles)]
type SearchDep = Annotated[Search, Depends(search)]
type PublicAvailabilityDep = Annotated[PublicAvailabilityService, Depends(public_availability)]
type FavouritesDep = Annotated[FavouriteService, Depends(favourites)]
type SavedSearchesDep = Annotated[SavedSearchService, Depends(saved_searches)]
