"""Area subscriptions: consents, recipients of a campaign, and unsubscribing."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from crm.domain.clients import Client
from crm.domain.enums import CommunicationPreference, NotificationChannel
from crm.domain.normalisation import normalize_email, normalize_tag
from crm.domain.subscriptions import AreaSubscription
from crm.repository.campaigns import (
    CampaignRecipient,
    CampaignRecipients,
    unsubscribe_recipient,
    withdraw_consents,
)
from crm.repository.clients import ClientRepository
from crm.repository.encrypted_records import EncryptedRecordRepository, RecordFilter, Stored
from crm.repository.subscriptions import AREA_SUBSCRIPTIONS, area_token
from crm.service.records import PAGE, RecordPage, RecordService
from crm.service.unlocked_context import UnlockedContext, set_tenant
from kit.db import UnitOfWork
from kit.errors import Invalid
from kit.i18n import gettext as _

CAMPAIGN_COOLDOWN = timedelta(days=7)
"""Minimum time between campaign e-mails to one recipient, so that they cannot be used to harass a client."""
_BATCH_SIZE = 200
_SECRET_BYTES = 20
"""Bytes; with the sixteen of the provider id before them they need no padding in base64."""
_EMAIL_CHANNELS = (NotificationChannel.EMAIL, NotificationChannel.BOTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionInput:
    """Input of an area subscription."""

    area: str
    channel: NotificationChannel
    consented_at: datetime
    how: str = ""


@dataclass(frozen=True, slots=True)
class CampaignAudience:
    """Recipients of a campaign: by e-mail, and to contact by hand (no e-mail address, or text messages only).

    `in_cooldown`: number of recipients who had an e-mail within the last days and get none now. Unsubscribed recipients
    are left out, whatever subscriptions they have.
    """

    email_recipients: list[Client]
    manual_recipients: list[Client]
    in_cooldown: int = 0


class SubscriptionService:
    """Area subscriptions of one unlocked workspace."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._records = RecordService(context, AREA_SUBSCRIPTIONS)

    def add(
        self, client_id: UUID, new: SubscriptionInput, subscription_id: UUID | None = None
    ) -> Stored[AreaSubscription]:
        """Add a subscription; a repeated id adds nothing."""
        self._require_past(new.consented_at)
        token = new_link_token(self._context.provider_id)
        consent = AreaSubscription(
            area=new.area,
            channel=new.channel,
            consented_at=new.consented_at,
            how=new.how,
            area_token=area_token(self._context.vault, new.area),
            link_token=token,
            unsubscribe_hash=hash_link_token(token),
        )
        return self._records.add(client_id, consent, subscription_id)

    def get(self, subscription_id: UUID) -> Stored[AreaSubscription]:
        """Return a subscription; raise `NotFound`."""
        return self._records.get(subscription_id)

    def update(
        self, subscription_id: UUID, version: int, new: SubscriptionInput
    ) -> Stored[AreaSubscription]:
        """Update a subscription; raise `Invalid` for an ended one, which an update must not renew."""
        self._require_past(new.consented_at)
        before = self._records.get(subscription_id).payload
        if before.unsubscribed_at is not None:
            raise Invalid(
                "consent-ended",
                _("This client has unsubscribed. If they ask again, add a new subscription."),
                field="consentedAt",
            )
        changed = replace(
            before,
            area=new.area,
            channel=new.channel,
            consented_at=new.consented_at,
            how=new.how,
            area_token=area_token(self._context.vault, new.area),
        )
        return self._records.update(subscription_id, version, changed)

    def unsubscribe(self, subscription_id: UUID, version: int) -> Stored[AreaSubscription]:
        """End a subscription; do nothing if it has ended."""
        before = self._records.get(subscription_id)
        if before.payload.unsubscribed_at is not None:
            return before
        moment = max(self._context.now(), before.payload.consented_at)
        return self._records.update(
            subscription_id, version, replace(before.payload, unsubscribed_at=moment)
        )

    def delete(self, subscription_id: UUID) -> None:
        """Delete a subscription."""
        self._records.delete(subscription_id)

    def list(
        self, record_filter: RecordFilter, cursor: str | None = None, limit: int = PAGE
    ) -> RecordPage[AreaSubscription]:
        """Return a page of subscriptions, the latest first."""
        return self._records.list(record_filter, cursor, limit)

    def recipients(self, area: str) -> CampaignAudience:
        """Return the recipients in an area: each client once, and only clients who may be contacted."""
        email_recipients: dict[str, Client] = {}
        manual_recipients: dict[UUID, Client] = {}
        for stored, client in self._subscriptions_to(area):
            emails = client.profile.emails
            if stored.payload.channel in _EMAIL_CHANNELS and emails:
                email_recipients.setdefault(normalize_email(emails[0]), client)
            if stored.payload.channel is not NotificationChannel.EMAIL or not emails:
                manual_recipients.setdefault(client.id, client)
        known = CampaignRecipients(self._context.work, self._context.vault).get_by_email(
            email_recipients
        )
        unsubscribed = {
            email_recipients[email].id
            for email, one in known.items()
            if one.unsubscribed_at is not None
        }
        in_cooldown = {email for email, one in known.items() if self._is_in_cooldown(one)}
        return CampaignAudience(
            [
                c
                for email, c in email_recipients.items()
                if email not in in_cooldown and c.id not in unsubscribed
            ],
            [client for client in manual_recipients.values() if client.id not in unsubscribed],
            sum(1 for email in in_cooldown if email_recipients[email].id not in unsubscribed),
        )

    def _is_in_cooldown(self, recipient: CampaignRecipient) -> bool:
        return recipient.last_emailed_at > self._context.now() - CAMPAIGN_COOLDOWN

    def _subscriptions_to(self, area: str) -> Iterator[tuple[Stored[AreaSubscription], Client]]:
        clients = ClientRepository(self._context.work, self._context.vault)
        for token in self._context.vault.blind_indexes("area", normalize_tag(area)):
            for stored in self._iter_all(RecordFilter(equal={"area_token": token})):
                if stored.payload.unsubscribed_at is not None or not stored.opens:
                    continue
                for client in clients.get_many_or_placeholder([stored.client_id]):
                    if client.is_readable and _may_be_contacted(client):
                        yield stored, client

    def _iter_all(self, record_filter: RecordFilter) -> Iterator[Stored[AreaSubscription]]:
        records = EncryptedRecordRepository(
            self._context.work, self._context.vault, AREA_SUBSCRIPTIONS
        )
        while found := records.list(record_filter, _BATCH_SIZE):
            yield from found
            record_filter = replace(record_filter, after=(found[-1].created_at, found[-1].id))

    def _require_past(self, moment: datetime) -> None:
        if moment > self._context.now():
            raise Invalid(
                "consent-in-future", _("Enter a consent date in the past."),
                field="consentedAt",
            )  # fmt: skip


def unsubscribe_by_link(work: UnitOfWork, token: str, moment: datetime) -> None:
    """Unsubscribe a link's recipient from all e-mails of the provider; an unknown link is no error."""
    provider_id = _provider_id_in(token)
    if provider_id is None:
        return
    set_tenant(work, provider_id)
    client_id = unsubscribe_recipient(work, provider_id, hash_link_token(token), moment)
    if client_id is not None:
        withdraw_consents(work, provider_id, client_id, moment)


def new_link_token(provider_id: UUID) -> str:
    """Return a new unsubscribe token: the provider id, which row-level security needs, and a secret."""
    return base64.urlsafe_b64encode(provider_id.bytes + secrets.token_bytes(_SECRET_BYTES)).decode()


def _provider_id_in(token: str) -> UUID | None:
    try:
        whole = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        return None
    return UUID(bytes=whole[:16]) if len(whole) == 16 + _SECRET_BYTES else None


def hash_link_token(token: str) -> bytes:
    """Return the stored hash of a token: the database alone does not reveal usable links."""
    return hashlib.sha256(token.encode()).digest()


def _may_be_contacted(client: Client) -> bool:
    status = client.status
    record_filter = status.communication_preference is not CommunicationPreference.NO_CONTACT
    return record_filter and status.archived_at is None
