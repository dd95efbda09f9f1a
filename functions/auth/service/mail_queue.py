"""Asking for a mail: a row and an event in the transaction; the mailer does the rest."""

from uuid import UUID

from auth.domain.mails import MailPurpose
from auth.service.context import Context
from kit.ids import new_id


def request_mail(
    context: Context, user_id: UUID | None, purpose: MailPurpose, detail: str | None = None
) -> None:
    """Ask for a mail to the account; without one the same work is done and nobody gets a mail."""
    mail_id = new_id()
    context.mails.add(mail_id, user_id, purpose, detail=detail, now=context.now())
    context.publisher.mail_requested(mail_id)
