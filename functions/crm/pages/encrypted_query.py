"""What is looked for: sealed into the address, because names and numbers have no place in a browser's history."""

import base64
import binascii
from dataclasses import dataclass

from crm.service.unlocked_context import UnlockedContext
from crm.vault import DecryptionFailed, DocumentRef

LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class ClientSearch:
    """Words, and tags."""

    text: str = ""
    tag: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.tag)


def encrypt(unlocked: UnlockedContext, wish: ClientSearch) -> str:
    """Return what the address carries."""
    document = {"text": wish.text, "tag": wish.tag}
    return (
        base64.urlsafe_b64encode(unlocked.vault.seal(_place(unlocked), document))
        .decode()
        .rstrip("=")
    )


def decrypt(unlocked: UnlockedContext, carried: str) -> ClientSearch:
    """Return what was looked for; nothing, where the address is not one of ours any more."""
    if not carried or len(carried) > LONGEST:
        return ClientSearch()
    try:
        padded = carried + "=" * (-len(carried) % 4)
        found = unlocked.vault.open(_place(unlocked), base64.urlsafe_b64decode(padded.encode()))
    except (DecryptionFailed, binascii.Error, ValueError):
        return ClientSearch()
    return ClientSearch(str(found.get("text", "")), str(found.get("tag", "")))


def _place(unlocked: UnlockedContext) -> DocumentRef:
    return DocumentRef("wish", unlocked.provider_id, None)
