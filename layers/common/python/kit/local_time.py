"""Conversion of local times to UTC, also in the two nights of a clock change.

A local time that the clock skips in spring is moved forward by as much as the clock. A local time that
occurs twice in autumn starts with its first occurrence and ends with its last, so both hours count.
`escorts.first_instant` (`migrations/0003.escorts.sql`) and `escorts.last_instant`
(`migrations/repeatable/060.escorts.open_periods.sql`) compute the same in SQL.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kit.errors import Invalid
from kit.i18n import gettext as _


def first_instant(local: datetime, zone: str) -> datetime:
    """Return the first instant at which the clock of `zone` shows `local`."""
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def last_instant(local: datetime, zone: str) -> datetime:
    """Return the last instant at which the clock of `zone` shows `local`."""
    # In a gap the second reading lies before the first one, which is the one moved forward.
    again = local.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
    return max(first_instant(local, zone), again)


def midnight(day: date, zone: str) -> datetime:
    """Return the instant at which `day` begins in `zone`."""
    return first_instant(datetime.combine(day, time()), zone)


def local_date(moment: datetime, zone: str) -> date:
    """Return the local date of `moment` in `zone`."""
    return moment.astimezone(ZoneInfo(zone)).date()


def next_day(day: date) -> date:
    """Return the day after `day`."""
    return day + timedelta(days=1)


def to_utc(day: date, at: time, zone: str) -> datetime:
    """Return the first instant at which the clock of `zone` shows this; refuse a skipped time."""
    local = datetime.combine(day, at)
    instant = first_instant(local, zone)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        raise Invalid(
            "time-skipped",
            _("The clocks move forward over this time: choose another time."),
            field="time",
        )
    return instant
