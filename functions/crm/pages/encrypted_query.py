"""Encrypted search text in the address: names and numbers must not enter a browser's history."""

import base64
import binascii
from dataclasses import dataclass

from crm.service.unlocked_context import UnlockedContext
from crm.vault import DecryptionFailed, DocumentRef

MAX_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class ClientSearch:
    """Search for clients: text and tag."""

    text: str = ""
    tag: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.tag)


def encrypt(unlocked: UnlockedContext, search: ClientSearch) -> str:
    """Return the encrypted search for an address."""
    document = {"text": search.text, "tag": search.tag}
    return (
        base64.urlsafe_b64encode(unlocked.vault.seal(_document_ref(unlocked), document))
        .decode()
        .rstrip("=")
    )


def decrypt(unlocked: UnlockedContext, encrypted: str) -> ClientSearch:
    """Return the search from an address; an empty one if it cannot be decrypted."""
    if not encrypted or len(encrypted) > MAX_LENGTH:
        return ClientSearch()
    try:
        padded = encrypted + "=" * (-len(encrypted) % 4)
        found = unlocked.vault.open(
            _document_ref(unlocked), base64.urlsafe_b64decode(padded.encode())
        )
    except (DecryptionFailed, binascii.Error, ValueError):
        return ClientSearch()
    return ClientSearch(str(found.get("text", "")), str(found.get("tag", "")))


def _document_ref(unlocked: UnlockedContext) -> DocumentRef:
    return DocumentRef("client_search", unlocked.provider_id, None)
