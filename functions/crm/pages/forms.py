"""Parsing of form and address values, and options of select fields."""

import re
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from crm.service.clients import ClientQuery, ClientService
from crm.service.unlocked_context import UnlockedContext
from kit.i18n import N_
from kit.i18n import gettext as _

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


_REGIONS = (
    N_("Europe"),
    N_("America"),
    N_("Africa"),
    N_("Asia"),
    N_("Australia"),
    N_("Pacific"),
    N_("Atlantic"),
    N_("Indian"),
    N_("Antarctica"),
)
type OptionGroup = tuple[str, list[tuple[str, str]]]
"""Label of a group of options, and its options."""


def time_zone_options(used: str) -> list[OptionGroup]:
    """Return the options of a time zone field by region; a used zone outside the regions is in the last group."""
    groups = _time_zones_by_region()
    others = dict.fromkeys(("UTC", used) if used else ("UTC",))
    listed = {name for _, options in groups for name, _ in options}
    return [
        *((_(region), options) for region, options in groups),
        (_("Other"), [(name, name) for name in others if name not in listed]),
    ]


@cache
def _time_zones_by_region() -> list[OptionGroup]:
    # Cached: the first call reads the head of each file of the time zone database (50 ms).
    names = sorted(available_timezones())
    return [
        (region, [(name, _location(name)) for name in names if name.startswith(f"{region}/")])
        for region in _REGIONS
    ]


def _location(name: str) -> str:
    return name.partition("/")[2].replace("_", " ").replace("/", ": ")


def parse_time_zone(name: str) -> ZoneInfo | None:
    """Return the time zone of a name, or None."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
