"""The tables `crm.letters` and `crm.announcements`, and the link that ends letters."""

import json
from datetime import datetime
from uuid import UUID

from crm.domain.areas import Letter
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.ids import new_id

PURPOSE = "crm.letters"
"""KMS sees it: who sends letters may decrypt what was sealed for it, and no book."""


class Letters:
    """Letters of one book that wait to be sent."""

    def __init__(self, work: UnitOfWork, envelope: Envelope, provider_id: UUID) -> None:
        self._work = work
        self._envelope = envelope
        self._provider_id = provider_id

    def add(self, letter: Letter, moment: datetime) -> UUID:
        """Keep a letter, sealed; return its id."""
        letter_id = new_id()
        text = json.dumps([letter.to, letter.message, letter.stop_url])
        self._work.execute(
            "INSERT INTO crm.letters (id, provider_id, sealed, created_at) VALUES (%s, %s, %s, %s)",
            (
                letter_id,
                self._provider_id,
                self._envelope.seal(text.encode(), self._context(letter_id)),
                moment,
            ),
        )
        return letter_id

    def take(self, letter_id: UUID) -> Letter | None:
        """Return a letter and delete it, in the transaction that sends it; None where it is gone."""
        row = self._work.execute(
            "DELETE FROM crm.letters WHERE provider_id = %s AND id = %s RETURNING sealed",
            (self._provider_id, letter_id),
        ).fetchone()
        if row is None:
            return None
        text = self._envelope.open(bytes(row["sealed"]), self._context(letter_id))
        return Letter(*json.loads(text))

    def _context(self, letter_id: UUID) -> dict[str, str]:
        return {"letter": str(letter_id), "provider": str(self._provider_id)}


class Announcements:
    """What was told of one book's areas, and how often."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def letters_of(self, announcement_id: UUID) -> int | None:
        """Return how many letters an announcement had, None where there was none."""
        row = self._work.execute(
            "SELECT letters FROM crm.announcements WHERE provider_id = %s AND id = %s",
            (self._provider_id, announcement_id),
        ).fetchone()
        return row["letters"] if row else None

    def letters_since(self, moment: datetime) -> int:
        """Return how many letters there were since then."""
        row = self._work.execute(
            "SELECT coalesce(sum(letters), 0)::int AS letters FROM crm.announcements"
            " WHERE provider_id = %s AND announced_at >= %s",
            (self._provider_id, moment),
        ).fetchone()
        return row["letters"] if row else 0

    def add(self, announcement_id: UUID, area_token: bytes, letters: int, moment: datetime) -> bool:
        """Note one; tell whether it is the first with this id."""
        made = self._work.execute(
            """
            INSERT INTO crm.announcements (provider_id, id, area_token, letters, announced_at)
            VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
            """,
            (self._provider_id, announcement_id, area_token, letters, moment),
        ).fetchone()
        return made is not None


def end_consents(work: UnitOfWork, provider_id: UUID, client_id: UUID, moment: datetime) -> int:
    """Take back all of a client's wishes at one provider; return how many there were."""
    return work.execute(
        """
        UPDATE crm.area_notifications SET unsubscribed_at = greatest(%s, consented_at),
            updated_at = %s, version = version + 1
        WHERE provider_id = %s AND client_id = %s AND unsubscribed_at IS NULL
        """,
        (moment, moment, provider_id, client_id),
    ).rowcount
