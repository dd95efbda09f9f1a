"""The composition root of a provider's and of the staff's own room, on top of `dependencies`."""

from datetime import timedelta
from functools import cache
from typing import Annotated

from fastapi import Depends

from contracts.identity import Permission
from escorts import settings
from escorts.dependencies import Work, count_write, limiter
from escorts.publisher import Publisher
from escorts.repository import Directory, Profiles, Verifications
from escorts.repository.appearance import Appearances
from escorts.repository.availability import Availability
from escorts.repository.birth_date_encryption import PURPOSE, BirthDates
from escorts.repository.slugs import addresses_in
from escorts.repository.view_counts import ViewCounts
from escorts.service.availability import OwnTime
from escorts.service.moderation import Moderation
from escorts.service.my_profile import Provider
from escorts.service.profile_settings import Room
from escorts.service.views import Viewing
from kit import clock
from kit.auth import Audience, Principal, requires
from kit.envelope import Envelope

SUBMISSIONS_PER_DAY = 10

type Owner = Annotated[Principal, requires(Permission.UPDATE_OWN_ESCORT_PROFILE)]
# Her own room: a session of its own, so a visitor's session of the same person does not open it.
AT_HOME = requires(
    Permission.UPDATE_OWN_ESCORT_PROFILE,
    audience=Audience.ADMIN,
    sign_in_path="/{slug}/admin/login",
)
type Resident = Annotated[Principal, AT_HOME]
type Staff = Annotated[Principal, requires(Permission.VERIFY_ESCORTS, audience=Audience.ADMIN)]
type Warden = Annotated[
    Principal, requires(Permission.UPDATE_ESCORT_STATUS, audience=Audience.ADMIN)
]


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


async def moderation(work: Work) -> Moderation:
    """Return what staff may do."""
    return Moderation(
        profiles=Profiles(work),
        verifications=Verifications(work),
        publisher=Publisher(work.outbox, addresses_in(work)),
        birth_dates=birth_dates(),
        now=clock.now,
    )


async def viewing(work: Work) -> Viewing:
    """Return what tells an owner of the views."""
    return Viewing(Profiles(work), ViewCounts(work), clock.now)


async def limit_writes(owner: Owner) -> None:
    """Stop a script that saves the same profile for ever."""
    count_write(owner)


async def limit_room_writes(resident: Resident) -> None:
    """Stop it in the room, too: both count together."""
    count_write(resident)


async def limit_submissions(owner: Owner) -> None:
    """Stop one provider from filling the staff's queue."""
    _count_submission(owner)


async def limit_room_submissions(resident: Resident) -> None:
    """Stop her in the room, too: both count together."""
    _count_submission(resident)


def birth_dates() -> BirthDates:
    """Return what seals and opens birth dates."""
    return BirthDates(_envelope(settings.private_data_key()))


def _count_submission(owner: Principal) -> None:
    limiter().hit(
        f"escorts.submit|{owner.user_id}", limit=SUBMISSIONS_PER_DAY, window=timedelta(days=1)
    )


@cache
def _envelope(key_arn: str) -> Envelope:
    # One per environment: it caches the data key.
    return Envelope(key_arn, PURPOSE)


type OwnerSide = Annotated[Provider, Depends(provider)]
type OwnersRoom = Annotated[Room, Depends(owners_room)]
type OwnersTime = Annotated[OwnTime, Depends(own_time)]
type OwnViews = Annotated[Viewing, Depends(viewing)]
type StaffSide = Annotated[Moderation, Depends(moderation)]
