"""From the clock on the wall to instants, on the two odd nights of a year as well.

A time that the clock skips in spring is moved forward by as much as the clock is; a time that it
shows twice in autumn begins with the first showing and ends with the last, so both hours count.
`escorts.first_instant` and `escorts.last_instant` (migrations/0031) say the same in SQL.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def first_instant(local: datetime, zone: str) -> datetime:
    """Return when the wall clock of `zone` first shows `local`."""
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def last_instant(local: datetime, zone: str) -> datetime:
    """Return when the wall clock of `zone` last shows `local`."""
    # In a gap the second reading lies before the first one, which is the one moved forward.
    again = local.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
    return max(first_instant(local, zone), again)


def midnight(day: date, zone: str) -> datetime:
    """Return when `day` begins in `zone`."""
    return first_instant(datetime.combine(day, time()), zone)


def local_date(moment: datetime, zone: str) -> date:
    """Return the date on a wall in `zone`."""
    return moment.astimezone(ZoneInfo(zone)).date()


def next_day(day: date) -> date:
    """Return the day after."""
    return day + timedelta(days=1)
