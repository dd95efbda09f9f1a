"""From a date and a clock on the wall to an instant, on the two odd nights of a year as well."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from kit.errors import Invalid


def instant(day: date, at: time, zone: str) -> datetime:
    """Return when the wall clock of `zone` first shows this; refuse a time that it skips."""
    local = datetime.combine(day, at)
    moment = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        raise Invalid(
            "time-skipped",
            "The clocks move forward over this time: there is no such time on that day.",
            field="time",
        )
    return moment
