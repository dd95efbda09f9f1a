"""Sending the mails that wait: the secret of a link is made here and nowhere kept."""

from dataclasses import dataclass
from uuid import UUID

from auth.domain.mails import TOKENS, Notice, letter
from auth.domain.tokens import LIFETIMES, new_token, token_hash
from auth.repository.credentials import TokenRepository
from auth.repository.mails import MailRepository
from kit.clock import Clock
from kit.mail import Mail, Mailer


@dataclass(frozen=True, slots=True)
class PostOffice:
    """What sending needs."""

    mails: MailRepository
    tokens: TokenRepository
    mailer: Mailer
    origin: str
    now: Clock

    def notify(self, mail_id: UUID, notice: Notice) -> None:
        """Send what an event leads to: one mail, the last thing of its transaction."""
        self.mails.add(
            mail_id, notice.user_id, notice.purpose, detail=notice.detail, now=self.now()
        )
        self.deliver(mail_id, notice)

    def deliver(self, mail_id: UUID, notice: Notice | None = None) -> None:
        """Send the mail that waits under this id, unless it was sent before.

        Sending comes last, before the commit: a failed commit sends it again with a fresh link,
        and the first link is dead. No mail is lost, and none carries a link that never worked.
        """
        request = self.mails.by_id_for_sending(mail_id)
        if request is None or request.sent_at is not None:
            return
        self.mails.mark_sent(request.id, self.now())
        if request.user_id is None or request.address is None:
            return
        purpose = TOKENS.get(request.purpose)
        token = None
        if purpose is not None:
            token = new_token()
            expires_at = self.now() + LIFETIMES[purpose]
            self.tokens.add(token_hash(token), request.user_id, purpose, expires_at)
        stop_path, path = (notice.stop_path, notice.path) if notice else (None, None)
        words = letter(request, self.origin, token, stop_path, path)
        self.mailer.send(
            Mail(request.address, words.subject, words.text, words.html, words.headers)
        )
