"""What forms and addresses carry, read with care."""

import re
from uuid import UUID

_PART = re.compile(
    r"/(clients|visits|tasks|said|screening|references|areas)(/[a-z0-9-]{1,40}){0,3}"
)


def way(part: str) -> str:
    """Return an address below the room's, where it is one of ours; else that of the first page."""
    return part if _PART.fullmatch(part) else ""


def id_of(text: str) -> UUID | None:
    """Return an id, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None
