"""What a client asks before there is a booking: what it costs, and when it may begin."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from bookings.age_gate import api_for_adults
from bookings.dependencies import Asking, limit_quotes
from bookings.domain.venue import Venue
from bookings.schemas.queries import AvailabilityQuery
from bookings.schemas.quotes import QuoteView, StartsView, StartView
from bookings.schemas.requests import QuoteBody
from kit import clock
from kit.auth import public
from kit.http import API, public_cache_control

STARTS_SECONDS = 120
"""What others keep of an answer may be a little late: a request is checked anew."""
router = APIRouter(tags=["bookings"])


@router.post(
    f"{API}/bookings/quote", dependencies=[public(), api_for_adults, Depends(limit_quotes)]
)
async def quote_booking(body: QuoteBody, asking: Asking) -> QuoteView:
    """Return what a meeting would cost, the policy to agree to, and what the provider asks."""
    return QuoteView.of(asking.offer(body.escort_id, body.to_ask()))


@router.get(f"{API}/escorts/{{profile_id}}/availability", dependencies=[public(), api_for_adults])
async def list_starts(
    profile_id: UUID,
    query: Annotated[AvailabilityQuery, Query()],
    asking: Asking,
    response: Response,
) -> StartsView:
    """Return when a meeting of this length may begin, by the provider's own clock."""
    home = asking.public_profile(profile_id).home
    within = query.within(clock.now(), home.zone)
    found = asking.availability(
        profile_id, within, timedelta(minutes=query.duration), Venue(query.venue)
    )
    response.headers["cache-control"] = public_cache_control(STARTS_SECONDS)
    return StartsView(
        escort_id=profile_id,
        time_zone=home.zone,
        since=within.start,
        until=within.end,
        duration=query.duration,
        venue=query.venue,
        items=[StartView.of(start) for start in found],
    )
