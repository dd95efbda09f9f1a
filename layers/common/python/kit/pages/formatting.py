"""Formatting shared by the pages of several features."""

_HOUR, _DAY = 60, 24 * 60


def duration(minutes: int) -> str:
    """Return a duration, in minutes, in words."""
    if minutes % _DAY == 0 and minutes > _DAY:
        return f"{minutes // _DAY} days"
    hours, rest = divmod(minutes, _HOUR)
    if not hours:
        return f"{rest} minutes"
    unit = "hour" if hours == 1 else "hours"
    return f"{hours} {unit}" if not rest else f"{hours} {unit} {rest} minutes"
