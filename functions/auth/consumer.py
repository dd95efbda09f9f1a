"""Mailer: sends queued mails, and the notifications that events of other features lead to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from auth import settings
from auth.repository.credentials import TokenRepository
from auth.repository.mails import MailRepository
from auth.repository.notification_context import NotificationContextRepository
from auth.service.booking_notifications import per_recipient
from auth.service.mail_sender import MailSender
from auth.service.notifications import Notifications
from contracts.auth import MailQueued
from kit import clock
from kit.consumer import batch_handler
from kit.db import Database
from kit.mail import SesMailer

if TYPE_CHECKING:
    from kit.db import UnitOfWork

database = Database.from_environment()


def deliver(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    """Send the queued mail or the notifications of the event."""
    sender = MailSender(
        mails=MailRepository(work),
        tokens=TokenRepository(work),
        mailer=SesMailer(settings.mail_sender()),
        origin=settings.public_origin(),
        now=clock.now,
    )
    if envelope["type"] == MailQueued.event_type():
        sender.send(MailQueued.from_envelope(envelope).mail_id)
        return
    for notification in Notifications(NotificationContextRepository(work)).for_event(envelope):
        sender.send_notification(UUID(envelope["id"]), notification)


_process_batch = batch_handler(lambda: database, "auth.mails", deliver)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Handle the queue's records, each mail in its own transaction."""
    records = [part for record in event["Records"] for part in _split_by_recipient(record)]
    failures = _process_batch({"Records": records}, context)["batchItemFailures"]
    ids = dict.fromkeys(failure["itemIdentifier"] for failure in failures)
    return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in ids]}


def _split_by_recipient(record: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        envelopes = per_recipient(json.loads(record["body"])["detail"])
    except (KeyError, TypeError, ValueError):
        # Not an event: it fails in `deliver`, where failures are reported.
        return [record]
    return [record | {"body": json.dumps({"detail": envelope})} for envelope in envelopes]
