"""Query parameters of lists and calendars."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from bookings.domain.transitions import Actor, Status
from bookings.schemas.fields import BookingStatus, BookingVenue, Cursor, Minutes
from bookings.service.queries import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, BookingFilter
from kit.datetime_fields import Moment
from kit.errors import Invalid
from kit.http import Request
from kit.i18n import gettext as _
from kit.intervals import Interval

_ANY_TIME = Interval(datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
_WEEK = timedelta(days=7)


class BookingsQuery(Request):
    """Filter of the caller's bookings; staff list all bookings."""

    status: list[BookingStatus | Literal["pending"]] = Field(
        default=[], max_length=9, description="Any of these statuses; pending means requested."
    )
    since: Moment | None = Field(None, alias="from", description="Bookings that end after this.")
    until: Moment | None = Field(None, alias="to", description="Bookings that start before this.")
    sort_order: Literal["asc", "desc"] = Field("asc", description="By start.")
    cursor: Cursor | None = Field(None, description="`nextCursor` of the previous page.")
    limit: int = Field(DEFAULT_PAGE_SIZE, ge=1, le=MAX_PAGE_SIZE)

    def to_filter(self, side: Actor) -> BookingFilter:
        """Convert the parameters to the filter of the use case."""
        within = Interval(self.since or _ANY_TIME.start, self.until or _ANY_TIME.end)
        if within.start >= within.end:
            raise Invalid("range-out-of-bounds", _("Choose a time after from."), field="to")
        return BookingFilter(
            side=side,
            statuses=tuple(dict.fromkeys(status_of(one) for one in self.status)),
            within=None if within == _ANY_TIME else within,
            newest_first=self.sort_order == "desc",
            cursor=self.cursor,
            limit=self.limit,
        )


class AvailabilityQuery(Request):
    """Days, length and venue; a date is one in the provider's city."""

    since: Moment | date | None = Field(None, alias="from", description="Default: now.")
    until: Moment | date | None = Field(
        None, alias="to", description="Exclusive. Default: a week after from."
    )
    duration: Minutes = 60
    venue: BookingVenue = BookingVenue.INCALL

    def within(self, now: datetime, zone: str) -> Interval:
        """Return the requested interval."""
        since = now if self.since is None else _to_utc(self.since, zone)
        if self.until is not None:
            return Interval(since, _to_utc(self.until, zone))
        if isinstance(self.since, date) and not isinstance(self.since, datetime):
            # Seven local days: the week of a clock change is an hour longer or shorter.
            return Interval(since, _to_utc(self.since + _WEEK, zone))
        return Interval(since, since + _WEEK)


def status_of(word: str) -> Status:
    """Return the status of an API word."""
    return Status.REQUESTED if word == "pending" else Status(word.replace("-", "_"))


def _to_utc(value: datetime | date, zone: str) -> datetime:
    if isinstance(value, datetime):
        return value
    if not 2000 <= value.year < 2200:
        raise Invalid("date-out-of-bounds", _("Check the year."), field="from")
    return datetime.combine(value, time(), ZoneInfo(zone)).astimezone(UTC)
