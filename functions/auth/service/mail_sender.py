"""Sending the mails that wait: the secret of a link is made here and nowhere kept."""

from dataclasses import dataclass
from uuid import UUID

from auth.domain.mails import TOKEN_PURPOSES, Notification, render_mail
from auth.domain.tokens import LIFETIMES, hash_token, new_token
from auth.repository.credentials import TokenRepository
from auth.repository.mails import MailRepository
from kit.clock import Clock
from kit.mail import Mail, Mailer


@dataclass(frozen=True, slots=True)
class MailSender:
    """What sending needs."""

    mails: MailRepository
    tokens: TokenRepository
    mailer: Mailer
    origin: str
    now: Clock

    def send_notification(self, mail_id: UUID, notification: Notification) -> None:
        """Send what an event leads to: one mail, the last thing of its transaction."""
        self.mails.add(
            mail_id,
            notification.user_id,
            notification.purpose,
            detail=notification.detail,
            now=self.now(),
        )
        self.send(mail_id, notification)

    def send(self, mail_id: UUID, notification: Notification | None = None) -> None:
        """Send the mail that waits under this id, unless it was sent before.

        Sending comes last, before the commit: a failed commit sends it again with a fresh link,
        and the first link is dead. No mail is lost, and none carries a link that never worked.
        """
        mail = self.mails.by_id_for_sending(mail_id)
        if mail is None or mail.sent_at is not None:
            return
        self.mails.mark_sent(mail.id, self.now())
        if mail.user_id is None or mail.address is None:
            return
        purpose = TOKEN_PURPOSES.get(mail.purpose)
        token = None
        if purpose is not None:
            token = new_token()
            expires_at = self.now() + LIFETIMES[purpose]
            self.tokens.add(hash_token(token), mail.user_id, purpose, expires_at)
        stop_path, path = (
            (notification.unsubscribe_path, notification.path) if notification else (None, None)
        )
        content = render_mail(mail, self.origin, token, stop_path, path)
        self.mailer.send(
            Mail(mail.address, content.subject, content.text, content.html, content.headers)
        )
