"""Queue of mails: a row and an event in the transaction; the mailer sends it later."""

from uuid import UUID

from auth.domain.mails import MailPurpose
from auth.service.context import AuthContext
from kit.ids import new_id


def enqueue_mail(
    context: AuthContext, user_id: UUID | None, purpose: MailPurpose, detail: str | None = None
) -> None:
    """Queue a mail to the account; without one, do the same work and send nothing.

    The same work for unknown addresses keeps response times from telling which accounts exist.
    """
    mail_id = new_id()
    context.mails.add(mail_id, user_id, purpose, detail=detail, now=context.now())
    context.events.publish_mail_queued(mail_id)
