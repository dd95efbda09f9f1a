"""The table `crm.campaign_recipients`: whom a book wrote letters to, by address, and who wants none any more."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.domain.normalisation import normalize_email
from crm.domain.subscriptions import CampaignEmail
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.ids import new_id

TABLE = "campaign_recipients"


@dataclass(frozen=True, slots=True)
class CampaignRecipient:
    """Somebody behind an address; `link_token` ends all letters to it."""

    id: UUID
    link_token: str
    last_emailed_at: datetime
    unsubscribed_at: datetime | None


class CampaignRecipients:
    """Those of one open book."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def get_by_email(self, emails: Iterable[str]) -> dict[str, CampaignRecipient]:
        """Return those of these addresses that were written to, by folded address.

        Of two rows of one address, which a change of keys may leave, the one counts that ended.
        """
        asked = {
            token: email
            for email in {normalize_email(one) for one in emails}
            for token in self._vault.blind_indexes("email", email)
        }
        rows = self._work.execute(
            "SELECT id, address_token, encrypted_payload, written_at, ended_at FROM crm.campaign_recipients"
            " WHERE provider_id = %s AND address_token = ANY(%s)"
            " ORDER BY ended_at IS NOT NULL, written_at",
            (self._vault.tenant, list(asked)),
        ).fetchall()
        return {asked[bytes(row["address_token"])]: self._decrypt(row) for row in rows}

    def add(self, email: str, client_id: UUID, link: tuple[str, bytes], moment: datetime) -> None:
        """Note that an address is written to for the first time; `link` is what ends it, and its hash."""
        token, link_hash = link
        addressee_id, email = new_id(), normalize_email(email)
        document = {"email": email, "linkToken": token}
        self._work.execute(
            """
            INSERT INTO crm.campaign_recipients
                (id, provider_id, address_token, link_hash, encrypted_payload, client_id, written_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            """,
            (
                addressee_id,
                self._vault.tenant,
                self._vault.blind_index("email", email),
                link_hash,
                self._vault.seal(DocumentRef(TABLE, addressee_id, None), document),
                client_id,
                moment,
            ),
        )

    def touch(self, recipient_id: UUID, client_id: UUID, moment: datetime) -> None:
        """Note that an address is written to once more."""
        self._work.execute(
            "UPDATE crm.campaign_recipients SET client_id = %s, written_at = %s"
            " WHERE provider_id = %s AND id = %s",
            (client_id, moment, self._vault.tenant, recipient_id),
        )

    def reassign(self, client_id: UUID, remaining_id: UUID) -> None:
        """Have an end by link end the wishes of who stays, where two clients were one."""
        self._work.execute(
            "UPDATE crm.campaign_recipients SET client_id = %s WHERE provider_id = %s AND client_id = %s",
            (remaining_id, self._vault.tenant, client_id),
        )

    def _decrypt(self, row: Mapping[str, Any]) -> CampaignRecipient:
        document = self._vault.open(
            DocumentRef(TABLE, row["id"], None), bytes(row["encrypted_payload"])
        )
        return CampaignRecipient(
            row["id"], document["linkToken"], row["written_at"], row["ended_at"]
        )


def unsubscribe_recipient(
    work: UnitOfWork, provider_id: UUID, link_hash: bytes, moment: datetime
) -> UUID | None:
    """Note that whoever has this link wants no more; return the client who was written to by it."""
    row = work.execute(
        "UPDATE crm.campaign_recipients SET ended_at = coalesce(ended_at, %s)"
        " WHERE provider_id = %s AND link_hash = %s RETURNING client_id",
        (moment, provider_id, link_hash),
    ).fetchone()
    return row["client_id"] if row else None


PURPOSE = "crm.campaign_emails"
"""KMS sees it: who sends letters may decrypt what was sealed for it, and no book."""


class CampaignEmails:
    """Letters of one book that wait to be sent."""

    def __init__(self, work: UnitOfWork, envelope: Envelope, provider_id: UUID) -> None:
        self._work = work
        self._envelope = envelope
        self._provider_id = provider_id

    def add(self, email: CampaignEmail, moment: datetime) -> UUID:
        """Keep a letter, sealed; return its id."""
        letter_id = new_id()
        text = json.dumps([email.to, email.message, email.stop_url])
        self._work.execute(
            "INSERT INTO crm.campaign_emails (id, provider_id, sealed, created_at) VALUES (%s, %s, %s, %s)",
            (
                letter_id,
                self._provider_id,
                self._envelope.seal(text.encode(), self._aad_context(letter_id)),
                moment,
            ),
        )
        return letter_id

    def claim(self, email_id: UUID) -> CampaignEmail | None:
        """Return a letter and delete it, in the transaction that sends it; None where it is gone."""
        row = self._work.execute(
            "DELETE FROM crm.campaign_emails WHERE provider_id = %s AND id = %s RETURNING sealed",
            (self._provider_id, email_id),
        ).fetchone()
        if row is None:
            return None
        text = self._envelope.open(bytes(row["sealed"]), self._aad_context(email_id))
        return CampaignEmail(*json.loads(text))

    def _aad_context(self, letter_id: UUID) -> dict[str, str]:
        return {"letter": str(letter_id), "provider": str(self._provider_id)}


class Campaigns:
    """What was told of one book's areas, and how often."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def email_count(self, announcement_id: UUID) -> int | None:
        """Return how many letters an announcement had, None where there was none."""
        row = self._work.execute(
            "SELECT letters FROM crm.campaigns WHERE provider_id = %s AND id = %s",
            (self._provider_id, announcement_id),
        ).fetchone()
        return row["letters"] if row else None

    def count_emails_since(self, moment: datetime) -> int:
        """Return how many letters there were since then."""
        row = self._work.execute(
            "SELECT coalesce(sum(letters), 0)::int AS letters FROM crm.campaigns"
            " WHERE provider_id = %s AND announced_at >= %s",
            (self._provider_id, moment),
        ).fetchone()
        return row["letters"] if row else 0

    def add(self, campaign_id: UUID, area_token: bytes, email_count: int, moment: datetime) -> bool:
        """Note one; tell whether it is the first with this id."""
        made = self._work.execute(
            """
            INSERT INTO crm.campaigns (provider_id, id, area_token, letters, announced_at)
            VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
            """,
            (self._provider_id, campaign_id, area_token, email_count, moment),
        ).fetchone()
        return made is not None


def withdraw_consents(
    work: UnitOfWork, provider_id: UUID, client_id: UUID, moment: datetime
) -> int:
    """Take back all of a client's wishes at one provider; return how many there were."""
    return work.execute(
        """
        UPDATE crm.area_subscriptions SET unsubscribed_at = greatest(%s, consented_at),
            updated_at = %s, version = version + 1
        WHERE provider_id = %s AND client_id = %s AND unsubscribed_at IS NULL
        """,
        (moment, moment, provider_id, client_id),
    ).rowcount
