"""Decrypts list rows; a row that fails to decrypt becomes a placeholder and does not fail the list.

An attacker with write access to the database can damage a document, one with write access to the key table can remove
a key. A single record reports the error; a list shows a placeholder, so that the record is found and can be deleted.
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
from kit.i18n import N_
from kit.i18n import gettext as _

UNREADABLE_LABEL = N_("(does not open)")
"""Text in place of an unreadable one; translated when a placeholder is made of it."""


def translated_placeholder(placeholder: Mapping[str, str]) -> dict[str, str]:
    """Return the document that stands for an unreadable one, in the current language."""
    return {name: _(text) for name, text in placeholder.items()}


def decrypt_or_none(
    work: UnitOfWork, vault: OpenVault, place: DocumentRef, sealed: bytes
) -> dict[str, Any] | None:
    """Return the decrypted document, or None if it is unreadable.

    Raises `VaultRekeyed` if the keys changed since the vault was opened: then the document is intact.
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
    """Read the document again: it may have been re-encrypted between reading the row and reading the key."""
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
