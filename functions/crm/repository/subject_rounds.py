"""What asking every book needs: requests that wait, where a person is reached, and what is over."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm.domain.subjects import SubjectKind
from kit.db import UnitOfWork

INBOX_KIND = "subject"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that not every book was asked yet."""

    id: UUID
    user_id: UUID
    kind: SubjectKind
    asked_at: datetime
    asked_up_to: UUID


@dataclass(frozen=True, slots=True)
class Rounds:
    """The requests of everybody, for the one role that may see them."""

    work: UnitOfWork

    def take(self) -> Waiting | None:
        """Return the oldest one, which nobody else has in hand."""
        row = self.work.execute(
            """
            SELECT id, user_id, kind, asked_at, asked_up_to FROM crm.subject_requests
            WHERE told_at IS NULL ORDER BY asked_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
            """
        ).fetchone()
        if row is None:
            return None
        return Waiting(
            row["id"],
            row["user_id"],
            SubjectKind(row["kind"]),
            row["asked_at"],
            row["asked_up_to"] or UUID(int=0),
        )

    def note(self, request_id: UUID, last: UUID) -> None:
        """Remember the last book that was asked."""
        self.work.execute(
            "UPDATE crm.subject_requests SET asked_up_to = %s WHERE id = %s", (last, request_id)
        )

    def finish(self, request_id: UUID, moment: datetime) -> None:
        """Note that every book was asked."""
        self.work.execute(
            "UPDATE crm.subject_requests SET told_at = %s WHERE id = %s", (moment, request_id)
        )

    def address_of(self, user_id: UUID) -> str | None:
        """Return where a person is reached; None for whoever has left, or may not act."""
        row = self.work.execute(
            "SELECT email FROM auth.client_addresses_v1 WHERE user_id = %s", (user_id,)
        ).fetchone()
        return row["email"] if row else None

    def answered(self) -> list[tuple[UUID, UUID]]:
        """Return (request, person) of those with answers that were not handed over yet."""
        rows = self.work.execute(
            """
            SELECT r.id, r.user_id FROM crm.subject_requests r WHERE EXISTS (
                SELECT FROM crm.subject_answers a
                WHERE a.request_id = r.id AND a.released_at IS NULL)
            ORDER BY r.id
            """
        ).fetchall()
        return [(row["id"], row["user_id"]) for row in rows]

    def release(self, request_id: UUID, moment: datetime) -> int:
        """Hand over what was answered; return how much it was."""
        return self.work.execute(
            "UPDATE crm.subject_answers SET released_at = %s"
            " WHERE request_id = %s AND released_at IS NULL",
            (moment, request_id),
        ).rowcount

    def forget(self, answers_before: datetime, requests_before: datetime) -> int:
        """Delete what is over; return how many rows."""
        answers = self.work.execute(
            "DELETE FROM crm.subject_answers WHERE released_at < %s", (answers_before,)
        ).rowcount
        requests = self.work.execute(
            "DELETE FROM crm.subject_requests WHERE asked_at < %s", (requests_before,)
        ).rowcount
        return answers + requests

    def forget_in_book(self, provider_id: UUID, now: datetime, before: datetime) -> int:
        """Delete what is over in one book that was entered; return how many rows."""
        cases = self.work.execute(
            "DELETE FROM crm.subject_cases WHERE provider_id = %s AND forget_at <= %s",
            (provider_id, now),
        ).rowcount
        waiting = self.work.execute(
            "DELETE FROM crm.inbox WHERE provider_id = %s AND kind = %s AND received_at < %s",
            (provider_id, INBOX_KIND, before),
        ).rowcount
        return cases + waiting
