"""What is looked for: sealed into the address, because names and numbers have no place in a browser's history."""

import base64
import binascii
from dataclasses import dataclass

from crm.service.unlocked_context import Desk
from crm.vault import Place, Unreadable

LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Wish:
    """Words, and tags."""

    text: str = ""
    tag: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.tag)


def sealed(desk: Desk, wish: Wish) -> str:
    """Return what the address carries."""
    document = {"text": wish.text, "tag": wish.tag}
    return base64.urlsafe_b64encode(desk.vault.seal(_place(desk), document)).decode().rstrip("=")


def opened(desk: Desk, carried: str) -> Wish:
    """Return what was looked for; nothing, where the address is not one of ours any more."""
    if not carried or len(carried) > LONGEST:
        return Wish()
    try:
        padded = carried + "=" * (-len(carried) % 4)
        found = desk.vault.open(_place(desk), base64.urlsafe_b64decode(padded.encode()))
    except (Unreadable, binascii.Error, ValueError):
        return Wish()
    return Wish(str(found.get("text", "")), str(found.get("tag", "")))


def _place(desk: Desk) -> Place:
    return Place("wish", desk.provider_id, None)
