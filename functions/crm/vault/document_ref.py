"""The address of an encrypted document, and the encoding of a document before it is sealed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm.vault.errors import DecryptionFailed
from crm.vault.primitives import length_prefixed

_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

type JSON = str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """The row of a sealed document; without a client, a document of the tenant itself."""

    table: str
    row_id: UUID
    client_id: UUID | None

    def associated_data(self, tenant: UUID, generation: int) -> bytes:
        """Return the associated data of the ciphertext: a ciphertext that was moved elsewhere does not open."""
        client = self.client_id.hex if self.client_id else ""
        return length_prefixed(
            "crm document", tenant.hex, self.table, self.row_id.hex, client, generation
        )


def to_bytes(document: Mapping[str, JSON]) -> bytes:
    """Encode a document as the bytes to seal."""
    # Half a surrogate pair is text, if odd: the typed characters come back unchanged.
    return _encoder.encode(document).encode(errors="surrogatepass")


def from_bytes(plaintext: bytes) -> dict[str, Any]:
    """Decode the bytes of an opened document."""
    document = json.loads(plaintext)
    if not isinstance(document, dict):
        raise DecryptionFailed("not a document")
    return document
