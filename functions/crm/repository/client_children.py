"""Child tables of a client, and how to count and reassign their rows."""

from datetime import datetime
from uuid import UUID

from psycopg.sql import SQL, Identifier, Literal, Placeholder

from crm.repository.rekey import TABLES, EncryptedTable, KeyOwner
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork

_AT_ONCE = 500

CHILD_TABLES = tuple(table for table in TABLES if table.key_owner is not KeyOwner.PROVIDER)
"""Tables whose documents are encrypted with the client's key and bound to the table's name."""


def count_children(work: UnitOfWork, provider_id: UUID, client_id: UUID) -> dict[str, int]:
    """Return the number of rows per table for a client."""
    counted = SQL(" UNION ALL ").join(
        SQL(
            "SELECT {} AS name, count(*) AS number FROM {}"
            " WHERE provider_id = %(provider_id)s AND client_id = %(client_id)s"
        ).format(Literal(table.name), Identifier("crm", table.name))
        for table in CHILD_TABLES
    )
    rows = work.execute(counted, {"provider_id": provider_id, "client_id": client_id}).fetchall()
    return {row["name"]: row["number"] for row in rows if row["number"]}


def reassign_children(
    work: UnitOfWork, vault: OpenVault, absorbed_id: UUID, client_id: UUID, generation: int
) -> dict[str, int]:
    """Move all rows of one client to another, both locked; return the number of rows per table.

    Documents are bound to their client: each is decrypted and encrypted again under `generation` of the target.
    """
    moved: dict[str, int] = {}
    for table in CHILD_TABLES:
        number = _move(work, vault, table, absorbed_id, client_id, generation)
        if number:
            moved[table.name] = number
            _replace_blind_indexes(work, vault, table, client_id)
    return moved


def _move(
    work: UnitOfWork,
    vault: OpenVault,
    table: EncryptedTable,
    absorbed_id: UUID,
    client_id: UUID,
    generation: int,
) -> int:
    values = {"provider_id": vault.tenant, "client_id": client_id, "absorbed_id": absorbed_id}
    rows = work.execute(
        SQL(
            "SELECT id, encrypted_payload FROM {} WHERE provider_id = %(provider_id)s"
            " AND client_id = %(absorbed_id)s FOR UPDATE"
        ).format(Identifier("crm", table.name)),
        values,
    ).fetchall()
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        documents = [
            vault.seal(
                DocumentRef(table.name, row["id"], client_id),
                vault.open(
                    DocumentRef(table.name, row["id"], absorbed_id), bytes(row["encrypted_payload"])
                ),
                generation,
            )
            # Retention empties documents; an empty one has no ciphertext and stays empty.
            if row["encrypted_payload"]
            else b""
            for row in some
        ]
        work.execute(
            SQL(
                "UPDATE {} AS moved SET client_id = %(client_id)s, encrypted_payload = fresh.encrypted_payload{}"
                " FROM unnest(%(ids)s::uuid[], %(documents)s::bytea[]) AS fresh (id, encrypted_payload)"
                " WHERE moved.provider_id = %(provider_id)s AND moved.id = fresh.id"
            ).format(
                Identifier("crm", table.name),
                SQL(", key_version = %(generation)s" if table.has_key_version else ""),
            ),
            values
            | {
                "ids": [row["id"] for row in some],
                "documents": documents,
                "generation": generation,
            },
        )
    return len(rows)


def _replace_blind_indexes(
    work: UnitOfWork, vault: OpenVault, table: EncryptedTable, client_id: UUID
) -> None:
    """Recompute the blind indexes of a client's rows: the source's may have been made with other keys than the
    target's.
    """
    if table.blind_indexes is None:
        return
    rows = work.execute(
        SQL(
            "SELECT id, encrypted_payload FROM {} WHERE provider_id = %s AND client_id = %s"
        ).format(Identifier("crm", table.name)),
        (vault.tenant, client_id),
    ).fetchall()
    for row in rows:
        document = vault.open(
            DocumentRef(table.name, row["id"], client_id), bytes(row["encrypted_payload"])
        )
        tokens = table.blind_indexes(vault, document)
        work.execute(
            SQL("UPDATE {} SET {} WHERE provider_id = %(provider_id)s AND id = %(id)s").format(
                Identifier("crm", table.name),
                SQL(", ").join(
                    SQL("{} = {}").format(Identifier(name), Placeholder(name)) for name in tokens
                ),
            ),
            tokens | {"provider_id": vault.tenant, "id": row["id"]},
        )


def keep_unsubscribes(
    work: UnitOfWork, provider_id: UUID, client_id: UUID, moment: datetime
) -> None:
    """End the consent to an area if one of two merged clients withdrew consent after the other gave it."""
    work.execute(
        """
        UPDATE crm.area_subscriptions AS given
        SET unsubscribed_at = refused.unsubscribed_at, version = given.version + 1, updated_at = %s
        FROM crm.area_subscriptions AS refused
        WHERE given.provider_id = %s AND given.client_id = %s AND given.unsubscribed_at IS NULL
            AND refused.provider_id = given.provider_id AND refused.client_id = given.client_id
            AND refused.area_token = given.area_token
            AND refused.unsubscribed_at >= given.consented_at
        """,
        (moment, provider_id, client_id),
    )
