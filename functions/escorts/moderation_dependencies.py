"""The composition root of what moderators read, and of closing a profile for good."""

from typing import Annotated

from fastapi import Depends

from contracts.identity import Permission
from escorts.dependencies import UnitOfWorkDep
from escorts.publisher import Publisher
from escorts.repository import Profiles, Verifications
from escorts.repository.maintenance import Upkeep
from escorts.repository.slugs import slug_reader
from escorts.service.maintenance import Closing
from escorts.service.text_moderation import TextModeration
from kit import clock
from kit.auth import Audience, Principal, requires

type Moderator = Annotated[Principal, requires(Permission.MODERATE_TEXTS, audience=Audience.ADMIN)]


async def text_moderation(work: UnitOfWorkDep) -> TextModeration:
    """Return what moderators may do."""
    profiles = Profiles(work)
    publisher = Publisher(work.outbox, slug_reader(work))
    return TextModeration(
        profiles.text_reviews, profiles, Verifications(work), publisher, clock.now
    )


async def closing(work: UnitOfWorkDep) -> Closing:
    """Return what ends a profile."""
    return Closing(Upkeep(work), Publisher(work.outbox, slug_reader(work)), clock.now)


type ModeratorSide = Annotated[TextModeration, Depends(text_moderation)]
type ProfilesEnd = Annotated[Closing, Depends(closing)]
