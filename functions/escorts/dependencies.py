"""FastAPI dependencies of the public routes; tests override them.

`dashboard_dependencies` has those of providers and staff, which another function serves.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends

from contracts.identity import Permission
from escorts import settings
from escorts.service.public_availability import OpenHours
from escorts.service.public_profiles import PublicProfiles
from escorts.service.saved_items import FavouriteService, SavedSearchService
from escorts.service.search import Search
from kit import clock
from kit.auth import Audience, Principal, requires, visitor
from kit.db import UnitOfWork
from kit.http import unit_of_work
from kit.ratelimit import RateLimiter

WRITES_PER_HOUR = 600

type UnitOfWorkDep = Annotated[UnitOfWork, Depends(unit_of_work)]
type AccountOwner = Annotated[Principal, requires(Permission.MANAGE_OWN_FAVOURITES)]
type OptionalSiteUser = Annotated[Principal | None, visitor()]
type OptionalUser = Annotated[Principal | None, visitor(Audience.SITE, Audience.ADMIN)]


async def public_profiles(work: UnitOfWorkDep) -> PublicProfiles:
    """Return the public reads of the directory."""
    return PublicProfiles(work)


async def search(work: UnitOfWorkDep) -> Search:
    """Return the directory search."""
    return Search(work, clock.now)


async def open_hours(work: UnitOfWorkDep) -> OpenHours:
    """Return what the public sees of a provider's time."""
    return OpenHours(work, clock.now)


async def favourites(work: UnitOfWorkDep, owner: AccountOwner) -> FavouriteService:
    """Return the favourites of the signed-in client."""
    return FavouriteService(work, clock.now, owner.user_id)


async def saved_searches(work: UnitOfWorkDep, owner: AccountOwner) -> SavedSearchService:
    """Return the saved searches of the signed-in client."""
    return SavedSearchService(work, clock.now, owner.user_id)


async def limit_saving(owner: AccountOwner) -> None:
    """Limit the writes to saved items per account and hour."""
    count_write(owner)


def is_staff(principal: Principal | None) -> bool:
    """Tell whether the principal is a staff member, signed in to the staff site."""
    return (
        principal is not None
        and principal.audience is Audience.ADMIN
        and Permission.READ_ALL_ESCORT_PROFILES in principal.permissions
    )


def count_write(principal: Principal) -> None:
    """Count one write of an account against its hourly limit, whatever the route."""
    rate_limiter().hit(
        f"escorts.write|{principal.user_id}", limit=WRITES_PER_HOUR, window=timedelta(hours=1)
    )


def rate_limiter() -> RateLimiter:
    """Return the rate limiter."""
    return RateLimiter(settings.rate_limits_table())


type PublicProfilesDep = Annotated[PublicProfiles, Depends(public_profiles)]
type SearchDep = Annotated[Search, Depends(search)]
type PublicHours = Annotated[OpenHours, Depends(open_hours)]
type FavouritesDep = Annotated[FavouriteService, Depends(favourites)]
type SavedSearchesDep = Annotated[SavedSearchService, Depends(saved_searches)]
