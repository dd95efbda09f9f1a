"""Where a document belongs, and how it is written down before it is sealed."""

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
    """The row of a sealed document; without a client it is one of the tenant's own."""

    table: str
    row_id: UUID
    client_id: UUID | None

    def associated_data(self, tenant: UUID, generation: int) -> bytes:
        """Return what the ciphertext is bound to: moved anywhere else, it does not open."""
        client = self.client_id.hex if self.client_id else ""
        return length_prefixed(
            "crm document", tenant.hex, self.table, self.row_id.hex, client, generation
        )


def to_bytes(document: Mapping[str, JSON]) -> bytes:
    """Return the document as it is sealed."""
    # Half a surrogate pair is text, if odd: what was typed comes back.
    return _encoder.encode(document).encode(errors="surrogatepass")


def from_bytes(plaintext: bytes) -> dict[str, Any]:
    """Return the document that was sealed."""
    document = json.loads(plaintext)
    if not isinstance(document, dict):
        raise DecryptionFailed("not a document")
    return document
