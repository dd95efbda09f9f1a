"""Rows that expire on a date: screenings, references, and queued campaign e-mails."""

from datetime import datetime, timedelta
from uuid import UUID

from kit.db import UnitOfWork

CAMPAIGN_EMAIL_LIFETIME = timedelta(days=7)
"""Longer than any queue retries; a later repetition of a campaign would be a new one anyway."""


class ExpiryRepository:
    """Expiring rows of one workspace; needs no key."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def expire_screenings(self, now: datetime) -> int:
        """Mark screenings as expired; visible results do not change, because they count as expired already."""
        return self._work.execute(
            """
            UPDATE crm.screenings SET status = 'expired'
            WHERE provider_id = %s AND status = 'verified' AND expires_at <= %s
            """,
            (self._provider_id, now),
        ).rowcount

    def delete_campaign_emails(self, now: datetime) -> int:
        """Delete e-mails that could not be sent for days, and the records of their campaigns."""
        before = now - CAMPAIGN_EMAIL_LIFETIME
        self._work.execute(
            "DELETE FROM crm.campaigns WHERE provider_id = %s AND announced_at < %s",
            (self._provider_id, before),
        )
        return self._work.execute(
            "DELETE FROM crm.campaign_emails WHERE provider_id = %s AND created_at < %s",
            (self._provider_id, before),
        ).rowcount

    def delete_references(self, now: datetime) -> int:
        """Delete references whose deletion date has come, unless the client is under a legal hold."""
        return self._work.execute(
            """
            DELETE FROM crm.client_references r WHERE provider_id = %s AND forgotten_on <= %s
                AND NOT EXISTS (SELECT FROM crm.legal_holds h WHERE h.provider_id = r.provider_id
                    AND h.released_at IS NULL AND coalesce(h.client_id, r.client_id) = r.client_id)
            """,
            (self._provider_id, now),
        ).rowcount
