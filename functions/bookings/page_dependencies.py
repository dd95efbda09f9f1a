"""The composition root of the pages, on top of `dependencies`."""

from typing import Annotated

from fastapi import Depends

from bookings.dependencies import Work, count_write, limit_requests
from bookings.service.profile_lookup import Profiles
from contracts.identity import Permission
from kit.auth import Audience, Principal, optional_session, requires

# Stands on routers, so that no page can forget it; whoever asks by the same rule is not asked twice.
AT_DESK = requires(Permission.CREATE_BOOKING)
AT_HOME = requires(
    Permission.UPDATE_OWN_BOOKINGS, audience=Audience.ADMIN, sign_in_path="/{slug}/admin/login"
)
type Asker = Annotated[Principal, AT_DESK]
type Resident = Annotated[Principal, AT_HOME]
# On the public site: a client's own, and the way to her room for a provider.
type Visitor = Annotated[Principal, requires(Permission.READ_OWN_BOOKINGS)]
type Somebody = Annotated[Principal | None, optional_session()]


async def profiles(work: Work) -> Profiles:
    """Return whom the pages are about."""
    return Profiles(work)


async def limit_asking(asker: Asker) -> None:
    """Stop one client from filling every provider's inbox; pages and API count together."""
    await limit_requests(asker)


async def limit_pages(asker: Asker) -> None:
    """Stop a script on a client's pages; all limits on writing count together."""
    count_write(asker)


async def limit_room(resident: Resident) -> None:
    """Stop a script in a provider's room."""
    count_write(resident)


type Known = Annotated[Profiles, Depends(profiles)]
