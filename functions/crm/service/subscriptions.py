"""Area notifications: who asked to hear of what, telling them, and hearing no more."""

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
from crm.repository.record_types import AREA_SUBSCRIPTIONS
from crm.service.records import PAGE, RecordPage, RecordService
from crm.service.unlocked_context import UnlockedContext, set_tenant
from kit.db import UnitOfWork
from kit.errors import Invalid

CAMPAIGN_COOLDOWN = timedelta(days=7)
"""Nobody hears more often: news of areas, and not a way to pursue somebody."""
_BATCH_SIZE = 200
_SECRET_BYTES = 20
"""Bytes; with the sixteen before them they need no padding in base64."""
_EMAIL_CHANNELS = (NotificationChannel.EMAIL, NotificationChannel.BOTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionInput:
    """A client's wish, as she writes it down."""

    area: str
    channel: NotificationChannel
    consented_at: datetime
    how: str = ""


@dataclass(frozen=True, slots=True)
class CampaignAudience:
    """Who would hear of an area: by mail, and whom she must tell herself (no mail address, or texts only).

    `resting`: how many were written to within the last days, and hear nothing now. Who wants no letters any more is
    nowhere here, whatever wishes are written down.
    """

    by_mail: list[Client]
    by_herself: list[Client]
    resting: int = 0


class SubscriptionService:
    """The wishes in one open book."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._records = RecordService(context, AREA_SUBSCRIPTIONS)

    def add(
        self, client_id: UUID, new: SubscriptionInput, consent_id: UUID | None = None
    ) -> Stored[AreaSubscription]:
        """Write down that a client wants to hear of an area; sent twice under one id, it is there once."""
        self._require_past(new.consented_at)
        token = new_link_token(self._context.provider_id)
        consent = AreaSubscription(
            area=new.area,
            channel=new.channel,
            consented_at=new.consented_at,
            how=new.how,
            area_token=self._context.vault.blind_index("area", normalize_tag(new.area)),
            link_token=token,
            unsubscribe_hash=hash_link_token(token),
        )
        return self._records.add(client_id, consent, consent_id)

    def get(self, consent_id: UUID) -> Stored[AreaSubscription]:
        """Return one; raise `NotFound`."""
        return self._records.get(consent_id)

    def update(
        self, consent_id: UUID, version: int, new: SubscriptionInput
    ) -> Stored[AreaSubscription]:
        """Change one; a client who wants to hear no more is not brought back by that."""
        self._require_past(new.consented_at)
        before = self._records.get(consent_id).payload
        if before.unsubscribed_at is not None:
            raise Invalid(
                "consent-ended",
                "This client wants to hear no more. If they ask again, write down a new wish.",
                field="consentedAt",
            )
        changed = replace(
            before,
            area=new.area,
            channel=new.channel,
            consented_at=new.consented_at,
            how=new.how,
            area_token=self._context.vault.blind_index("area", normalize_tag(new.area)),
        )
        return self._records.update(consent_id, version, changed)

    def unsubscribe(self, consent_id: UUID, version: int) -> Stored[AreaSubscription]:
        """Note that the client wants to hear no more; again is harmless."""
        before = self._records.get(consent_id)
        if before.payload.unsubscribed_at is not None:
            return before
        moment = max(self._context.now(), before.payload.consented_at)
        return self._records.update(
            consent_id, version, replace(before.payload, unsubscribed_at=moment)
        )

    def delete(self, consent_id: UUID) -> None:
        """Take one away."""
        self._records.delete(consent_id)

    def list(
        self, record_filter: RecordFilter, cursor: str | None = None, limit: int = PAGE
    ) -> RecordPage[AreaSubscription]:
        """Return some of them, the latest first."""
        return self._records.list(record_filter, cursor, limit)

    def recipients(self, area: str) -> CampaignAudience:
        """Return who would hear of an area: each client once, and only whom she may write to."""
        by_mail: dict[str, Client] = {}
        by_herself: dict[UUID, Client] = {}
        for stored, client in self._subscriptions_to(area):
            emails = client.profile.emails
            if stored.payload.channel in _EMAIL_CHANNELS and emails:
                by_mail.setdefault(normalize_email(emails[0]), client)
            if stored.payload.channel is not NotificationChannel.EMAIL or not emails:
                by_herself.setdefault(client.id, client)
        known = CampaignRecipients(self._context.work, self._context.vault).get_by_email(by_mail)
        ended = {by_mail[email].id for email, one in known.items() if one.unsubscribed_at is not None}
        resting = {email for email, one in known.items() if self._is_in_cooldown(one)}
        return CampaignAudience(
            [c for email, c in by_mail.items() if email not in resting and c.id not in ended],
            [client for client in by_herself.values() if client.id not in ended],
            sum(1 for email in resting if by_mail[email].id not in ended),
        )

    def _is_in_cooldown(self, addressee: CampaignRecipient) -> bool:
        return addressee.last_emailed_at > self._context.now() - CAMPAIGN_COOLDOWN

    def _subscriptions_to(self, area: str) -> Iterator[tuple[Stored[AreaSubscription], Client]]:
        clients = ClientRepository(self._context.work, self._context.vault)
        for token in self._context.vault.blind_indexes("area", normalize_tag(area)):
            for stored in self._iter_all(RecordFilter(equal={"area_token": token})):
                if stored.payload.unsubscribed_at is not None or not stored.opens:
                    continue
                for client in clients.get_many_or_placeholder([stored.client_id]):
                    if client.is_readable and _may_be_contacted(client):
                        yield stored, client

    def _iter_all(self, wanted: RecordFilter) -> Iterator[Stored[AreaSubscription]]:
        records = EncryptedRecordRepository(
            self._context.work, self._context.vault, AREA_SUBSCRIPTIONS
        )
        while found := records.list(wanted, _BATCH_SIZE):
            yield from found
            wanted = replace(wanted, after=(found[-1].created_at, found[-1].id))

    def _require_past(self, moment: datetime) -> None:
        if moment > self._context.now():
            raise Invalid(
                "consent-ahead", "Say when they asked for it: a time that is over.",
                field="consentedAt",
            )  # fmt: skip


def unsubscribe_by_link(work: UnitOfWork, token: str, moment: datetime) -> None:
    """End all letters of the provider whose letter had this link; an unknown link is no error."""
    provider_id = _provider_id_in(token)
    if provider_id is None:
        return
    set_tenant(work, provider_id)
    client_id = unsubscribe_recipient(work, provider_id, hash_link_token(token), moment)
    if client_id is not None:
        withdraw_consents(work, provider_id, client_id, moment)


def new_link_token(provider_id: UUID) -> str:
    """Return a fresh token of a link: whose letters it ends, since rows are seen by one book alone, and a secret."""
    return base64.urlsafe_b64encode(provider_id.bytes + secrets.token_bytes(_SECRET_BYTES)).decode()


def _provider_id_in(token: str) -> UUID | None:
    try:
        whole = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        return None
    return UUID(bytes=whole[:16]) if len(whole) == 16 + _SECRET_BYTES else None


def hash_link_token(token: str) -> bytes:
    """Return what is kept of a link: whoever reads the database cannot use it."""
    return hashlib.sha256(token.encode()).digest()


def _may_be_contacted(client: Client) -> bool:
    standing = client.status
    wanted = standing.communication_preference is not CommunicationPreference.NO_CONTACT
    return wanted and standing.archived_at is None
