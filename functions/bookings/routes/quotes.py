"""Quotes and free slots before a request."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from bookings.age_gate import api_age_gate
from bookings.dependencies import BookingRequestsDep, limit_quotes
from bookings.domain.venue import Venue
from bookings.schemas.queries import AvailabilityQuery
from bookings.schemas.quotes import QuoteView, SlotsView, SlotView
from bookings.schemas.requests import ProfileQuoteBody
from kit import clock
from kit.auth import public
from kit.http import API, public_cache_control

SLOTS_CACHE_SECONDS = 120
"""Cached slots may be slightly outdated, since each request is validated again."""
router = APIRouter(tags=["bookings"])


@router.post(f"{API}/bookings/quote", dependencies=[public(), api_age_gate, Depends(limit_quotes)])
async def quote_booking(body: ProfileQuoteBody, requests: BookingRequestsDep) -> QuoteView:
    """Return the price of a meeting, the policy to agree to, and the provider's questions."""
    return QuoteView.from_domain(requests.quote(body.profile_id, body.to_quote_request()))


@router.get(f"{API}/escorts/{{profile_id}}/availability", dependencies=[public(), api_age_gate])
async def list_slots(
    profile_id: UUID,
    query: Annotated[AvailabilityQuery, Query()],
    requests: BookingRequestsDep,
    response: Response,
) -> SlotsView:
    """Return possible starts of a meeting of this length, in the provider's time zone."""
    home = requests.public_profile(profile_id).home
    within = query.within(clock.now(), home.time_zone)
    found = requests.list_slots(
        profile_id, within, timedelta(minutes=query.duration), Venue(query.venue)
    )
    response.headers["cache-control"] = public_cache_control(SLOTS_CACHE_SECONDS)
    return SlotsView(
        profile_id=profile_id,
        time_zone=home.time_zone,
        since=within.start,
        until=within.end,
        duration=query.duration,
        venue=query.venue,
        items=[SlotView.from_domain(start) for start in found],
    )
