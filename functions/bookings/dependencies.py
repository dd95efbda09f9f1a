"""Composition root: the use cases of a request. Tests override dependencies from here."""

from datetime import timedelta
from functools import cache
from typing import Annotated

from fastapi import Depends, Request

from bookings import settings
from bookings.domain.transitions import Actor
from bookings.repository.encrypted_fields import PURPOSE
from bookings.service.actions import BookingActions
from bookings.service.actor import Caller
from bookings.service.feeds import CalendarFeedService
from bookings.service.queries import BookingQueries
from bookings.service.requests import BookingRequests
from bookings.service.settings import ProviderSettingsService
from bookings.service.waitlist import WaitlistService
from contracts.identity import Permission
from kit import clock
from kit.auth import Audience, Principal, optional_session, requires
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.http import client_ip, unit_of_work
from kit.ratelimit import RateLimiter

WRITES_PER_HOUR = 300
REQUESTS_PER_DAY = 50
QUOTES_PER_MINUTE = 120
_AUDIENCES = (Audience.SITE, Audience.ADMIN)

type Work = Annotated[UnitOfWork, Depends(unit_of_work)]

# Providers use the public site and their dashboard; staff only the staff realm.
PROVIDER = requires(Permission.UPDATE_OWN_BOOKINGS, audience=_AUDIENCES)
NO_SHOW_REPORTER = requires(
    Permission.UPDATE_OWN_BOOKINGS, Permission.UPDATE_ANY_BOOKING, audience=_AUDIENCES
)
type Client = Annotated[Principal, requires(Permission.CREATE_BOOKING)]
type Provider = Annotated[Principal, PROVIDER]
type Participant = Annotated[
    Principal,
    requires(Permission.CREATE_BOOKING, Permission.UPDATE_OWN_BOOKINGS, audience=_AUDIENCES),
]
type Reader = Annotated[
    Principal,
    requires(Permission.READ_OWN_BOOKINGS, Permission.READ_ALL_BOOKINGS, audience=_AUDIENCES),
]
type Canceller = Annotated[
    Principal,
    requires(Permission.CANCEL_OWN_BOOKINGS, Permission.UPDATE_ANY_BOOKING, audience=_AUDIENCES),
]
type NoShowReporter = Annotated[Principal, NO_SHOW_REPORTER]
type OptionalUser = Annotated[Principal | None, optional_session(*_AUDIENCES)]


async def booking_requests(work: Work) -> BookingRequests:
    """Return the service for quotes, free slots and new requests."""
    return BookingRequests(work, envelope(), clock.now)


async def booking_actions(work: Work) -> BookingActions:
    """Return the service for actions on bookings."""
    return BookingActions(work, envelope(), clock.now)


async def booking_queries(work: Work) -> BookingQueries:
    """Return the service that reads bookings."""
    return BookingQueries(work, envelope(), clock.now)


async def provider_settings(work: Work) -> ProviderSettingsService:
    """Return the service for a provider's booking settings."""
    return ProviderSettingsService(work, envelope(), clock.now)


async def waitlist(work: Work) -> WaitlistService:
    """Return the waitlist service."""
    return WaitlistService(work, clock.now)


async def calendar_feed(work: Work) -> CalendarFeedService:
    """Return the service for calendar feeds."""
    return CalendarFeedService(work, clock.now)


def is_staff(principal: Principal) -> bool:
    """Tell whether the principal is a staff member signed in to the staff realm."""
    return (
        principal.audience is Audience.ADMIN
        and Permission.READ_ALL_BOOKINGS in principal.permissions
    )


def to_caller(principal: Principal) -> Caller:
    """Convert a principal to the caller of the use cases."""
    return Caller(principal.user_id, staff=is_staff(principal))


def actor_for(principal: Principal) -> Actor:
    """Return the role of the principal in all bookings that the principal takes part in."""
    if is_staff(principal):
        return Actor.STAFF
    if Permission.UPDATE_OWN_BOOKINGS in principal.permissions:
        return Actor.PROVIDER
    return Actor.CLIENT


async def limit_participant(side: Participant) -> None:
    """Limit the writes per hour of a client or provider, against scripts that loop."""
    count_write(side)


async def limit_provider(provider: Provider) -> None:
    """Limit a provider's writes; all write limits share one count."""
    count_write(provider)


async def limit_client(client: Client) -> None:
    """Limit a client's writes per hour."""
    count_write(client)


async def limit_canceller(canceller: Canceller) -> None:
    """Limit cancellations per hour."""
    count_write(canceller)


async def limit_no_show_reporter(witness: NoShowReporter) -> None:
    """Limit no-show reports, which staff may send as well."""
    count_write(witness)


async def limit_reader(reader: Reader) -> None:
    """Limit writes where every reader may write."""
    count_write(reader)


async def limit_requests(client: Client) -> None:
    """Limit the requests of one client per day, so that one client cannot fill every inbox."""
    rate_limiter().hit(
        f"bookings.request|{client.user_id}", limit=REQUESTS_PER_DAY, window=timedelta(days=1)
    )


async def limit_quotes(request: Request) -> None:
    """Limit quotes per minute and address, against programs that copy rate cards."""
    rate_limiter().hit(
        f"bookings.quote|{client_ip(request)}",
        limit=QUOTES_PER_MINUTE,
        window=timedelta(minutes=1),
    )


def count_write(principal: Principal) -> None:
    """Count one of the writes that an account may make per hour, whatever the endpoint."""
    rate_limiter().hit(
        f"bookings.write|{principal.user_id}", limit=WRITES_PER_HOUR, window=timedelta(hours=1)
    )


def rate_limiter() -> RateLimiter:
    """Return the rate limiter."""
    return RateLimiter(settings.rate_limits_table())


def envelope() -> Envelope:
    """Return the envelope that encrypts and decrypts the private fields."""
    return _envelope(settings.private_data_key())


@cache
def _envelope(key_arn: str) -> Envelope:
    # One per environment, since the envelope caches the data key.
    return Envelope(key_arn, PURPOSE)


type BookingRequestsDep = Annotated[BookingRequests, Depends(booking_requests)]
type BookingActionsDep = Annotated[BookingActions, Depends(booking_actions)]
type BookingQueriesDep = Annotated[BookingQueries, Depends(booking_queries)]
type ProviderSettingsDep = Annotated[ProviderSettingsService, Depends(provider_settings)]
type WaitlistDep = Annotated[WaitlistService, Depends(waitlist)]
type CalendarFeedDep = Annotated[CalendarFeedService, Depends(calendar_feed)]
