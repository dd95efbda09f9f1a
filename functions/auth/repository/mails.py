"""Queue of mails to send; its rows hold neither an address nor a secret."""

from datetime import datetime
from uuid import UUID

from auth.domain.mails import MailPurpose, QueuedMail
from kit.db import UnitOfWork


class MailRepository:
    """Repository of `auth.mails`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def add(
        self,
        mail_id: UUID,
        user_id: UUID | None,
        purpose: MailPurpose,
        *,
        detail: str | None,
        now: datetime,
    ) -> None:
        """Queue a mail; a mail without a user is never sent."""
        self._work.execute(
            """
            INSERT INTO auth.mails (id, user_id, purpose, detail, created_at)
            VALUES (%s, %s, %s, %s, %s)
            """,
            (mail_id, user_id, purpose, detail, now),
        )

    def by_id_for_sending(self, mail_id: UUID) -> QueuedMail | None:
        """Return the mail with its address and language, locked against other mailers until the transaction ends."""
        row = self._work.execute(
            """
            SELECT m.id, m.user_id, m.purpose, m.detail, m.created_at, m.sent_at,
                u.email AS address, coalesce(p.language, 'en') AS language
            FROM auth.mails AS m
            LEFT JOIN auth.users AS u ON u.id = m.user_id
            LEFT JOIN auth.preferences AS p ON p.user_id = m.user_id
            WHERE m.id = %s FOR NO KEY UPDATE OF m
            """,
            (mail_id,),
        ).fetchone()
        return QueuedMail(**{**row, "purpose": MailPurpose(row["purpose"])}) if row else None

    def mark_sent(self, mail_id: UUID, now: datetime) -> None:
        """Record when the mail was sent."""
        self._work.execute("UPDATE auth.mails SET sent_at = %s WHERE id = %s", (now, mail_id))
