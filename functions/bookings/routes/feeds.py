"""Calendar feed of an account, at a secret URL."""

from fastapi import APIRouter, Depends, Response

from bookings import settings
from bookings.dependencies import CalendarFeedDep, Participant, limit_participant
from bookings.schemas.quotes import FeedAddress, FeedState
from kit.auth import public
from kit.http import API

_PATH = f"{API}/bookings/feed"
router = APIRouter(prefix=_PATH, tags=["bookings"])
_WRITES = [Depends(limit_participant)]


@router.get("")
async def read_feed_state(participant: Participant, feed: CalendarFeedDep) -> FeedState:
    """Tell whether a feed exists; its URL is shown only when created."""
    return FeedState(exists=feed.exists(participant.user_id))


@router.post("", status_code=201, dependencies=_WRITES)
async def renew_feed(participant: Participant, feed: CalendarFeedDep) -> FeedAddress:
    """Create a URL; the previous one stops working."""
    token = feed.renew(participant.user_id)
    return FeedAddress(url=f"{settings.public_origin()}{_PATH}/{token}.ics")


@router.delete("", status_code=204, dependencies=_WRITES)
async def revoke_feed(participant: Participant, feed: CalendarFeedDep) -> None:
    """Delete the feed; a missing one is not an error."""
    feed.revoke(participant.user_id)


@router.get(
    "/{token}.ics",
    dependencies=[public()],
    response_class=Response,
    responses={200: {"content": {"text/calendar": {}}}},
)
async def read_feed(token: str, feed: CalendarFeedDep) -> Response:
    """Return the calendar of a token: times only."""
    return Response(feed.read_ical(token), media_type="text/calendar; charset=utf-8")
