"""One's calendar by a secret address, for the calendar that one has already."""

from fastapi import APIRouter, Depends, Response

from bookings import settings
from bookings.dependencies import Feed, Side, limit_side
from bookings.schemas.quotes import FeedAddress, FeedState
from kit.auth import public
from kit.http import API

_PATH = f"{API}/bookings/feed"
router = APIRouter(prefix=_PATH, tags=["bookings"])
_WRITES = [Depends(limit_side)]


@router.get("")
async def read_feed_state(side: Side, feed: Feed) -> FeedState:
    """Tell whether there is an address; it is not told again."""
    return FeedState(exists=feed.exists(side.user_id))


@router.post("", status_code=201, dependencies=_WRITES)
async def renew_feed(side: Side, feed: Feed) -> FeedAddress:
    """Make an address; the one before leads nowhere from now on."""
    token = feed.renew(side.user_id)
    return FeedAddress(url=f"{settings.public_origin()}{_PATH}/{token}.ics")


@router.delete("", status_code=204, dependencies=_WRITES)
async def revoke_feed(side: Side, feed: Feed) -> None:
    """Take the address away; again is no error."""
    feed.revoke(side.user_id)


@router.get(
    "/{token}.ics",
    dependencies=[public()],
    response_class=Response,
    responses={200: {"content": {"text/calendar": {}}}},
)
async def read_feed(token: str, feed: Feed) -> Response:
    """Return the calendar behind a secret: times, and nothing else."""
    return Response(feed.text(token), media_type="text/calendar; charset=utf-8")
