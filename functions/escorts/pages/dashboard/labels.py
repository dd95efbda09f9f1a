"""Formatting of dates and periods in the dashboard."""

from datetime import date, datetime, timedelta


def format_days(first: date, last: date) -> str:
    """Return a range of days as text, both days included."""
    if first == last:
        return f"{first:%A} {first.day} {first:%B %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {last.day} {last:%B %Y}"
    if first.year == last.year:
        return f"{first.day} {first:%B} to {last.day} {last:%B %Y}"
    return f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"


def format_period(start: datetime, end: datetime) -> str:
    """Return a period in one local time as text."""
    whole = start.time() == end.time() == datetime.min.time()
    if whole:
        return format_days(start.date(), end.date() - timedelta(days=1))
    if start.date() == end.date():
        return f"{format_days(start.date(), start.date())}, {start:%H:%M} to {end:%H:%M}"
    return f"{start.day} {start:%B %Y}, {start:%H:%M} to {end.day} {end:%B %Y}, {end:%H:%M}"
