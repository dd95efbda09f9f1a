"""The zones that a form offers."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ZONES = (
    "Europe/Amsterdam", "Europe/Athens", "Europe/Berlin", "Europe/Brussels", "Europe/Bucharest",
    "Europe/Budapest", "Europe/Copenhagen", "Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul",
    "Europe/Lisbon", "Europe/London", "Europe/Luxembourg", "Europe/Madrid", "Europe/Oslo",
    "Europe/Paris", "Europe/Prague", "Europe/Rome", "Europe/Stockholm", "Europe/Vienna",
    "Europe/Warsaw", "Europe/Zurich", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "America/Mexico_City", "America/New_York", "America/Sao_Paulo", "America/Toronto", "Asia/Bangkok",
    "Asia/Dubai", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Tokyo", "Africa/Johannesburg",
    "Australia/Brisbane", "Australia/Melbourne", "Australia/Perth", "Australia/Sydney",
    "Pacific/Auckland", "UTC",
)  # fmt: skip
"""Those a form offers; one that an entry has already is offered too."""


def zone_options(*used: str) -> list[tuple[str, str]]:
    """Return a field's choices."""
    names = sorted({*ZONES, *(zone for zone in used if zone)})
    return [(name, name.replace("_", " ").replace("/", ": ", 1)) for name in names]


def zone_called(name: str) -> ZoneInfo | None:
    """Return a zone, if there is one of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
