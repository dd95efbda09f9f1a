"""When a meeting may begin: one function for what is shown and for what is checked.

Open hours are the directory's (`escorts.open_periods`: week, exceptions, tours). From them goes what
is held already, each hold with the buffers around it, and the meeting with its own. A meeting lies
within open hours as a whole; a long one, and one on the way, only begins there, since nobody
publishes hours through the night that she may well agree to.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bookings.domain.spans import Span, Window, union
from bookings.domain.venue import Venue
from kit.errors import Conflict, DomainError, Invalid

STEP = timedelta(minutes=15)
"""Meetings begin on the quarters of an hour."""
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(days=14)
LONG = timedelta(hours=8)
"""From here on a meeting needs open hours for its beginning alone."""
BEGINNING = timedelta(hours=1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A city of the directory, and its zone."""

    city: str
    zone: str


@dataclass(frozen=True, slots=True, order=True)
class OpenPeriod:
    """The provider can be met at `place` during `span`."""

    span: Span
    place: Place


@dataclass(frozen=True, slots=True)
class Padding:
    """Time of the provider around a meeting."""

    before: timedelta
    after: timedelta

    def around(self, span: Span) -> Span:
        """Return the meeting with it."""
        return span.padded(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Calendar:
    """All that decides about one provider's time for one kind of meeting."""

    open: Sequence[OpenPeriod]
    holds: Sequence[Span]
    """Padded."""
    padding: Padding
    earliest: datetime
    """Now and the notice that she wants."""
    latest: datetime


@dataclass(frozen=True, slots=True, order=True)
class Start:
    """A meeting may begin here and then."""

    at: datetime
    place: Place


@dataclass(frozen=True, slots=True)
class Meeting:
    """How long, and where in the sense of whose place."""

    duration: timedelta
    venue: Venue

    @property
    def needs_open(self) -> timedelta:
        """How much of it must lie within open hours."""
        if self.duration >= LONG or self.venue is Venue.TRAVEL:
            return min(self.duration, BEGINNING)
        return self.duration


def windows(calendar: Calendar, meeting: Meeting) -> dict[Place, list[Window]]:
    """Return when a meeting may begin, by place: the one answer to that question."""
    found: dict[Place, list[Window]] = {}
    by_place: dict[Place, list[Span]] = {}
    for period in calendar.open:
        by_place.setdefault(period.place, []).append(period.span)
    holes = [
        Span(
            hold.start - meeting.duration - calendar.padding.after,
            hold.end + calendar.padding.before,
        )
        for hold in calendar.holds
    ]
    for place, spans in by_place.items():
        wide = (
            Window(
                max(span.start, calendar.earliest),
                min(span.end - meeting.needs_open, calendar.latest),
            )
            for span in union(spans)
        )
        found[place] = _without(wide, holes)
    return found


def _without(wide: Iterable[Window], holes: Sequence[Span]) -> list[Window]:
    # A hole's own ends stay: there one meeting ends as the other begins.
    left = [window for window in wide if window.first <= window.last]
    for hole in holes:
        left = [part for window in left for part in _cut(window, hole)]
    return sorted(left)


def _cut(window: Window, hole: Span) -> Iterator[Window]:
    if window.last <= hole.start or window.first >= hole.end:
        yield window
        return
    if window.first <= hole.start:
        yield Window(window.first, hole.start)
    if window.last >= hole.end:
        yield Window(hole.end, window.last)


def starts(calendar: Calendar, meeting: Meeting, within: Span) -> list[Start]:
    """Return every moment of the grid from which the meeting could be booked, in order."""
    return sorted(
        Start(at, place)
        for place, free in windows(calendar, meeting).items()
        for window in free
        for at in _grid(max(window.first, within.start), window.last)
        if at < within.end
    )


def bookable(calendar: Calendar, meeting: Meeting, at: datetime, city: str | None = None) -> Start:
    """Return the start at this moment, in `city` if one is named; refuse what cannot be booked."""
    require_possible(meeting, at, calendar)
    free = windows(calendar, meeting)
    fitting = [
        Start(at, place)
        for place in sorted(free)
        if city in (None, place.city)
        and any(window.first <= at <= window.last for window in free[place])
    ]
    if not fitting:
        raise _refusal(calendar, meeting, at)
    return fitting[0]


def require_possible(meeting: Meeting, at: datetime, calendar: Calendar) -> None:
    """Refuse what no calendar could allow; the field says why."""
    require_length(meeting.duration)
    if (at - _EPOCH) % STEP:
        raise Invalid(
            "start-odd", "Begin on a quarter of an hour: :00, :15, :30 or :45.", field="start"
        )
    if at < calendar.earliest:
        raise Invalid(
            "start-too-soon", "This is in the past or too soon: choose a later time.", field="start"
        )
    if at > calendar.latest:
        raise Invalid(
            "start-too-far", "This is too far ahead: choose an earlier time.", field="start"
        )


def require_length(duration: timedelta) -> None:
    """Refuse a meeting that is too short, too long, or no number of quarters of an hour."""
    if not SHORTEST <= duration <= LONGEST:
        raise Invalid(
            "duration-out-of-bounds", "Choose from 30 minutes to 14 days.", field="duration"
        )
    if duration % STEP:
        raise Invalid("duration-odd", "Choose full quarters of an hour.", field="duration")


def _refusal(calendar: Calendar, meeting: Meeting, at: datetime) -> DomainError:
    wanted = calendar.padding.around(Span(at, at + meeting.duration))
    if any(wanted.overlaps(hold) for hold in calendar.holds):
        return Conflict(
            "time-taken",
            "This time is taken: choose another, or join the waiting list.",
            field="start",
        )
    return Conflict(
        "outside-hours", "The provider is not available then: choose another time.", field="start"
    )


def _grid(first: datetime, last: datetime) -> Iterator[datetime]:
    # Adding to a time of a zone goes by its wall clock, which leaves out or repeats an hour.
    first = first.astimezone(UTC)
    at = first + (_EPOCH - first) % STEP
    while at <= last:
        yield at
        at += STEP
