"""What is over by itself: checks that counted until a day, and people who were to be forgotten by then."""

from datetime import datetime, timedelta
from uuid import UUID

from kit.db import UnitOfWork

LETTERS_WAIT = timedelta(days=7)
"""Longer than any queue tries; a later repetition of an announcement would be a new one anyway."""


class ExpiryRepository:
    """One book's rows; needs no key."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def expire_screenings(self, now: datetime) -> int:
        """Write down which checks are over; nobody sees a change, they count as expired already."""
        return self._work.execute(
            """
            UPDATE crm.screenings SET status = 'expired'
            WHERE provider_id = %s AND status = 'verified' AND expires_at <= %s
            """,
            (self._provider_id, now),
        ).rowcount

    def delete_campaign_emails(self, now: datetime) -> int:
        """Delete campaign e-mails that could not be sent for days, and old campaigns."""
        before = now - LETTERS_WAIT
        self._work.execute(
            "DELETE FROM crm.campaigns WHERE provider_id = %s AND sent_at < %s",
            (self._provider_id, before),
        )
        return self._work.execute(
            "DELETE FROM crm.campaign_emails WHERE provider_id = %s AND created_at < %s",
            (self._provider_id, before),
        ).rowcount

    def delete_references(self, now: datetime) -> int:
        """Delete who was to be forgotten by now, unless a legal hold keeps what is about the client."""
        return self._work.execute(
            """
            DELETE FROM crm.client_references r WHERE provider_id = %s AND forgotten_on <= %s
                AND NOT EXISTS (SELECT FROM crm.legal_holds h WHERE h.provider_id = r.provider_id
                    AND h.released_at IS NULL AND coalesce(h.client_id, r.client_id) = r.client_id)
            """,
            (self._provider_id, now),
        ).rowcount
