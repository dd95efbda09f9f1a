"""Formatting of dates and periods in the dashboard."""

from datetime import date, datetime, timedelta

from kit import formats


def format_days(first: date, last: date) -> str:
    """Return a range of days as text, both days included."""
    if first == last:
        return formats.format_date(first, "weekday")
    return formats.format_date_range(first, last)


def format_period(start: datetime, end: datetime, zone: str) -> str:
    """Return a period in the local time of a zone as text; whole days without times."""
    first, last = formats.local_moment(start, zone), formats.local_moment(end, zone)
    if first.time() == last.time() == datetime.min.time():
        return format_days(first.date(), last.date() - timedelta(days=1))
    return formats.format_period(start, end, zone)
