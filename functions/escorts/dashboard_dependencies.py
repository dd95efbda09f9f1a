"""FastAPI dependencies of the provider's dashboard and the staff pages, on top of `dependencies`."""

from datetime import timedelta
from functools import cache
from typing import Annotated

from fastapi import Depends

from contracts.identity import Permission
from escorts import settings
from escorts.dependencies import UnitOfWorkDep, count_write, rate_limiter
from escorts.publisher import ProfileEvents
from escorts.repository import Directory, Profiles, Verifications
from escorts.repository.appearance import Appearances
from escorts.repository.availability import AvailabilityRepository
from escorts.repository.birth_date_encryption import PURPOSE, BirthDateEncryption
from escorts.repository.slugs import slug_reader
from escorts.repository.view_counts import ViewCounts
from escorts.service.availability import OwnAvailabilityService
from escorts.service.moderation import Moderation
from escorts.service.my_profile import ProfileService
from escorts.service.profile_settings import ProfileSettingsService
from escorts.service.views import ViewStatistics
from kit import clock
from kit.auth import Audience, Principal, requires
from kit.envelope import Envelope

SUBMISSIONS_PER_DAY = 10

type Owner = Annotated[Principal, requires(Permission.UPDATE_OWN_ESCORT_PROFILE)]
# The dashboard has a session of its own: the same person's session as a visitor does not open the dashboard.
PROVIDER_ONLY = requires(
    Permission.UPDATE_OWN_ESCORT_PROFILE,
    audience=Audience.ADMIN,
    sign_in_path="/{slug}/admin/login",
)
type CurrentProvider = Annotated[Principal, PROVIDER_ONLY]
type Staff = Annotated[Principal, requires(Permission.VERIFY_ESCORTS, audience=Audience.ADMIN)]
type SuspendingStaff = Annotated[
    Principal, requires(Permission.UPDATE_ESCORT_STATUS, audience=Audience.ADMIN)
]


async def profile_service(work: UnitOfWorkDep) -> ProfileService:
    """Return the profile service of this transaction."""
    return ProfileService(
        profiles=Profiles(work),
        verifications=Verifications(work),
        directory=Directory(work),
        events=ProfileEvents(work.outbox, slug_reader(work)),
        birth_dates=birth_dates(),
        now=clock.now,
    )


async def profile_settings(
    work: UnitOfWorkDep, provider: Annotated[ProfileService, Depends(profile_service)]
) -> ProfileSettingsService:
    """Return the service for a profile's slug and appearance."""
    return ProfileSettingsService(provider, Appearances(work))


async def own_availability(
    work: UnitOfWorkDep, provider: Annotated[ProfileService, Depends(profile_service)]
) -> OwnAvailabilityService:
    """Return the service for a provider's own availability."""
    return OwnAvailabilityService(provider, AvailabilityRepository(work))


async def moderation(work: UnitOfWorkDep) -> Moderation:
    """Return the service for staff decisions."""
    return Moderation(
        profiles=Profiles(work),
        verifications=Verifications(work),
        events=ProfileEvents(work.outbox, slug_reader(work)),
        birth_dates=birth_dates(),
        now=clock.now,
    )


async def view_statistics(work: UnitOfWorkDep) -> ViewStatistics:
    """Return the statistics of a profile's views."""
    return ViewStatistics(Profiles(work), ViewCounts(work), clock.now)


async def limit_writes(owner: Owner) -> None:
    """Limit writes per provider, to stop a script that saves the same profile in a loop."""
    count_write(owner)


async def limit_dashboard_writes(provider: CurrentProvider) -> None:
    """Limit writes in the dashboard; dashboard and API share one counter."""
    count_write(provider)


async def limit_submissions(owner: Owner) -> None:
    """Limit submissions per provider, to keep one provider from filling the staff queue."""
    _count_submission(owner)


async def limit_dashboard_submissions(provider: CurrentProvider) -> None:
    """Limit submissions in the dashboard; dashboard and API share one counter."""
    _count_submission(provider)


def birth_dates() -> BirthDateEncryption:
    """Return the encryption of birth dates."""
    return BirthDateEncryption(_envelope(settings.private_data_key()))


def _count_submission(owner: Principal) -> None:
    rate_limiter().hit(
        f"escorts.submit|{owner.user_id}", limit=SUBMISSIONS_PER_DAY, window=timedelta(days=1)
    )


@cache
def _envelope(key_arn: str) -> Envelope:
    # One envelope per environment, because the envelope caches the data key.
    return Envelope(key_arn, PURPOSE)


type ProfileServiceDep = Annotated[ProfileService, Depends(profile_service)]
type ProfileSettingsDep = Annotated[ProfileSettingsService, Depends(profile_settings)]
type AvailabilityDep = Annotated[OwnAvailabilityService, Depends(own_availability)]
type ViewStatisticsDep = Annotated[ViewStatistics, Depends(view_statistics)]
type ModerationDep = Annotated[Moderation, Depends(moderation)]
