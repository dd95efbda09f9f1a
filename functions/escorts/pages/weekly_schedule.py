"""View model of a profile's next days for visitors: each period in the local time of its city."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from escorts.domain.availability import Period
from escorts.domain.search import DEFAULT_MINUTES
from escorts.domain.tours import Tour
from escorts.pages.labels import DayRow, format_date
from escorts.service.public_availability import UpcomingAvailability, whole_periods
from kit import formats
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.local_time import first_instant, local_date, midnight, next_day

DAYS = 7
_DAY_NAMES = (N_("Today"), N_("Tomorrow"))
"""Names of the first days, instead of a date."""
_SMALL_HOURS = timedelta(hours=8)
"""Longest time after midnight that is still shown with the evening before."""


@dataclass(frozen=True, slots=True)
class TourStay:
    """Tour as the profile page shows it."""

    city: str
    href: str
    dates: str
    until: str
    now: bool


@dataclass(frozen=True, slots=True)
class WeeklySchedule:
    """Availability of the next days, tours and a status line."""

    days: list[DayRow]
    full: bool
    """Whether there is time on each of the days."""
    tours: list[TourStay]
    status: str


def build_weekly_schedule(upcoming: UpcomingAvailability) -> WeeklySchedule:
    """Return the next week and the tours of the next months."""
    home = upcoming.schedule.home
    today = local_date(upcoming.start, home.zone)
    rows: dict[tuple[date, str], DayRow] = {}
    for period in whole_periods(upcoming, DAYS):
        away = period.place.city != home.city
        place = upcoming.cities[period.place.city].name if away else ""
        for on, start, end in _split_by_day(period):
            if end <= upcoming.start or on >= today + timedelta(days=DAYS):
                continue
            row = rows.setdefault((max(on, today), place), DayRow(_day_name(on, today), place, []))
            row.hours.append(_format_hours(start, end, begun=on < today))
    days = [rows[key] for key in sorted(rows)]
    visits = [_tour_stay(tour, upcoming) for tour in upcoming.tours]
    return WeeklySchedule(days, len({on for on, _place in rows}) == DAYS, visits, _status(upcoming))


def _split_by_day(period: Period) -> Iterator[tuple[date, datetime, datetime]]:
    """Split a period by local day; yield the day, the start and the end."""
    zone = period.place.zone
    wall = ZoneInfo(zone)
    start = period.start
    while start < period.end:
        on = local_date(start, zone)
        night = midnight(next_day(on), zone)
        end = period.end if period.end <= night + _SMALL_HOURS else night
        yield on, start.astimezone(wall), end.astimezone(wall)
        start = end


def _day_name(on: date, today: date) -> str:
    number = max(0, (on - today).days)
    return _(_DAY_NAMES[number]) if number < len(_DAY_NAMES) else format_date(on)


def _format_hours(start: datetime, end: datetime, *, begun: bool) -> str:
    until = "24:00" if end.time() == time() else formats.format_time(end)
    if begun:
        return _("until %(time)s", time=until)
    if start.time() == end.time() == time():
        return _("all day")
    return f"{formats.format_time(start)}–{until}"


def _tour_stay(tour: Tour, upcoming: UpcomingAvailability) -> TourStay:
    plan, city = tour.plan, upcoming.cities[tour.plan.city]
    first, last = format_date(plan.first_day), format_date(plan.last_day)
    return TourStay(
        city.name,
        f"/city/{city.slug}",
        first if plan.first_day == plan.last_day else f"{first} – {last}",
        last,
        tour.span.start <= upcoming.start < tour.span.end,
    )


def _status(upcoming: UpcomingAvailability) -> str:
    """Return the status line for visitors who want to meet soon."""
    for label, label_in_city, is_match in _STATUSES:
        places = [one.place for one in upcoming.periods if is_match(one, upcoming.start)]
        if upcoming.schedule.home in places:
            return _(label)
        if places:
            return _(label_in_city, city=upcoming.cities[places[0].city].name)
    return ""


def _is_now(period: Period, now: datetime) -> bool:
    return period.start <= now < period.end


def _is_tonight(period: Period, now: datetime) -> bool:
    """Tell whether the period counts as "tonight", by the same rule as the search.

    It must allow a start from 18:00 to 02:00 local time, for one hour.
    """
    zone = period.place.zone
    evening = local_date(now - timedelta(hours=2), zone)
    first = first_instant(datetime.combine(evening, time(18)), zone)
    last = first_instant(datetime.combine(next_day(evening), time(2)), zone)
    begin = max(period.start, first, now)
    return begin <= last and begin + timedelta(minutes=DEFAULT_MINUTES) <= period.end


_STATUSES = (
    (N_("Available now"), N_("Available now in %(city)s"), _is_now),
    (N_("Available tonight"), N_("Available tonight in %(city)s"), _is_tonight),
)
