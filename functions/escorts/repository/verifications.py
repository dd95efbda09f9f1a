"""Requests for verification, and the audit log of staff actions."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from escorts.domain.verification import Verification, VerificationStatus
from escorts.repository.mappers import to_verification
from escorts.repository.search_index import refresh_search
from kit.db import UnitOfWork
from kit.ids import new_id

_QUEUE = """
SELECT v.*, p.name, p.city_name, p.country
FROM escorts.verifications v JOIN escorts.profile_records p ON p.id = v.profile_id
WHERE v.status IN ('pending', 'in_review') AND v.id > %(after)s
ORDER BY v.id LIMIT %(limit)s
"""


class Verifications:
    """Tables `escorts.verifications` and `escorts.audit_log`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def list_for_profile(self, profile_id: UUID) -> list[Verification]:
        """Return every request of a profile, newest first."""
        rows = self._work.execute(
            """
            SELECT * FROM escorts.verifications WHERE profile_id = %s
            ORDER BY submitted_at DESC, id DESC
            """,
            (profile_id,),
        )
        return [to_verification(row) for row in rows]

    def list_pending(
        self, after: UUID | None, limit: int
    ) -> list[tuple[Verification, Mapping[str, Any]]]:
        """Return requests without a decision, the longest waiting first, with the profile's name and city."""
        rows = self._work.execute(_QUEUE, {"after": after or UUID(int=0), "limit": limit})
        return [(to_verification(row), row) for row in rows]

    def add(self, verification: Verification) -> None:
        """Store a request."""
        self._work.execute(
            """
            INSERT INTO escorts.verifications (id, profile_id, status, submitted_at)
            VALUES (%s, %s, %s, %s)
            """,
            (
                verification.id,
                verification.profile_id,
                verification.status,
                verification.submitted_at,
            ),
        )

    def save(self, verification: Verification, ended_at: datetime | None = None) -> None:
        """Save a request with its decision; `ended_at` if it is no longer valid."""
        self._work.execute(
            """
            UPDATE escorts.verifications
            SET status = %s, document_checked_at = %s, liveness_checked_at = %s, decided_at = %s,
                decided_by = %s, expires_at = %s, reason = %s, ended_at = %s
            WHERE id = %s
            """,
            (
                verification.status,
                verification.document_checked_at,
                verification.liveness_checked_at,
                verification.decided_at,
                verification.decided_by,
                verification.expires_at,
                verification.reason,
                ended_at,
                verification.id,
            ),
        )
        refresh_search(self._work, verification.profile_id)

    def expire_due(self, limit: int) -> list[tuple[UUID, UUID]]:
        """Mark up to `limit` verifications as expired; return their profiles and ids."""
        rows = self._work.execute(
            """
            UPDATE escorts.verifications SET status = %(expired)s, ended_at = app.now()
            WHERE id IN (
                SELECT v.id FROM escorts.verifications v
                JOIN escorts.profiles p ON p.id = v.profile_id
                WHERE v.status = %(verified)s AND v.expires_at <= app.now()
                ORDER BY v.expires_at LIMIT %(limit)s FOR NO KEY UPDATE OF v, p SKIP LOCKED)
            RETURNING profile_id, id
            """,
            {
                "expired": VerificationStatus.EXPIRED,
                "verified": VerificationStatus.VERIFIED,
                "limit": limit,
            },
        )
        ended = [(row["profile_id"], row["id"]) for row in rows]
        refresh_search(self._work, *(profile_id for profile_id, _ in ended))
        return ended

    def record_action(
        self,
        actor: UUID,
        action: str,
        profile_id: UUID,
        at: datetime,
        *,
        verification_id: UUID | None = None,
        reason: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Append an action of a staff member to the audit log."""
        self._work.execute(
            """
            INSERT INTO escorts.audit_log
                (id, at, actor, action, profile_id, verification_id, reason, details)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            """,
            (
                new_id(),
                at,
                actor,
                action,
                profile_id,
                verification_id,
                reason,
                json.dumps(details or {}),
            ),
        )
