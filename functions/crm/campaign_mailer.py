"""Event entry: sends the letters that wait, each once.

It may decrypt letters alone; a book's keys are wrapped for another purpose, which KMS checks.
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
from kit.mail import Mail, SesMailer

database = Database.from_environment()


def _send(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    event = CampaignEmailQueued.from_envelope(envelope)
    set_tenant(work, event.provider_id)
    sealing = Envelope(settings.key_arn(), PURPOSE)
    letter = CampaignEmails(work, sealing, event.provider_id).claim(event.email_id)
    if letter is None:
        return
    # Last: if it fails the letter is there again, and comes again.
    SesMailer(settings.mail_sender()).send(
        Mail(letter.to, SUBJECT, letter.text(), letter.html(), letter.headers())
    )


handler = batch_handler(lambda: database, "crm.campaign_emails", _send)
