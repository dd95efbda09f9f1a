"""Pages of a provider's calendar: a week by days, a month as a table, and the calendar feed."""

from calendar import Calendar as Weeks
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi.responses import Response

from bookings.dependencies import CalendarFeedDep
from bookings.domain.booking import Booking
from bookings.domain.transitions import Actor
from bookings.pages.labels import city_label, zone_label
from bookings.pages.presenter import BookingCard, booking_card
from bookings.pages.provider_context import (
    WRITES,
    ProviderPageContext,
    ProviderPageDep,
    provider_router,
)
from bookings.service.feeds import feed_url
from kit import clock
from kit.errors import Invalid
from kit.formats import (
    format_date,
    format_date_range,
    format_time,
    format_time_range,
    month_name,
    weekday_name,
)
from kit.i18n import gettext as _
from kit.intervals import Interval

router = provider_router("/calendar")
WEEK = timedelta(days=7)
SHORT = timedelta(hours=20)
"""Up to this duration the first day shows the end time, although the end is on the next day."""
_FIRST, _LAST = date(2020, 1, 1), date(2100, 1, 1)


@router.get("")
async def week_page(context: ProviderPageDep, feed: CalendarFeedDep, week: str = "") -> Response:
    """Render the week of a day, by default the current week."""
    zone = ZoneInfo(context.profile.home.time_zone)
    today = clock.now().astimezone(zone).date()
    named = _date(week) or today
    monday = named - timedelta(days=named.weekday())
    entries = _entries(context, monday, monday + WEEK)
    days = [monday + timedelta(days=number) for number in range(7)]
    return context.render(
        "provider_week.html",
        days=[
            {
                "name": format_date(one, "weekday-this-year"),
                "today": one == today,
                "entries": entries.get(one, []),
            }
            for one in days
        ],
        title=format_date_range(monday, days[-1]),
        earlier=(monday - WEEK).isoformat(),
        later=(monday + WEEK).isoformat(),
        month=f"{monday:%Y-%m}",
        zone=zone_label(context.profile.home.time_zone),
        feed_exists=feed.exists(context.caller.user_id),
    )


@router.get("/month")
async def month_page(context: ProviderPageDep, month: str = "") -> Response:
    """Render a month; each day links to its week."""
    today = clock.now().astimezone(ZoneInfo(context.profile.home.time_zone)).date()
    first = _date(f"{month}-01") or today.replace(day=1)
    weeks = Weeks().monthdatescalendar(first.year, first.month)
    entries = _entries(context, weeks[0][0], weeks[-1][-1] + timedelta(days=1))
    return context.render(
        "provider_month.html",
        title=format_date(first, "month"),
        weekdays=[weekday_name(number) for number in range(7)],
        weeks=[
            [
                {
                    "day": one.day,
                    "value": one.isoformat(),
                    "month": month_name(one.month),
                    "count": len(entries.get(one, ())),
                    "inside": one.month == first.month,
                    "today": one == today,
                }
                for one in row
            ]
            for row in weeks
        ],
        earlier=f"{first - timedelta(days=1):%Y-%m}",
        later=f"{first + timedelta(days=32):%Y-%m}",
    )


@router.post("/feed", dependencies=WRITES)
async def make_feed(context: ProviderPageDep, feed: CalendarFeedDep) -> Response:
    """Create a calendar link and show it once."""
    return context.render("provider_feed.html", feed=feed_url(feed.renew(context.caller.user_id)))


@router.post("/feed/revoke", dependencies=WRITES)
async def revoke_feed(context: ProviderPageDep, feed: CalendarFeedDep) -> Response:
    """Delete the calendar link."""
    feed.revoke(context.caller.user_id)
    return context.redirect("/calendar", "revoked")


def _entries(
    context: ProviderPageContext, first: date, until: date
) -> dict[date, list[dict[str, Any]]]:
    """Return the bookings by each local day that they cover."""
    home = ZoneInfo(context.profile.home.time_zone)
    days = (datetime.combine(one, time(), home).astimezone(UTC) for one in (first, until))
    within = Interval(*days)
    listed = context.services.queries.list_calendar(context.caller.user_id, Actor.PROVIDER, within)
    found: dict[date, list[dict[str, Any]]] = {}
    for one in listed.bookings:
        start, end = (
            at.astimezone(ZoneInfo(one.place.time_zone))
            for at in (one.period.start, one.period.end)
        )
        # A booking that ends at midnight does not cover the day that starts then.
        last = (end - timedelta(microseconds=1)).date()
        away = city_label(one.place.city) if one.place.city != context.profile.home.city else ""
        for on in _days(max(start.date(), first), min(last, until - timedelta(days=1))):
            entry = {"card": _card(one), "time": _entry_time(start, end, last, on), "away": away}
            found.setdefault(on, []).append(entry)
    return found


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _entry_time(start: datetime, end: datetime, last: date, on: date) -> str:
    if start.date() == last or (on == start.date() and end - start < SHORT):
        return format_time_range(start, end)
    if on == start.date():
        return _("from %(time)s", time=format_time(start))
    if on == last and end.date() == last:
        return _("until %(time)s", time=format_time(end))
    return _("all day")


def _card(booking: Booking) -> BookingCard:
    return booking_card(booking, _("Client"), Actor.PROVIDER)


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    if not _FIRST <= found <= _LAST:
        raise Invalid("date-out-of-bounds", _("Choose a date between 2020 and 2100."), field="week")
    return found
