"""The mailer: MailQueued, and what other features' events lead to, through its queue."""

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
    """Send the mail that the event asks for, or leads to."""
    office = MailSender(
        mails=MailRepository(work),
        tokens=TokenRepository(work),
        mailer=SesMailer(settings.mail_sender()),
        origin=settings.public_origin(),
        now=clock.now,
    )
    if envelope["type"] == MailQueued.event_type():
        office.send(MailQueued.from_envelope(envelope).mail_id)
        return
    for notice in Notifications(NotificationContextRepository(work)).for_event(envelope):
        office.send_notification(UUID(envelope["id"]), notice)


_deliver_all = batch_handler(lambda: database, "auth.mails", deliver)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Handle the queue's records: each mail in a transaction of its own."""
    records = [part for record in event["Records"] for part in _parts(record)]
    failures = _deliver_all({"Records": records}, context)["batchItemFailures"]
    ids = dict.fromkeys(failure["itemIdentifier"] for failure in failures)
    return {"batchItemFailures": [{"itemIdentifier": one} for one in ids]}


def _parts(record: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        envelopes = per_recipient(json.loads(record["body"])["detail"])
    except (KeyError, TypeError, ValueError):
        # No event at all: it fails below, where failures are told.
        return [record]
    return [record | {"body": json.dumps({"detail": envelope})} for envelope in envelopes]
