"""Event consumer: sends each queued campaign e-mail once.

The function may decrypt campaign e-mails alone; workspace keys are wrapped for another purpose, which KMS checks.
"""

from typing import Any

from contracts.crm import CampaignEmailQueued
from crm import settings
from crm.domain.subscriptions import SUBJECT
from crm.repository.campaigns import PURPOSE, CampaignEmails
from crm.service.unlocked_context import set_tenant
from kit.consumer import batch_handler
from kit.db import Database, UnitOfWork
from kit.envelope import Envelope
from kit.i18n import gettext as _
from kit.mail import Mail, SesMailer

database = Database.from_environment()


def _send(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    event = CampaignEmailQueued.from_envelope(envelope)
    set_tenant(work, event.provider_id)
    envelope_crypto = Envelope(settings.key_arn(), PURPOSE)
    email = CampaignEmails(work, envelope_crypto, event.provider_id).claim(event.email_id)
    if email is None:
        return
    # Last: if it fails, the e-mail stays queued and is sent again.
    SesMailer(settings.mail_sender()).send(
        Mail(email.to, _(SUBJECT), email.text(), email.html(), email.headers())
    )


handler = batch_handler(lambda: database, "crm.campaign_emails", _send)
