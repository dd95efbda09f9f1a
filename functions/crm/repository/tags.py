"""The table `crm.tags`: how the tags behind the tokens are spelled, as far as that was needed before."""

from dataclasses import dataclass
from uuid import UUID

from crm.repository.decryption import decrypt_or_none
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.ids import new_id

TABLE = "tags"


@dataclass(frozen=True, slots=True)
class CountedTag:
    """A token of a tag: how many clients of the list have it, one who does, and its spelling if it is remembered."""

    token: bytes
    clients: int
    somebody: UUID
    spelled: str | None


class TagRepository:
    """The tags of one book."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def count(self, limit: int) -> list[CountedTag]:
        """Return at most `limit`, the most used first."""
        rows = self._work.execute(
            """
            SELECT found.token, found.clients, found.somebody, g.id, g.encrypted_payload FROM (
                SELECT t.token, count(*) FILTER (WHERE c.archived_at IS NULL) AS clients,
                    (array_agg(c.id ORDER BY c.id))[1] AS somebody
                FROM crm.client_search_tokens t
                JOIN crm.clients c ON c.provider_id = t.provider_id AND c.id = t.client_id
                WHERE t.provider_id = %(provider_id)s AND t.kind = 'tag'
                GROUP BY t.token
            ) AS found
            LEFT JOIN crm.tags g ON g.provider_id = %(provider_id)s AND g.token = found.token
            ORDER BY found.clients DESC, found.token LIMIT %(limit)s
            """,
            {"provider_id": self._vault.tenant, "limit": limit},
        ).fetchall()
        return [
            CountedTag(
                bytes(row["token"]),
                row["clients"],
                row["somebody"],
                self._spelled(row["id"], bytes(row["encrypted_payload"])) if row["id"] else None,
            )
            for row in rows
        ]

    def cache(self, token: bytes, spelled: str) -> None:
        """Keep how a tag is spelled; what is known already stays."""
        tag_id = new_id()
        sealed = self._vault.seal(_place(tag_id), {"tag": spelled})
        self._work.execute(
            "INSERT INTO crm.tags (provider_id, token, id, encrypted_payload) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (provider_id, token) DO NOTHING",
            (self._vault.tenant, token, tag_id, sealed),
        )

    def delete(self, tokens: list[bytes]) -> None:
        """Forget how these are spelled."""
        self._work.execute(
            "DELETE FROM crm.tags WHERE provider_id = %s AND token = ANY(%s)",
            (self._vault.tenant, tokens),
        )

    def delete_unused(self) -> None:
        """Forget those that nobody has any more."""
        self._work.execute(
            """
            DELETE FROM crm.tags g WHERE provider_id = %s AND NOT EXISTS (
                SELECT FROM crm.client_search_tokens t
                WHERE t.provider_id = g.provider_id AND t.kind = 'tag' AND t.token = g.token)
            """,
            (self._vault.tenant,),
        )

    def _spelled(self, tag_id: UUID, sealed: bytes) -> str | None:
        document = decrypt_or_none(self._work, self._vault, _place(tag_id), sealed)
        return document["tag"] if document else None


def _place(tag_id: UUID) -> DocumentRef:
    return DocumentRef(TABLE, tag_id, None)
