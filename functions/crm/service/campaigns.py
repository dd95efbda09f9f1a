"""Campaigns: e-mails to the subscribers of an area, with a limit per day and a cooldown per recipient."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.crm import CampaignEmailQueued
from crm.domain.audit_log import AuditAction
from crm.domain.clients import Client
from crm.domain.normalisation import normalize_email
from crm.domain.subscriptions import CampaignEmail
from crm.repository.campaigns import CampaignEmails, CampaignRecipients, Campaigns
from crm.repository.subscriptions import area_token
from crm.repository.workspaces import lock_workspace
from crm.service.audit_log import AuditLog
from crm.service.subscriptions import SubscriptionService, hash_link_token, new_link_token
from crm.service.unlocked_context import UnlockedContext
from kit.envelope import Envelope
from kit.errors import RateLimited
from kit.i18n import gettext as _

MAX_EMAILS_PER_DAY = 300
"""Of one workspace: more is no circle of clients any more, and would harm the sender reputation of all providers."""


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """Result of a campaign: e-mails queued, and clients to contact by hand."""

    email_count: int
    manual_recipients: list[Client]


class CampaignService:
    """Sends campaigns to the subscribers of an area."""

    def __init__(
        self, context: UnlockedContext, audit_log: AuditLog, envelope: Envelope, origin: str
    ) -> None:
        self._context = context
        self._audit_log = audit_log
        self._emails = CampaignEmails(context.work, envelope, context.provider_id)
        self._campaigns = Campaigns(context.work, context.provider_id)
        self._origin = origin

    def send(self, campaign_id: UUID, area: str, message: str) -> CampaignResult:
        """Queue an e-mail to every subscriber of `area`; a repeated id sends nothing."""
        # One campaign at a time: the count must not change before the e-mails are queued.
        lock_workspace(self._context.work, self._context.provider_id)
        audience = SubscriptionService(self._context).recipients(area)
        known = self._campaigns.email_count(campaign_id)
        if known is not None:
            return CampaignResult(known, audience.manual_recipients)
        moment = self._context.now()
        count = len(audience.email_recipients)
        self._require_quota(count, moment)
        token = area_token(self._context.vault, area)
        if not self._campaigns.add(campaign_id, token, count, moment):
            return CampaignResult(count, audience.manual_recipients)
        for client in audience.email_recipients:
            self._queue_email(client, message, moment)
        self._audit_log.append(AuditAction.CAMPAIGN_SENT, emails=count)
        return CampaignResult(count, audience.manual_recipients)

    def _queue_email(self, client: Client, message: str, moment: datetime) -> None:
        email = client.profile.emails[0]
        recipients = CampaignRecipients(self._context.work, self._context.vault)
        known = recipients.get_by_email([email]).get(normalize_email(email))
        if known is None:
            token = new_link_token(self._context.provider_id)
            recipients.add(email, client.id, (token, hash_link_token(token)), moment)
        else:
            token = known.link_token
            recipients.touch(known.id, client.id, moment)
        email_message = CampaignEmail(email, message, f"{self._origin}/unsubscribe/{token}")
        email_id = self._emails.add(email_message, moment)
        self._context.work.outbox.add(
            CampaignEmailQueued(email_id=email_id, provider_id=self._context.provider_id)
        )

    def _require_quota(self, count: int, moment: datetime) -> None:
        before = self._campaigns.count_emails_since(moment - timedelta(days=1))
        if before + count > MAX_EMAILS_PER_DAY:
            raise RateLimited(
                "too-many-campaign-emails",
                _(
                    "You can send at most %(max_emails_per_day)s e-mails a day: try again tomorrow.",
                    max_emails_per_day=MAX_EMAILS_PER_DAY,
                ),
                retry_after=24 * 3600,
            )
