"""Tables of campaigns: `crm.campaign_recipients` by address, `crm.campaign_emails` to send, `crm.campaigns` sent."""

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


def address_token(vault: OpenVault, email: str) -> bytes:
    """Return the blind index of a normalised e-mail address, under which its recipient is found."""
    return vault.blind_index("email", email)


@dataclass(frozen=True, slots=True)
class CampaignRecipient:
    """Recipient of campaign e-mails at one address; `link_token` unsubscribes it from all of them."""

    id: UUID
    link_token: str
    last_emailed_at: datetime
    unsubscribed_at: datetime | None


class CampaignRecipients:
    """Campaign recipients of one unlocked workspace."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def get_by_email(self, emails: Iterable[str]) -> dict[str, CampaignRecipient]:
        """Return the recipients among these addresses, by normalised address.

        A key change may leave two rows of one address: an unsubscribed row takes precedence.
        """
        asked = {
            token: email
            for email in {normalize_email(one) for one in emails}
            for token in self._vault.blind_indexes("email", email)
        }
        rows = self._work.execute(
            "SELECT id, address_token, encrypted_payload, last_emailed_at, unsubscribed_at FROM crm.campaign_recipients"
            " WHERE provider_id = %s AND address_token = ANY(%s)"
            " ORDER BY unsubscribed_at IS NOT NULL, last_emailed_at",
            (self._vault.tenant, list(asked)),
        ).fetchall()
        return {asked[bytes(row["address_token"])]: self._decrypt(row) for row in rows}

    def add(self, email: str, client_id: UUID, link: tuple[str, bytes], moment: datetime) -> None:
        """Insert a recipient with the first e-mail; `link` is the unsubscribe token and its hash."""
        token, unsubscribe_hash = link
        recipient_id, email = new_id(), normalize_email(email)
        document = {"email": email, "linkToken": token}
        self._work.execute(
            """
            INSERT INTO crm.campaign_recipients
                (id, provider_id, address_token, unsubscribe_hash, encrypted_payload, client_id, last_emailed_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            """,
            (
                recipient_id,
                self._vault.tenant,
                address_token(self._vault, email),
                unsubscribe_hash,
                self._vault.seal(DocumentRef(TABLE, recipient_id, None), document),
                client_id,
                moment,
            ),
        )

    def touch(self, recipient_id: UUID, client_id: UUID, moment: datetime) -> None:
        """Record another e-mail to a recipient."""
        self._work.execute(
            "UPDATE crm.campaign_recipients SET client_id = %s, last_emailed_at = %s"
            " WHERE provider_id = %s AND id = %s",
            (client_id, moment, self._vault.tenant, recipient_id),
        )

    def reassign(self, client_id: UUID, remaining_id: UUID) -> None:
        """Reassign the recipients of a merged client, so that their links unsubscribe the client that remains."""
        self._work.execute(
            "UPDATE crm.campaign_recipients SET client_id = %s WHERE provider_id = %s AND client_id = %s",
            (remaining_id, self._vault.tenant, client_id),
        )

    def _decrypt(self, row: Mapping[str, Any]) -> CampaignRecipient:
        document = self._vault.open(
            DocumentRef(TABLE, row["id"], None), bytes(row["encrypted_payload"])
        )
        return CampaignRecipient(
            row["id"], document["linkToken"], row["last_emailed_at"], row["unsubscribed_at"]
        )


def unsubscribe_recipient(
    work: UnitOfWork, provider_id: UUID, unsubscribe_hash: bytes, moment: datetime
) -> UUID | None:
    """Unsubscribe the recipient of this link; return the client who last got an e-mail there."""
    row = work.execute(
        "UPDATE crm.campaign_recipients SET unsubscribed_at = coalesce(unsubscribed_at, %s)"
        " WHERE provider_id = %s AND unsubscribe_hash = %s RETURNING client_id",
        (moment, provider_id, unsubscribe_hash),
    ).fetchone()
    return row["client_id"] if row else None


PURPOSE = "crm.campaign_emails"
"""KMS encryption context: the campaign mailer may decrypt data of this purpose, and no workspace key."""


class CampaignEmails:
    """Queued campaign e-mails of one workspace."""

    def __init__(self, work: UnitOfWork, envelope: Envelope, provider_id: UUID) -> None:
        self._work = work
        self._envelope = envelope
        self._provider_id = provider_id

    def add(self, email: CampaignEmail, moment: datetime) -> UUID:
        """Insert an encrypted e-mail; return its id."""
        email_id = new_id()
        text = json.dumps([email.to, email.message, email.stop_url])
        self._work.execute(
            "INSERT INTO crm.campaign_emails (id, provider_id, sealed, created_at) VALUES (%s, %s, %s, %s)",
            (
                email_id,
                self._provider_id,
                self._envelope.seal(text.encode(), self._aad_context(email_id)),
                moment,
            ),
        )
        return email_id

    def claim(self, email_id: UUID) -> CampaignEmail | None:
        """Return an e-mail and delete it, in the transaction that sends it; None if it is gone."""
        row = self._work.execute(
            "DELETE FROM crm.campaign_emails WHERE provider_id = %s AND id = %s RETURNING sealed",
            (self._provider_id, email_id),
        ).fetchone()
        if row is None:
            return None
        text = self._envelope.open(bytes(row["sealed"]), self._aad_context(email_id))
        return CampaignEmail(*json.loads(text))

    def _aad_context(self, email_id: UUID) -> dict[str, str]:
        return {"email": str(email_id), "provider": str(self._provider_id)}


class Campaigns:
    """Campaigns of one workspace."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def email_count(self, campaign_id: UUID) -> int | None:
        """Return the number of e-mails of a campaign, None if there is no such campaign."""
        row = self._work.execute(
            "SELECT email_count FROM crm.campaigns WHERE provider_id = %s AND id = %s",
            (self._provider_id, campaign_id),
        ).fetchone()
        return row["email_count"] if row else None

    def count_emails_since(self, moment: datetime) -> int:
        """Return the number of e-mails queued since a moment."""
        row = self._work.execute(
            "SELECT coalesce(sum(email_count), 0)::int AS email_count FROM crm.campaigns"
            " WHERE provider_id = %s AND sent_at >= %s",
            (self._provider_id, moment),
        ).fetchone()
        return row["email_count"] if row else 0

    def add(self, campaign_id: UUID, area_token: bytes, email_count: int, moment: datetime) -> bool:
        """Insert a campaign; return False if the id exists."""
        inserted = self._work.execute(
            """
            INSERT INTO crm.campaigns (provider_id, id, area_token, email_count, sent_at)
            VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
            """,
            (self._provider_id, campaign_id, area_token, email_count, moment),
        ).fetchone()
        return inserted is not None


def withdraw_consents(
    work: UnitOfWork, provider_id: UUID, client_id: UUID, moment: datetime
) -> int:
    """Withdraw all consents of a client at one provider; return their number."""
    return work.execute(
        """
        UPDATE crm.area_subscriptions SET unsubscribed_at = greatest(%s, consented_at),
            updated_at = %s, version = version + 1
        WHERE provider_id = %s AND client_id = %s AND unsubscribed_at IS NULL
        """,
        (moment, moment, provider_id, client_id),
    ).rowcount
