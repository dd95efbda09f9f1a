"""A provider's calendar: a week as a list of days, a month as a table, and its secret address."""

from calendar import Calendar as Weeks
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi.responses import Response

from bookings.dependencies import Feed
from bookings.domain.booking import Booking
from bookings.domain.spans import Span
from bookings.domain.transitions import Actor
from bookings.pages.labels import city, day, zone_name
from bookings.pages.presenter import Card, card
from bookings.pages.provider_context import WRITES, InRoom, Room, room_router
from bookings.service.feeds import feed_address
from kit import clock
from kit.errors import Invalid

router = room_router("/calendar")
WEEK = timedelta(days=7)
SHORT = timedelta(hours=20)
"""Of a shorter one the first day says the end as well: everybody knows that it is the next day's."""
_FIRST, _LAST = date(2020, 1, 1), date(2100, 1, 1)


@router.get("")
async def week_page(room: InRoom, feed: Feed, week: str = "") -> Response:
    """Show the week that a day is in; this one if no day is named."""
    zone = ZoneInfo(room.profile.home.zone)
    today = clock.now().astimezone(zone).date()
    named = _date(week) or today
    monday = named - timedelta(days=named.weekday())
    entries = _entries(room, monday, monday + WEEK)
    days = [monday + timedelta(days=number) for number in range(7)]
    return room.show(
        "room_week.html",
        days=[
            {"name": day(one), "today": one == today, "entries": entries.get(one, [])}
            for one in days
        ],
        title=f"{monday.day} {monday:%B} to {days[-1].day} {days[-1]:%B %Y}",
        earlier=(monday - WEEK).isoformat(),
        later=(monday + WEEK).isoformat(),
        month=f"{monday:%Y-%m}",
        zone=zone_name(room.profile.home.zone),
        feed_exists=feed.exists(room.who.user_id),
    )


@router.get("/month")
async def month_page(room: InRoom, month: str = "") -> Response:
    """Show a month; each day leads to its week."""
    today = clock.now().astimezone(ZoneInfo(room.profile.home.zone)).date()
    first = _date(f"{month}-01") or today.replace(day=1)
    weeks = Weeks().monthdatescalendar(first.year, first.month)
    entries = _entries(room, weeks[0][0], weeks[-1][-1] + timedelta(days=1))
    return room.show(
        "room_month.html",
        title=f"{first:%B %Y}",
        weeks=[
            [
                {
                    "day": one.day,
                    "value": one.isoformat(),
                    "month": f"{one:%B}",
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
async def make_feed(room: InRoom, feed: Feed) -> Response:
    """Make a new address of the calendar and show it this once."""
    return room.show("room_feed.html", feed=feed_address(feed.renew(room.who.user_id)))


@router.post("/feed/revoke", dependencies=WRITES)
async def revoke_feed(room: InRoom, feed: Feed) -> Response:
    """Take the address away."""
    feed.revoke(room.who.user_id)
    return room.see("/calendar", "revoked")


def _entries(room: Room, first: date, until: date) -> dict[date, list[dict[str, Any]]]:
    """Return what there is, by the days that it takes where it is: each day of a long meeting."""
    home = ZoneInfo(room.profile.home.zone)
    days = (datetime.combine(one, time(), home).astimezone(UTC) for one in (first, until))
    within = Span(*days)
    listed = room.look.seeing.calendar(room.who.user_id, Actor.PROVIDER, within)
    found: dict[date, list[dict[str, Any]]] = {}
    for one in listed.bookings:
        start, end = (
            at.astimezone(ZoneInfo(one.place.zone)) for at in (one.span.start, one.span.end)
        )
        # One that ends at midnight takes nothing of the day that begins then.
        last = (end - timedelta(microseconds=1)).date()
        away = city(one.place.city) if one.place.city != room.profile.home.city else ""
        for on in _days(max(start.date(), first), min(last, until - timedelta(days=1))):
            entry = {"card": _card(one), "time": _time(start, end, last, on), "away": away}
            found.setdefault(on, []).append(entry)
    return found


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _time(start: datetime, end: datetime, last: date, on: date) -> str:
    if start.date() == last or (on == start.date() and end - start < SHORT):
        return f"{start:%H:%M} to {end:%H:%M}"
    if on == start.date():
        return f"from {start:%H:%M}"
    return f"until {end:%H:%M}" if on == last and end.date() == last else "all day"


def _card(booking: Booking) -> Card:
    return card(booking, "Client", Actor.PROVIDER)


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    if not _FIRST <= found <= _LAST:
        raise Invalid("date-out-of-bounds", "Choose a date of this century.", field="week")
    return found
