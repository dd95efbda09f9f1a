"""How somebody who is gone is still spoken of."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReceipt:
    """That somebody was forgotten: who asks with their id finds it, and nobody else learns of whom it speaks."""

    client_hash: str
    forgotten_at: datetime
    counts: dict[str, int]
    """How many rows went, by table."""


def client_hash(provider_id: UUID, client_id: UUID) -> str:
    """Return what stands in the trail for a client: ids are random, so none can be guessed from it."""
    return hashlib.sha256(f"client|{provider_id.hex}|{client_id.hex}".encode()).hexdigest()
