"""FastAPI dependencies of text moderation and of closing a profile for good."""

from typing import Annotated

from fastapi import Depends

from contracts.identity import Permission
from escorts.dependencies import UnitOfWorkDep
from escorts.publisher import ProfileEvents
from escorts.repository import Profiles, Verifications
from escorts.repository.maintenance import MaintenanceRepository
from escorts.repository.slugs import slug_reader
from escorts.service.maintenance import AccountClosure
from escorts.service.text_moderation import TextModeration
from kit import clock
from kit.auth import Audience, Principal, requires

type Moderator = Annotated[Principal, requires(Permission.MODERATE_TEXTS, audience=Audience.ADMIN)]


async def text_moderation(work: UnitOfWorkDep) -> TextModeration:
    """Return the service for text moderation."""
    profiles = Profiles(work)
    publisher = ProfileEvents(work.outbox, slug_reader(work))
    return TextModeration(
        profiles.text_reviews, profiles, Verifications(work), publisher, clock.now
    )


async def account_closure(work: UnitOfWorkDep) -> AccountClosure:
    """Return the service that closes profiles."""
    return AccountClosure(
        MaintenanceRepository(work), ProfileEvents(work.outbox, slug_reader(work)), clock.now
    )


type TextModerationDep = Annotated[TextModeration, Depends(text_moderation)]
type AccountClosureDep = Annotated[AccountClosure, Depends(account_closure)]
