"""The composition root: what a request's use cases are made of. Tests override from here."""

from functools import cache
from typing import Annotated

from fastapi import Depends, Path, Request

from auth import settings
from auth.domain.hashing import PasswordHasher
from auth.domain.request_origin import Visitor
from auth.publisher import Publisher
from auth.repository.accounts import AccountRepository
from auth.repository.credentials import DeviceRepository, FactorRepository, TokenRepository
from auth.repository.field_encryption import Vault
from auth.repository.mails import MailRepository
from auth.service.context import Context
from contracts.identity import Permission
from kit import clock
from kit.auth import Audience, Principal, SessionStore, requires
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.http import client_ip, unit_of_work
from kit.ratelimit import RateLimiter

DEVICE_COOKIE = "__Host-device"
_OWN_ROOMS = (Audience.SITE, Audience.ADMIN)


async def password_hasher() -> PasswordHasher:
    """Return how passwords are hashed."""
    return PasswordHasher()


async def context(
    work: Annotated[UnitOfWork, Depends(unit_of_work)],
    hasher: Annotated[PasswordHasher, Depends(password_hasher)],
) -> Context:
    """Return what the request's use cases work with."""
    return Context(
        accounts=AccountRepository(work),
        tokens=TokenRepository(work),
        factors=FactorRepository(work),
        devices=DeviceRepository(work),
        mails=MailRepository(work),
        publisher=Publisher(work.outbox),
        sessions=SessionStore(settings.sessions_table()),
        limiter=RateLimiter(settings.rate_limits_table()),
        vault=Vault(_envelope(settings.private_data_key())),
        hasher=hasher,
        now=clock.now,
    )


async def visitor(request: Request) -> Visitor:
    """Return from where the request comes."""
    return Visitor(
        ip=client_ip(request),
        user_agent=request.headers.get("user-agent", "")[:400],
        device=request.cookies.get(DEVICE_COOKIE, "")[:100],
    )


@cache
def _envelope(key_arn: str) -> Envelope:
    # One per environment: it caches the data key.
    return Envelope(key_arn, "auth")


type InContext = Annotated[Context, Depends(context)]
# The shape of an address and no more: whether it is anybody's shows only with the right password.
type Slug = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,60}$")]
type FromVisitor = Annotated[Visitor, Depends(visitor)]

# Who minds their own account may do so from the site or from the staff's room.
type Reader = Annotated[Principal, requires(Permission.READ_OWN_PROFILE, audience=_OWN_ROOMS)]
type Editor = Annotated[Principal, requires(Permission.UPDATE_OWN_PROFILE, audience=_OWN_ROOMS)]
type Keeper = Annotated[Principal, requires(Permission.MANAGE_OWN_SECURITY, audience=_OWN_ROOMS)]
type Closer = Annotated[Principal, requires(Permission.CLOSE_OWN_ACCOUNT, audience=_OWN_ROOMS)]
