"""What lists and calendars are asked for."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from bookings.domain.spans import Span
from bookings.domain.transitions import Actor, Status
from bookings.schemas.fields import BookingStatus, BookingVenue, Cursor, Minutes
from bookings.service.queries import LONGEST_PAGE, PAGE, Query
from kit.datetime_fields import Moment
from kit.errors import Invalid
from kit.http import Request

_EVER = Span(datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
_WEEK = timedelta(days=7)


class BookingsQuery(Request):
    """Which of one's bookings; staff list everybody's."""

    status: list[BookingStatus | Literal["pending"]] = Field(
        default=[], max_length=9, description="Any of these; pending is requested."
    )
    since: Moment | None = Field(None, alias="from", description="What ends after this.")
    until: Moment | None = Field(None, alias="to", description="What begins before this.")
    sort_order: Literal["asc", "desc"] = Field("asc", description="By the beginning.")
    cursor: Cursor | None = Field(None, description="`nextCursor` of the page before.")
    limit: int = Field(PAGE, ge=1, le=LONGEST_PAGE)

    def to_query(self, side: Actor) -> Query:
        """Return it as the use case takes it."""
        within = Span(self.since or _EVER.start, self.until or _EVER.end)
        if within.start >= within.end:
            raise Invalid("range-out-of-bounds", "Choose a time after from.", field="to")
        return Query(
            side=side,
            statuses=tuple(dict.fromkeys(status_of(one) for one in self.status)),
            within=None if within == _EVER else within,
            newest_first=self.sort_order == "desc",
            cursor=self.cursor,
            limit=self.limit,
        )


class AvailabilityQuery(Request):
    """For which days, length and place; a date is one in the provider's city."""

    since: Moment | date | None = Field(None, alias="from", description="Now, if left out.")
    until: Moment | date | None = Field(
        None, alias="to", description="Not included. A week after from, if left out."
    )
    duration: Minutes = 60
    venue: BookingVenue = BookingVenue.INCALL

    def within(self, now: datetime, zone: str) -> Span:
        """Return the stretch that is asked for."""
        since = now if self.since is None else _instant(self.since, zone)
        if self.until is not None:
            return Span(since, _instant(self.until, zone))
        if isinstance(self.since, date) and not isinstance(self.since, datetime):
            # A week of days: the one in which the clock moves is an hour longer, or shorter.
            return Span(since, _instant(self.since + _WEEK, zone))
        return Span(since, since + _WEEK)


def status_of(word: str) -> Status:
    """Return the state that a word of the API means."""
    return Status.REQUESTED if word == "pending" else Status(word.replace("-", "_"))


def _instant(said: datetime | date, zone: str) -> datetime:
    if isinstance(said, datetime):
        return said
    if not 2000 <= said.year < 2200:
        raise Invalid("date-out-of-bounds", "Check the year.", field="from")
    return datetime.combine(said, time(), ZoneInfo(zone)).astimezone(UTC)
