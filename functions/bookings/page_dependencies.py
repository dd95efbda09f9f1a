"""Composition root of the pages, on top of `dependencies`."""

from typing import Annotated

from fastapi import Depends

from bookings.dependencies import Work, count_write, limit_requests
from bookings.service.profile_lookup import ProfileLookup
from contracts.identity import Permission
from kit.auth import Audience, Principal, optional_session, requires

# Declared on the routers so that every page inherits it; FastAPI caches the dependency per request.
CLIENT_ONLY = requires(Permission.CREATE_BOOKING)
PROVIDER_ONLY = requires(
    Permission.UPDATE_OWN_BOOKINGS, audience=Audience.ADMIN, sign_in_path="/{slug}/admin/login"
)
type Client = Annotated[Principal, CLIENT_ONLY]
type Provider = Annotated[Principal, PROVIDER_ONLY]
# On the public site: a client's own bookings, and a provider's redirect to the dashboard.
type BookingReader = Annotated[Principal, requires(Permission.READ_OWN_BOOKINGS)]
type OptionalUser = Annotated[Principal | None, optional_session()]


async def profile_lookup(work: Work) -> ProfileLookup:
    """Return the profile lookup of the pages."""
    return ProfileLookup(work)


async def limit_client_requests(asker: Client) -> None:
    """Limit a client's requests; pages and API share one count."""
    await limit_requests(asker)


async def limit_client_writes(asker: Client) -> None:
    """Limit writes on a client's pages; all write limits share one count."""
    count_write(asker)


async def limit_provider_writes(resident: Provider) -> None:
    """Limit writes on a provider's dashboard pages."""
    count_write(resident)


type ProfileLookupDep = Annotated[ProfileLookup, Depends(profile_lookup)]
