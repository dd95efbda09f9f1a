"""Opening what stands in lists: one document that does not open is that one's loss, never the list's.

Somebody who writes to the database can spoil a document, somebody who writes to the key table can take a key. Who looks
at one entry is told so; a list says it in the entry's place, so that it is found, and can be forgotten.
"""

from collections.abc import Mapping
from typing import Any

from psycopg.sql import SQL, Identifier

from crm.vault import (
    ClientShredded,
    DecryptionFailed,
    DocumentRef,
    OpenVault,
    RecordRekeyed,
    VaultRekeyed,
)
from kit.db import UnitOfWork

UNREADABLE_LABEL = "(does not open)"


def decrypt_or_none(
    work: UnitOfWork, vault: OpenVault, place: DocumentRef, sealed: bytes
) -> dict[str, Any] | None:
    """Return the document; None where it does not open.

    Raises `StaleVault` where the keys were changed since the book was opened: then nothing is wrong with it.
    """
    try:
        return vault.open(place, sealed)
    except VaultRekeyed:
        raise
    except RecordRekeyed:
        return _read_again(work, vault, place, sealed)
    except (DecryptionFailed, ClientShredded):
        return None


def _read_again(
    work: UnitOfWork, vault: OpenVault, place: DocumentRef, sealed: bytes
) -> dict[str, Any] | None:
    """It may have been sealed anew between reading the row and reading the key."""
    row: Mapping[str, Any] | None = work.execute(
        SQL("SELECT encrypted_payload FROM {} WHERE provider_id = %s AND id = %s").format(
            Identifier("crm", place.table)
        ),
        (vault.tenant, place.row_id),
    ).fetchone()
    if row is None or bytes(row["encrypted_payload"]) == sealed:
        return None
    try:
        return vault.open(place, bytes(row["encrypted_payload"]))
    except (DecryptionFailed, ClientShredded):
        return None
