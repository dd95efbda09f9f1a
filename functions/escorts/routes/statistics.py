"""View statistics route."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.identity import Permission
from escorts.dashboard_dependencies import ViewStatisticsDep
from escorts.dependencies import is_staff
from escorts.schemas.views import ViewsQuery, ViewStatisticsView
from kit.auth import Audience, Principal, requires
from kit.http import API

router = APIRouter(prefix=f"{API}/escorts", tags=["escorts"])


@router.get("/{profile_id}/views")
async def read_views(
    profile_id: UUID,
    query: Annotated[ViewsQuery, Query()],
    principal: Annotated[
        Principal,
        requires(
            Permission.UPDATE_OWN_ESCORT_PROFILE,
            Permission.READ_ALL_ESCORT_PROFILES,
            audience=(Audience.SITE, Audience.ADMIN),
        ),
    ],
    viewing: ViewStatisticsDep,
) -> ViewStatisticsView:
    """Return the views of a profile, to its owner and to staff."""
    user_id = None if is_staff(principal) else principal.user_id
    return ViewStatisticsView.from_domain(
        viewing.for_period(profile_id, query.first, query.last, user_id=user_id)
    )
