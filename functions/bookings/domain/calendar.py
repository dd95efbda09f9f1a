"""Start slots of a meeting: one function lists them for display and for validation.

Open hours are the directory's (`escorts.open_periods`: week, exceptions, tours). Slot holds with their
buffers are subtracted, as are the meeting's own buffers. A meeting lies within open hours as a whole;
a long one, and a travel booking, only starts there, since providers do not publish hours through the
night although they may agree to them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bookings.domain.venue import Venue
from kit.errors import Conflict, DomainError, Invalid
from kit.i18n import gettext as _
from kit.intervals import Interval, union

SLOT_STEP = timedelta(minutes=15)
"""Meetings start on a quarter of an hour."""
MIN_DURATION, MAX_DURATION = timedelta(minutes=30), timedelta(days=14)
LONG_MEETING = timedelta(hours=8)
"""A meeting of this length or more needs open hours for its first hour only."""
LONG_MEETING_OPEN_TIME = timedelta(hours=1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class StartWindow:
    """Closed window: a start is possible from `first` to `last`, both included."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, order=True)
class CityZone:
    """A city of the directory and its time zone."""

    city: str
    time_zone: str


@dataclass(frozen=True, slots=True, order=True)
class OpenPeriod:
    """An interval in which the provider can be met at `place`."""

    interval: Interval
    place: CityZone


@dataclass(frozen=True, slots=True)
class Buffers:
    """Time that the provider keeps free before and after a meeting."""

    before: timedelta
    after: timedelta

    def extend(self, span: Interval) -> Interval:
        """Return the interval with the buffers around it."""
        return span.extended(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Everything that decides about one provider's time for one kind of meeting."""

    open_periods: Sequence[OpenPeriod]
    holds: Sequence[Interval]
    """With their buffers."""
    buffers: Buffers
    earliest: datetime
    """Now plus the provider's notice."""
    latest: datetime


@dataclass(frozen=True, slots=True, order=True)
class StartSlot:
    """A possible start time and its place."""

    at: datetime
    place: CityZone


@dataclass(frozen=True, slots=True)
class Meeting:
    """Duration and venue of a meeting."""

    duration: timedelta
    venue: Venue

    @property
    def required_open_time(self) -> timedelta:
        """How much of the meeting must lie within open hours."""
        if self.duration >= LONG_MEETING or self.venue is Venue.TRAVEL:
            return min(self.duration, LONG_MEETING_OPEN_TIME)
        return self.duration


def start_windows(calendar: Calendar, meeting: Meeting) -> dict[CityZone, list[StartWindow]]:
    """Return the windows of possible start times by place; the only source of availability."""
    found: dict[CityZone, list[StartWindow]] = {}
    by_place: dict[CityZone, list[Interval]] = {}
    for period in calendar.open_periods:
        by_place.setdefault(period.place, []).append(period.interval)
    blocked = [
        Interval(
            hold.start - meeting.duration - calendar.buffers.after,
            hold.end + calendar.buffers.before,
        )
        for hold in calendar.holds
    ]
    for place, intervals in by_place.items():
        open_windows = (
            StartWindow(
                max(interval.start, calendar.earliest),
                min(interval.end - meeting.required_open_time, calendar.latest),
            )
            for interval in union(intervals)
        )
        found[place] = _subtract_intervals(open_windows, blocked)
    return found


def _subtract_intervals(
    open_windows: Iterable[StartWindow], blocked: Sequence[Interval]
) -> list[StartWindow]:
    # The ends of a blocked interval stay possible: one meeting may end as the other starts.
    left = [window for window in open_windows if window.first <= window.last]
    for blocked_interval in blocked:
        left = [part for window in left for part in _subtract_interval(window, blocked_interval)]
    return sorted(left)


def _subtract_interval(window: StartWindow, blocked_interval: Interval) -> Iterator[StartWindow]:
    if window.last <= blocked_interval.start or window.first >= blocked_interval.end:
        yield window
        return
    if window.first <= blocked_interval.start:
        yield StartWindow(window.first, blocked_interval.start)
    if window.last >= blocked_interval.end:
        yield StartWindow(blocked_interval.end, window.last)


def list_slots(calendar: Calendar, meeting: Meeting, within: Interval) -> list[StartSlot]:
    """Return every start on the quarter-hour grid that can be booked, in order."""
    return sorted(
        StartSlot(at, place)
        for place, free in start_windows(calendar, meeting).items()
        for window in free
        for at in _quarter_hours(max(window.first, within.start), window.last)
        if at < within.end
    )


def require_bookable(
    calendar: Calendar, meeting: Meeting, at: datetime, city: str | None = None
) -> StartSlot:
    """Return the start slot at this time, in `city` if named; refuse a time that cannot be booked."""
    require_valid_meeting(meeting, at, calendar)
    free = start_windows(calendar, meeting)
    fitting = [
        StartSlot(at, place)
        for place in sorted(free)
        if city in (None, place.city)
        and any(window.first <= at <= window.last for window in free[place])
    ]
    if not fitting:
        raise _refusal_reason(calendar, meeting, at)
    return fitting[0]


def require_valid_meeting(meeting: Meeting, at: datetime, calendar: Calendar) -> None:
    """Refuse a duration or start that no calendar could allow; the error names the field."""
    require_valid_duration(meeting.duration)
    if (at - _EPOCH) % SLOT_STEP:
        raise Invalid(
            "start-not-on-quarter",
            _("Start on a quarter of an hour: :00, :15, :30 or :45."),
            field="start",
        )
    if at < calendar.earliest:
        raise Invalid(
            "start-too-soon",
            _("This is in the past or too soon: choose a later time."),
            field="start",
        )
    if at > calendar.latest:
        raise Invalid(
            "start-too-far", _("This is too far ahead: choose an earlier time."), field="start"
        )


def require_valid_duration(duration: timedelta) -> None:
    """Refuse a meeting that is too short, too long, or not a multiple of 15 minutes."""
    if not MIN_DURATION <= duration <= MAX_DURATION:
        raise Invalid(
            "duration-out-of-bounds", _("Choose from 30 minutes to 14 days."), field="duration"
        )
    if duration % SLOT_STEP:
        raise Invalid(
            "duration-not-in-quarters", _("Choose a multiple of 15 minutes."), field="duration"
        )


def _refusal_reason(calendar: Calendar, meeting: Meeting, at: datetime) -> DomainError:
    needed = calendar.buffers.extend(Interval(at, at + meeting.duration))
    if any(needed.overlaps(hold) for hold in calendar.holds):
        return Conflict(
            "time-taken",
            _("This time is taken: choose another, or join the waitlist."),
            field="start",
        )
    return Conflict(
        "outside-hours",
        _("The provider is not available then: choose another time."),
        field="start",
    )


def _quarter_hours(first: datetime, last: datetime) -> Iterator[datetime]:
    # Arithmetic on zoned times uses local time, which skips or repeats an hour at a clock change.
    first = first.astimezone(UTC)
    at = first + (_EPOCH - first) % SLOT_STEP
    while at <= last:
        yield at
        at += SLOT_STEP
