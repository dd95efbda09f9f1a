"""Free slots of a profile as days and times to choose from, in the place's time zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from bookings.domain.calendar import CityZone, StartSlot
from bookings.domain.venue import Venue
from bookings.pages.labels import city_label, time_label, zone_label
from bookings.repository.directory import Profile
from bookings.service.requests import MAX_AVAILABILITY_RANGE, BookingRequests
from kit.errors import DomainError, Invalid
from kit.formats import format_date, format_datetime, format_time, format_weekday, month_name
from kit.i18n import N_, ngettext
from kit.i18n import gettext as _
from kit.intervals import Interval

DAYS = 7
_MAX_QUARTER_HOUR_SLOTS = 16
"""A day with more slots than this shows half hours only."""
_PARTS = (
    (6, N_("Night")), (12, N_("Morning")), (18, N_("Afternoon")), (24, N_("Evening")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SlotButton:
    """A start time as a button."""

    value: str
    text: str
    label: str
    """Time with its day, for screen readers."""


@dataclass(frozen=True, slots=True)
class DayPart:
    """A part of a day, at one place."""

    name: str
    slots: list[SlotButton]


@dataclass(frozen=True, slots=True)
class DayTab:
    """A day of the displayed week."""

    value: str
    name: str
    number: str
    hidden_label: str
    """Text for screen readers, instead of the dot."""
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class SlotPicker:
    """A week of days, and the times of one of them."""

    days: list[DayTab]
    title: str
    parts: list[DayPart]
    zone: str
    earlier: str
    later: str
    first: str


@dataclass(frozen=True, slots=True)
class SlotQuery:
    """Profile, duration and venue to find free slots for."""

    profile: Profile
    duration: timedelta
    venue: Venue
    now: datetime
    horizon: int
    """Days."""


def build_picker(
    requests: BookingRequests, query: SlotQuery, since: date | None, chosen: date | None
) -> SlotPicker:
    """Return the week from `since` on, or the first week with a free slot."""
    home = query.profile.home
    today = query.now.astimezone(ZoneInfo(home.time_zone)).date()
    last = today + timedelta(days=query.horizon)
    first = min(max(since or chosen or today, today), last)
    starts = _week(requests, query, first)
    if not starts and since is None and chosen is None:
        first = _first_day(requests, query, first) or first
        starts = _week(requests, query, first)
    by_day: dict[date, list[StartSlot]] = {}
    for start in starts:
        by_day.setdefault(local_time(start).date(), []).append(start)
    days = [first + timedelta(days=number) for number in range(DAYS)]
    if chosen not in days:
        chosen = next((one for one in days if by_day.get(one)), first)
    shown = by_day.get(chosen, [])
    return SlotPicker(
        days=[_tab(one, len(by_day.get(one, ())), chosen=one == chosen) for one in days],
        title=format_date(chosen, "weekday-this-year"),
        parts=_parts(shown, home),
        zone=zone_label(shown[0].place.time_zone if shown else home.time_zone),
        earlier=_iso(max(today, first - timedelta(days=DAYS))) if first > today else "",
        later=_iso(days[-1] + timedelta(days=1)) if days[-1] < last else "",
        first=_iso(first),
    )


def nearest_slots(
    requests: BookingRequests, query: SlotQuery, after: datetime, most: int = 6
) -> list[tuple[StartSlot, SlotButton]]:
    """Return the free slots nearest to `after`, half an hour apart, preferably on the same evening."""
    within = Interval(after - timedelta(hours=3), after + timedelta(days=10))
    try:
        starts = requests.list_slots(query.profile.profile_id, within, query.duration, query.venue)
    except DomainError:
        return []
    found = [start for start in starts if start.at != after and not local_time(start).minute % 30]
    nearest = sorted(found, key=lambda start: (abs(start.at - after), start.at))[:most]
    return [(start, slot_button(start)) for start in sorted(nearest)]


def find_slot(
    requests: BookingRequests, query: SlotQuery, at: datetime, in_city: str | None
) -> StartSlot | None:
    """Return the slot at this time, if it is free (in that city)."""
    within = Interval(at, at + timedelta(minutes=1))
    found = requests.list_slots(query.profile.profile_id, within, query.duration, query.venue)
    return next((one for one in found if in_city in (None, one.place.city)), None)


def local_time(start: StartSlot) -> datetime:
    """Return the start in the time zone of its place."""
    return start.at.astimezone(ZoneInfo(start.place.time_zone))


def slot_button(start: StartSlot) -> SlotButton:
    """Return the button of a start, with its day."""
    zone = start.place.time_zone
    return SlotButton(
        _value(start),
        time_label(start.at, zone),
        format_datetime(start.at, zone, "weekday-this-year"),
    )


def parse_start(text: str) -> datetime:
    """Return the start of a button's value."""
    missing = Invalid("start-missing", _("Choose a time."), field="start")
    try:
        at = datetime.fromisoformat(text.partition("@")[0])
    except ValueError:
        raise missing from None
    if at.tzinfo is None:
        raise missing
    return at


def _week(requests: BookingRequests, query: SlotQuery, first: date) -> list[StartSlot]:
    begin = _midnight(first, query)
    end = _midnight(first + timedelta(days=DAYS), query)
    found = requests.list_slots(
        query.profile.profile_id, Interval(begin, end), query.duration, query.venue
    )
    days = {first + timedelta(days=number) for number in range(DAYS)}
    return [start for start in found if local_time(start).date() in days]


def _first_day(requests: BookingRequests, query: SlotQuery, first: date) -> date | None:
    begin = _midnight(first, query)
    length = min(MAX_AVAILABILITY_RANGE, timedelta(days=query.horizon + 1))
    found = requests.list_slots(
        query.profile.profile_id, Interval(begin, begin + length), query.duration, query.venue
    )
    return local_time(found[0]).date() if found else None


def _midnight(on: date, query: SlotQuery) -> datetime:
    # In UTC, since arithmetic on local time is off by an hour at a clock change.
    return datetime.combine(on, time(), ZoneInfo(query.profile.home.time_zone)).astimezone(UTC)


def _tab(on: date, count: int, *, chosen: bool) -> DayTab:
    month = month_name(on.month)
    times = (
        ngettext("%(month)s: %(count)s time", "%(month)s: %(count)s times", count, month=month)
        if count
        else _("%(month)s: no time", month=month)
    )
    return DayTab(
        _iso(on), format_weekday(on, "abbreviated"), str(on.day), f" {times}", count, chosen
    )


def _parts(starts: Sequence[StartSlot], home: CityZone) -> list[DayPart]:
    many = len(starts) > _MAX_QUARTER_HOUR_SLOTS
    shown = [start for start in starts if not many or local_time(start).minute in (0, 30)]
    found = []
    ordered = sorted(shown, key=lambda start: (start.place, start.at))
    for (place, name), group in groupby(ordered, key=lambda start: (start.place, _part(start))):
        slots = [
            SlotButton(_value(start), format_time(local_time(start)), slot_button(start).label)
            for start in group
        ]
        title = _(name)
        if place.city != home.city:
            title = _("%(part)s in %(city)s", part=title, city=city_label(place.city))
        found.append(DayPart(title, slots))
    return found


def _value(start: StartSlot) -> str:
    # On tour a time may be open in two cities: the form contains the chosen city.
    return f"{start.at.isoformat()}@{start.place.city}"


def _part(start: StartSlot) -> str:
    return next(name for until, name in _PARTS if local_time(start).hour < until)


def _iso(on: date) -> str:
    return on.isoformat()
