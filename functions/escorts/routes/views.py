"""Views of a profile: the beacon of its page, and its owner's numbers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.identity import Permission
from escorts.dependencies import Anybody, is_staff
from escorts.schemas.views import ViewsQuery, ViewsView
from escorts.service.browsing import as_id
from escorts.view_dependencies import Looker, OwnViews, ViewCount
from kit.auth import Audience, Principal, requires
from kit.http import API

router = APIRouter(prefix=f"{API}/escorts", tags=["escorts"])


@router.post("/{profile_id}/views", status_code=204)
async def count_view(
    profile_id: str, somebody: Anybody, onlooker: Looker, counting: ViewCount
) -> None:
    """Say that somebody is looking at the profile. The answer is the same whether it counted or not.

    Programs, staff, the owner, and browsers that ask not to be tracked do not count. A session is
    only looked at to tell the owner and staff; nothing of it is kept.
    """
    wanted = as_id(profile_id)
    if wanted is None or _works_here(somebody):
        return
    counting.viewed(wanted, onlooker, somebody.user_id if somebody else None)


@router.get("/{profile_id}/views")
async def read_views(
    profile_id: UUID,
    query: Annotated[ViewsQuery, Query()],
    somebody: Annotated[
        Principal,
        requires(
            Permission.UPDATE_OWN_ESCORT_PROFILE,
            Permission.READ_ALL_ESCORT_PROFILES,
            audience=(Audience.SITE, Audience.ADMIN),
        ),
    ],
    viewing: OwnViews,
) -> ViewsView:
    """Return how often the profile was looked at, to its owner and to staff."""
    user_id = None if is_staff(somebody) else somebody.user_id
    return ViewsView.of(viewing.statistics(profile_id, query.first, query.last, user_id=user_id))


def _works_here(somebody: Principal | None) -> bool:
    # Also with a session of the public site: they look at profiles for their work.
    return somebody is not None and Permission.READ_ALL_ESCORT_PROFILES in somebody.permissions
