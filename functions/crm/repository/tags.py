"""Table `crm.tags`: cached spellings of the tags behind the blind indexes."""

from dataclasses import dataclass
from uuid import UUID

from crm.repository.decryption import decrypt_or_none
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.ids import new_id

TABLE = "tags"


@dataclass(frozen=True, slots=True)
class CountedTag:
    """Blind index of a tag: number of clients in the list, the id of one of them, and the spelling if it is cached."""

    token: bytes
    clients: int
    sample_client_id: UUID
    spelling: str | None


class TagRepository:
    """Tags of one workspace."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def count(self, limit: int) -> list[CountedTag]:
        """Return at most `limit` tags, the most used first."""
        rows = self._work.execute(
            """
            SELECT counted.blind_index AS token, counted.clients, counted.sample_client_id,
                g.id, g.encrypted_payload
            FROM (
                SELECT t.blind_index, count(*) FILTER (WHERE c.archived_at IS NULL) AS clients,
                    (array_agg(c.id ORDER BY c.id))[1] AS sample_client_id
                FROM crm.client_search_tokens t
                JOIN crm.clients c ON c.provider_id = t.provider_id AND c.id = t.client_id
                WHERE t.provider_id = %(provider_id)s AND t.kind = 'tag'
                GROUP BY t.blind_index
            ) AS counted
            LEFT JOIN crm.tags g ON g.provider_id = %(provider_id)s AND g.token = counted.blind_index
            ORDER BY counted.clients DESC, counted.blind_index LIMIT %(limit)s
            """,
            {"provider_id": self._vault.tenant, "limit": limit},
        ).fetchall()
        return [
            CountedTag(
                bytes(row["token"]),
                row["clients"],
                row["sample_client_id"],
                self._decrypt_spelling(row["id"], bytes(row["encrypted_payload"]))
                if row["id"]
                else None,
            )
            for row in rows
        ]

    def cache(self, token: bytes, spelling: str) -> None:
        """Store the spelling of a tag, unless one is stored."""
        tag_id = new_id()
        sealed = self._vault.seal(_document_ref(tag_id), {"tag": spelling})
        self._work.execute(
            "INSERT INTO crm.tags (provider_id, token, id, encrypted_payload) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (provider_id, token) DO NOTHING",
            (self._vault.tenant, token, tag_id, sealed),
        )

    def delete(self, tokens: list[bytes]) -> None:
        """Delete cached spellings."""
        self._work.execute(
            "DELETE FROM crm.tags WHERE provider_id = %s AND token = ANY(%s)",
            (self._vault.tenant, tokens),
        )

    def delete_unused(self) -> None:
        """Delete cached spellings of tags that no client has."""
        self._work.execute(
            """
            DELETE FROM crm.tags g WHERE provider_id = %s AND NOT EXISTS (
                SELECT FROM crm.client_search_tokens t
                WHERE t.provider_id = g.provider_id AND t.kind = 'tag' AND t.blind_index = g.token)
            """,
            (self._vault.tenant,),
        )

    def _decrypt_spelling(self, tag_id: UUID, sealed: bytes) -> str | None:
        document = decrypt_or_none(self._work, self._vault, _document_ref(tag_id), sealed)
        return document["tag"] if document else None


def _document_ref(tag_id: UUID) -> DocumentRef:
    return DocumentRef(TABLE, tag_id, None)
