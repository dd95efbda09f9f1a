"""The composition root: what a request's use cases are made of. Tests override from here."""

from datetime import timedelta
from functools import cache
from typing import Annotated

from fastapi import Depends, Request

from bookings import settings
from bookings.domain.transitions import Actor
from bookings.repository.encrypted_fields import PURPOSE
from bookings.service.actions import Deciding
from bookings.service.callers import Caller
from bookings.service.feeds import OwnFeed
from bookings.service.queries import Reading
from bookings.service.requests import Requesting
from bookings.service.settings import OwnRules
from bookings.service.waitlist import OwnWaiting
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
_ROOMS = (Audience.SITE, Audience.ADMIN)

type Work = Annotated[UnitOfWork, Depends(unit_of_work)]

# A provider does the same from the public site and from the room of her own; staff only in theirs.
type Client = Annotated[Principal, requires(Permission.CREATE_BOOKING)]
type Provider = Annotated[Principal, requires(Permission.UPDATE_OWN_BOOKINGS, audience=_ROOMS)]
type Side = Annotated[
    Principal,
    requires(Permission.CREATE_BOOKING, Permission.UPDATE_OWN_BOOKINGS, audience=_ROOMS),
]
type Reader = Annotated[
    Principal,
    requires(Permission.READ_OWN_BOOKINGS, Permission.READ_ALL_BOOKINGS, audience=_ROOMS),
]
type Canceller = Annotated[
    Principal,
    requires(Permission.CANCEL_OWN_BOOKINGS, Permission.UPDATE_ANY_BOOKING, audience=_ROOMS),
]
type Witness = Annotated[
    Principal,
    requires(Permission.UPDATE_OWN_BOOKINGS, Permission.UPDATE_ANY_BOOKING, audience=_ROOMS),
]
# The pages of her own room: a session of its own, so a visitor's session does not open them.
type Resident = Annotated[
    Principal,
    requires(
        Permission.UPDATE_OWN_BOOKINGS, audience=Audience.ADMIN, sign_in_path="/{slug}/admin/login"
    ),
]
type Anybody = Annotated[Principal | None, optional_session(*_ROOMS)]


async def requesting(work: Work) -> Requesting:
    """Return what clients do before there is a booking."""
    return Requesting(work, envelope(), clock.now)


async def deciding(work: Work) -> Deciding:
    """Return what people do to bookings."""
    return Deciding(work, envelope(), clock.now)


async def reading(work: Work) -> Reading:
    """Return what people see of bookings."""
    return Reading(work, envelope(), clock.now)


async def own_rules(work: Work) -> OwnRules:
    """Return what a provider says about being booked."""
    return OwnRules(work, envelope(), clock.now)


async def own_waiting(work: Work) -> OwnWaiting:
    """Return what a client waits for."""
    return OwnWaiting(work, clock.now)


async def own_feed(work: Work) -> OwnFeed:
    """Return somebody's calendar by secret address."""
    return OwnFeed(work, clock.now)


def is_staff(principal: Principal) -> bool:
    """Tell whether somebody works here, and is in the staff's room."""
    return (
        principal.audience is Audience.ADMIN
        and Permission.READ_ALL_BOOKINGS in principal.permissions
    )


def caller(principal: Principal) -> Caller:
    """Return somebody signed in as the use cases know them."""
    return Caller(principal.user_id, staff=is_staff(principal))


def side_of(principal: Principal) -> Actor:
    """Return which side somebody is of all bookings that are theirs."""
    if is_staff(principal):
        return Actor.STAFF
    if Permission.UPDATE_OWN_BOOKINGS in principal.permissions:
        return Actor.PROVIDER
    return Actor.CLIENT


async def limit_side(side: Side) -> None:
    """Stop a script that goes to and fro for ever."""
    count_write(side)


async def limit_provider(provider: Provider) -> None:
    """Stop a provider's script; all limits on writing count together."""
    count_write(provider)


async def limit_client(client: Client) -> None:
    """Stop a client's."""
    count_write(client)


async def limit_canceller(canceller: Canceller) -> None:
    """Stop it at cancelling, too."""
    count_write(canceller)


async def limit_witness(witness: Witness) -> None:
    """Stop it where staff may write as well."""
    count_write(witness)


async def limit_reader(reader: Reader) -> None:
    """Stop it where everybody who reads may write."""
    count_write(reader)


async def limit_requests(client: Client) -> None:
    """Stop one client from filling every provider's inbox."""
    limiter().hit(
        f"bookings.request|{client.user_id}", limit=REQUESTS_PER_DAY, window=timedelta(days=1)
    )


async def limit_quotes(request: Request) -> None:
    """Stop a program that reads out rate cards."""
    limiter().hit(
        f"bookings.quote|{client_ip(request)}",
        limit=QUOTES_PER_MINUTE,
        window=timedelta(minutes=1),
    )


def count_write(principal: Principal) -> None:
    """Count one of the writes that a person has in an hour, wherever they write."""
    limiter().hit(
        f"bookings.write|{principal.user_id}", limit=WRITES_PER_HOUR, window=timedelta(hours=1)
    )


def limiter() -> RateLimiter:
    """Return what counts."""
    return RateLimiter(settings.rate_limits_table())


def envelope() -> Envelope:
    """Return what seals and opens the private parts."""
    return _envelope(settings.private_data_key())


@cache
def _envelope(key_arn: str) -> Envelope:
    # One per environment: it caches the data key.
    return Envelope(key_arn, PURPOSE)


type Asking = Annotated[Requesting, Depends(requesting)]
type Moving = Annotated[Deciding, Depends(deciding)]
type Seeing = Annotated[Reading, Depends(reading)]
type ProvidersRules = Annotated[OwnRules, Depends(own_rules)]
type ClientsWaiting = Annotated[OwnWaiting, Depends(own_waiting)]
type Feed = Annotated[OwnFeed, Depends(own_feed)]
