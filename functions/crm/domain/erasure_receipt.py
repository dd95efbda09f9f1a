"""Pseudonymous receipt of an erased client: a hash of the id, a time and row counts."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReceipt:
    """Proof of an erasure, found by the client's id; without the id it identifies no person."""

    client_hash: str
    erased_at: datetime
    counts: dict[str, int]
    """Deleted rows, by table."""


def client_hash(provider_id: UUID, client_id: UUID) -> str:
    """Return the audit log's name for a client: ids are random, so none can be guessed from the hash."""
    return hashlib.sha256(f"client|{provider_id.hex}|{client_id.hex}".encode()).hexdigest()
