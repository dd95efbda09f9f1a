"""FastAPI dependencies of auth: the composition root, which tests override."""

from functools import cache
from typing import Annotated

from fastapi import Depends, Path, Request

from auth import settings
from auth.domain.hashing import PasswordHasher
from auth.domain.request_origin import RequestOrigin
from auth.publisher import AccountEvents
from auth.repository.accounts import AccountRepository
from auth.repository.credentials import DeviceRepository, FactorRepository, TokenRepository
from auth.repository.field_encryption import FieldEncryption
from auth.repository.mails import MailRepository
from auth.service.context import AuthContext
from contracts.identity import Permission
from kit import clock
from kit.auth import Audience, Principal, SessionStore, requires
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.http import client_ip, unit_of_work
from kit.ratelimit import RateLimiter

DEVICE_COOKIE = "__Host-device"
_ACCOUNT_AUDIENCES = (Audience.SITE, Audience.ADMIN)


async def password_hasher() -> PasswordHasher:
    """Return the password hasher."""
    return PasswordHasher()


async def auth_context(
    work: Annotated[UnitOfWork, Depends(unit_of_work)],
    hasher: Annotated[PasswordHasher, Depends(password_hasher)],
) -> AuthContext:
    """Return the repositories and ports for the request's use cases."""
    return AuthContext(
        accounts=AccountRepository(work),
        tokens=TokenRepository(work),
        factors=FactorRepository(work),
        devices=DeviceRepository(work),
        mails=MailRepository(work),
        events=AccountEvents(work.outbox),
        sessions=SessionStore(settings.sessions_table()),
        limiter=RateLimiter(settings.rate_limits_table()),
        encryption=FieldEncryption(_envelope(settings.private_data_key())),
        hasher=hasher,
        now=clock.now,
    )


async def request_origin(request: Request) -> RequestOrigin:
    """Return the IP address, user agent and device token of the request."""
    return RequestOrigin(
        ip=client_ip(request),
        user_agent=request.headers.get("user-agent", "")[:400],
        device_token=request.cookies.get(DEVICE_COOKIE, "")[:100],
    )


@cache
def _envelope(key_arn: str) -> Envelope:
    # One per environment: it caches the data key.
    return Envelope(key_arn, "auth")


type AuthContextDep = Annotated[AuthContext, Depends(auth_context)]
# Checks the shape of a slug only: whether a profile has it shows only with the right password.
type Slug = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,60}$")]
type RequestOriginDep = Annotated[RequestOrigin, Depends(request_origin)]

# Accounts are managed by their owners, from the site or from the staff pages.
type AccountReader = Annotated[
    Principal, requires(Permission.READ_OWN_PROFILE, audience=_ACCOUNT_AUDIENCES)
]
type AccountEditor = Annotated[
    Principal, requires(Permission.UPDATE_OWN_PROFILE, audience=_ACCOUNT_AUDIENCES)
]
type CurrentAccount = Annotated[
    Principal, requires(Permission.MANAGE_OWN_SECURITY, audience=_ACCOUNT_AUDIENCES)
]
type AccountCloser = Annotated[
    Principal, requires(Permission.CLOSE_OWN_ACCOUNT, audience=_ACCOUNT_AUDIENCES)
]
