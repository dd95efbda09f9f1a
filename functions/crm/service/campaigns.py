"""Telling clients that she comes to where they asked to hear of: letters, never more often than they can bear."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.crm import CampaignEmailQueued
from crm.domain.audit_log import AuditAction
from crm.domain.clients import Client
from crm.domain.normalisation import normalize_email, normalize_tag
from crm.domain.subscriptions import CampaignEmail
from crm.repository.campaigns import CampaignEmails, CampaignRecipients, Campaigns
from crm.repository.workspaces import lock_workspace
from crm.service.audit_log import AuditLog
from crm.service.subscriptions import SubscriptionService, link_token, token_hash
from crm.service.unlocked_context import UnlockedContext
from kit.envelope import Envelope
from kit.errors import RateLimited

MAX_EMAILS_PER_DAY = 300
"""Of one book: more is no circle of clients any more, and costs everybody's mail its good name."""


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """What became of an announcement."""

    letters: int
    by_herself: list[Client]


class CampaignService:
    """Telling clients that she comes to where they asked to hear of."""

    def __init__(
        self, context: UnlockedContext, audit_log: AuditLog, envelope: Envelope, origin: str
    ) -> None:
        self._context = context
        self._audit_log = audit_log
        self._letters = CampaignEmails(context.work, envelope, context.provider_id)
        self._announcements = Campaigns(context.work, context.provider_id)
        self._origin = origin

    def announce(self, announcement_id: UUID, area: str, message: str) -> CampaignResult:
        """Write to everybody who wants to hear of `area`; the same id again writes to nobody."""
        # One at a time: what is counted must not change before it is written.
        lock_workspace(self._context.work, self._context.provider_id)
        audience = SubscriptionService(self._context).audience(area)
        known = self._announcements.letters_of(announcement_id)
        if known is not None:
            return CampaignResult(known, audience.by_herself)
        moment = self._context.now()
        count = len(audience.by_mail)
        self._require_room(count, moment)
        token = self._context.vault.blind_index("area", normalize_tag(area))
        if not self._announcements.add(announcement_id, token, count, moment):
            return CampaignResult(count, audience.by_herself)
        for client in audience.by_mail:
            self._write(client, message, moment)
        self._audit_log.append(AuditAction.CAMPAIGN_SENT, letters=count)
        return CampaignResult(count, audience.by_herself)

    def _write(self, client: Client, message: str, moment: datetime) -> None:
        email = client.profile.emails[0]
        addressees = CampaignRecipients(self._context.work, self._context.vault)
        known = addressees.known([email]).get(normalize_email(email))
        if known is None:
            token = link_token(self._context.provider_id)
            addressees.add(email, client.id, (token, token_hash(token)), moment)
        else:
            token = known.link_token
            addressees.touch(known.id, client.id, moment)
        letter = CampaignEmail(email, message, f"{self._origin}/unsubscribe/{token}")
        letter_id = self._letters.add(letter, moment)
        self._context.work.outbox.add(
            CampaignEmailQueued(letter_id=letter_id, provider_id=self._context.provider_id)
        )

    def _require_room(self, count: int, moment: datetime) -> None:
        before = self._announcements.letters_since(moment - timedelta(days=1))
        if before + count > MAX_EMAILS_PER_DAY:
            raise RateLimited(
                "too-many-letters",
                f"A book sends at most {MAX_EMAILS_PER_DAY} letters a day: try again tomorrow.",
                retry_after=24 * 3600,
            )
