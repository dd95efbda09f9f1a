"""The tables `crm.subject_requests` and `crm.subject_answers`: what people ask, and what they are told."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.errors import ForeignKeyViolation

from crm.domain.subjects import Answer, CaseState, OwnAnswer, OwnRequest, SubjectKind
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.ids import new_id

PURPOSE = "crm.subjects"
"""KMS sees it: what is sealed for it opens as nothing else."""


@dataclass(frozen=True, slots=True)
class OwnRequests:
    """What one person asked. The transaction sees theirs alone."""

    work: UnitOfWork
    user_id: UUID

    def enter(self) -> None:
        """Let the transaction see them, one request of this person at a time."""
        self.work.set_local("app.subject_id", str(self.user_id))
        self.work.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('crm.subject ' || %s, 0))",
            (str(self.user_id),),
        )

    def last(self, kind: SubjectKind) -> datetime | None:
        """Return when they asked for this last."""
        row = self.work.execute(
            "SELECT max(asked_at) AS moment FROM crm.subject_requests"
            " WHERE user_id = %s AND kind = %s",
            (self.user_id, kind),
        ).fetchone()
        return row["moment"] if row else None

    def add(self, kind: SubjectKind, moment: datetime) -> OwnRequest:
        """Keep a new one."""
        request_id = new_id()
        self.work.execute(
            "INSERT INTO crm.subject_requests (id, user_id, kind, asked_at) VALUES (%s, %s, %s, %s)",
            (request_id, self.user_id, kind, moment),
        )
        return OwnRequest(id=request_id, kind=kind, asked_at=moment)

    def all(self, envelope: Envelope) -> list[OwnRequest]:
        """Return them with what was answered, the latest first."""
        rows = self.work.execute(
            "SELECT id, kind, asked_at FROM crm.subject_requests WHERE user_id = %s"
            " ORDER BY asked_at DESC, id DESC",
            (self.user_id,),
        ).fetchall()
        answers = self._answers([row["id"] for row in rows], envelope)
        return [
            OwnRequest(
                id=row["id"],
                kind=SubjectKind(row["kind"]),
                asked_at=row["asked_at"],
                answers=answers.get(row["id"], []),
            )
            for row in rows
        ]

    def _answers(self, request_ids: list[UUID], envelope: Envelope) -> dict[UUID, list[OwnAnswer]]:
        rows = self.work.execute(
            "SELECT id, request_id, sealed, released_at FROM crm.subject_answers"
            " WHERE request_id = ANY(%s) AND released_at IS NOT NULL ORDER BY released_at, id",
            (request_ids,),
        ).fetchall()
        found: dict[UUID, list[OwnAnswer]] = {}
        for row in rows:
            context = _context(row["id"], row["request_id"])
            outcome, text = json.loads(envelope.open(bytes(row["sealed"]), context))
            found.setdefault(row["request_id"], []).append(
                OwnAnswer(
                    id=row["id"],
                    outcome=CaseState(outcome),
                    text=text,
                    arrived_at=row["released_at"],
                )
            )
        return found


def give_answer(work: UnitOfWork, envelope: Envelope, request_id: UUID, answer: Answer) -> bool:
    """Keep an answer for whoever asked; False where nobody waits for it any more."""
    # Not by time: the order of ids would tell more than the night when all of them are handed over.
    answer_id = _scattered()
    text = json.dumps([answer.outcome, answer.text])
    sealed = envelope.seal(text.encode(), _context(answer_id, request_id))
    try:
        with work.savepoint():
            work.execute(
                "INSERT INTO crm.subject_answers (id, request_id, sealed) VALUES (%s, %s, %s)",
                (answer_id, request_id, sealed),
            )
    except ForeignKeyViolation:
        return False
    return True


def forget_person(work: UnitOfWork, user_id: UUID) -> int:
    """Delete what somebody asked and was told; return how many requests it was."""
    work.set_local("app.subject_id", str(user_id))
    return work.execute("DELETE FROM crm.subject_requests WHERE user_id = %s", (user_id,)).rowcount


def _scattered() -> UUID:
    from uuid import uuid4

    return uuid4()


def _context(answer_id: UUID, request_id: UUID) -> dict[str, str]:
    return {"answer": str(answer_id), "request": str(request_id)}
