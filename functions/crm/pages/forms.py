"""Parsing of form and address values, and options of select fields."""

import re
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm.service.clients import ClientQuery, ClientService
from crm.service.unlocked_context import UnlockedContext

_LOCAL_PATH = re.compile(
    r"/(clients|visits|tasks|communications|screening|references|areas)(/[a-z0-9-]{1,40}){0,3}"
)


def safe_path(path: str) -> str:
    """Return a path below the workspace's address if it is known; else that of the dashboard."""
    return path if _LOCAL_PATH.fullmatch(path) else ""


def parse_uuid(text: str) -> UUID | None:
    """Return the UUID of a text, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


MAX_OPTIONS = 100


def client_options(unlocked: UnlockedContext, selected: str = "") -> list[tuple[str, str]]:
    """Return the options of a client field: the latest clients, and the selected one.

    Unreadable clients are left out: no record can be added to them.
    """
    service = ClientService(unlocked)
    latest = service.list(ClientQuery(limit=MAX_OPTIONS)).items
    found = [(str(one.id), one.profile.name) for one in latest if one.is_readable]
    selected_id = parse_uuid(selected)
    if selected_id is not None and str(selected_id) not in {key for key, _ in found}:
        found.append((str(selected_id), service.get(selected_id).profile.name))
    return found


def site_options(unlocked: UnlockedContext, client: UUID | None) -> list[tuple[str, str]]:
    """Return the options of a site field: the client's reference sites."""
    if client is None:
        return []
    sites = ClientService(unlocked).get(client).profile.reference_sites
    return [(name, name) for name in dict.fromkeys(one.site for one in sites)]


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
"""Time zones that a form offers, besides that of the record."""


def time_zone_options(*used: str) -> list[tuple[str, str]]:
    """Return the options of a time zone field."""
    names = sorted({*ZONES, *(time_zone for time_zone in used if time_zone)})
    return [(name, name.replace("_", " ").replace("/", ": ", 1)) for name in names]


def parse_time_zone(name: str) -> ZoneInfo | None:
    """Return the time zone of a name, or None."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
