"""Deletion of expired tokens, old mails and devices, and accounts never confirmed."""

from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork

BATCH_SIZE = 1000
"""Rows per statement, so that a clean-up does not hold many locks for long."""


class CleanupRepository:
    """Repository of the clean-up job: deletes rows by age."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def delete_expired_tokens(self, now: datetime) -> int:
        """Delete expired tokens; return their number."""
        return self._work.execute("DELETE FROM auth.tokens WHERE expires_at <= %s", (now,)).rowcount

    def delete_mails_before(self, moment: datetime) -> int:
        """Delete mails queued before `moment`, sent or not; return their number."""
        return self._work.execute(
            "DELETE FROM auth.mails WHERE created_at < %s", (moment,)
        ).rowcount

    def delete_devices_unseen_since(self, moment: datetime) -> int:
        """Delete devices without a login since `moment`; return their number."""
        return self._work.execute(
            "DELETE FROM auth.devices WHERE last_seen_at < %s", (moment,)
        ).rowcount

    def delete_unverified_before(self, moment: datetime) -> list[UUID]:
        """Delete accounts whose e-mail address was never confirmed; return their ids.

        Accounts with a status change by staff are kept: the change is evidence.
        """
        rows = self._work.execute(
            """
            DELETE FROM auth.users WHERE id IN (
                SELECT id FROM auth.users AS u
                WHERE status = 'pending' AND email_verified_at IS NULL AND created_at < %s
                    AND NOT EXISTS (
                        SELECT FROM auth.status_changes AS c WHERE c.user_id = u.id
                    )
                ORDER BY created_at LIMIT %s
            ) AND status = 'pending' RETURNING id
            """,
            (moment, BATCH_SIZE),
        )
        return [row["id"] for row in rows]
