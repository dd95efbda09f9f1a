"""Sending of queued mails; the token of a link is made here and stored only as a hash."""

from dataclasses import dataclass
from uuid import UUID

from auth.domain.mails import TOKEN_PURPOSES, Notification, render_mail
from auth.domain.tokens import LIFETIMES, hash_token, new_token
from auth.repository.credentials import TokenRepository
from auth.repository.mails import MailRepository
from kit.clock import Clock
from kit.i18n import use_language
from kit.mail import Mail, Mailer


@dataclass(frozen=True, slots=True)
class MailSender:
    """Use case that sends queued mails and notifications."""

    mails: MailRepository
    tokens: TokenRepository
    mailer: Mailer
    origin: str
    now: Clock

    def send_notification(self, mail_id: UUID, notification: Notification) -> None:
        """Send the mail of a notification, as the last step of its transaction."""
        self.mails.add(
            mail_id,
            notification.user_id,
            notification.purpose,
            detail=notification.detail,
            now=self.now(),
        )
        self.send(mail_id, notification)

    def send(self, mail_id: UUID, notification: Notification | None = None) -> None:
        """Send the queued mail with this id, unless it was sent before.

        Sending is the last step before the commit: after a failed commit the mail is sent again
        with a new link, and the first link is dead. So no mail is lost, and each mail but such a
        duplicate carries a link that works.
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
        with use_language(mail.language):
            content = render_mail(mail, self.origin, token, stop_path, path)
        self.mailer.send(
            Mail(mail.address, content.subject, content.text, content.html, content.headers)
        )
