"""The mailer: MailRequested, and what other features' events lead to, through its queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from auth import settings
from auth.repository.credentials import TokenRepository
from auth.repository.mails import MailRepository
from auth.repository.notices import NoticeRepository
from auth.service.mailer import PostOffice
from auth.service.notices import Notices
from contracts.auth import MailRequested
from kit import clock
from kit.consumer import batch_handler
from kit.db import Database
from kit.mail import SesMailer

if TYPE_CHECKING:
    from kit.db import UnitOfWork

database = Database.from_environment()


def deliver(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    """Send the mail that the event asks for, or leads to."""
    office = PostOffice(
        mails=MailRepository(work),
        tokens=TokenRepository(work),
        mailer=SesMailer(settings.mail_sender()),
        origin=settings.public_origin(),
        now=clock.now,
    )
    if envelope["type"] == MailRequested.event_type():
        office.deliver(MailRequested.from_envelope(envelope).mail_id)
        return
    office.notify(UUID(envelope["id"]), Notices(NoticeRepository(work)).of(envelope))


handler = batch_handler(lambda: database, "auth.mails", deliver)
