"""What forms and addresses carry, read with care."""

import re
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm.service.clients import ClientQuery, ClientService
from crm.service.unlocked_context import UnlockedContext

_PART = re.compile(
    r"/(clients|visits|tasks|said|screening|references|areas)(/[a-z0-9-]{1,40}){0,3}"
)


def safe_path(part: str) -> str:
    """Return an address below the room's, where it is one of ours; else that of the first page."""
    return part if _PART.fullmatch(part) else ""


def parse_uuid(text: str) -> UUID | None:
    """Return an id, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


MAX_OPTIONS = 100


def client_options(unlocked: UnlockedContext, wanted: str = "") -> list[tuple[str, str]]:
    """Return a field's choices: the latest people, and the one who is wanted already.

    Nothing can be written about one who does not open.
    """
    book = ClientService(unlocked)
    latest = book.list(ClientQuery(limit=MAX_OPTIONS)).items
    found = [(str(one.id), one.profile.name) for one in latest if one.is_readable]
    who = parse_uuid(wanted)
    if who is not None and str(who) not in {key for key, _ in found}:
        found.append((str(who), book.get(who).profile.name))
    return found


def site_options(unlocked: UnlockedContext, client: UUID | None) -> list[tuple[str, str]]:
    """Return a field's choices: where somebody is known."""
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
"""Those a form offers; one that an entry has already is offered too."""


def time_zone_options(*used: str) -> list[tuple[str, str]]:
    """Return a field's choices."""
    names = sorted({*ZONES, *(time_zone for time_zone in used if time_zone)})
    return [(name, name.replace("_", " ").replace("/", ": ", 1)) for name in names]


def time_zone_label(name: str) -> ZoneInfo | None:
    """Return a zone, if there is one of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
