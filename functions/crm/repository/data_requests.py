"""The table `crm.data_request_cases`: a row for each request in each book, the same for who is found and who is not."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.errors import ForeignKeyViolation

from crm.domain.data_requests import (
    CaseState,
    DataRequestAnswer,
    DataRequestCase,
    DataRequestKind,
    SubjectAnswer,
    SubjectRequest,
    padded,
)
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import NotFound
from kit.ids import new_id

TABLE = "data_request_cases"


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case with its id."""

    id: UUID
    case: DataRequestCase


@dataclass(frozen=True, slots=True)
class DataRequestCases:
    """Those of one opened book."""

    work: UnitOfWork
    vault: OpenVault

    def add(self, case_id: UUID, case: DataRequestCase | None, delete_at: datetime) -> None:
        """Keep one, also where it is about nobody; the same again is harmless."""
        document = case.to_payload() if case else padded({})
        self.work.execute(
            """
            INSERT INTO crm.data_request_cases (id, provider_id, encrypted_payload, delete_at) VALUES (%s, %s, %s, %s)
            ON CONFLICT (id) DO NOTHING
            """,
            (case_id, self.vault.tenant, self.vault.seal(_place(case_id), document), delete_at),
        )

    def lock(self, case_id: UUID) -> DataRequestCase:
        """Return one that nobody else changes until the transaction ends; raise `NotFound`."""
        row = self.work.execute(
            "SELECT id, encrypted_payload FROM crm.data_request_cases WHERE provider_id = %s AND id = %s FOR UPDATE",
            (self.vault.tenant, case_id),
        ).fetchone()
        case = (
            DataRequestCase.from_payload(
                self.vault.open(_place(case_id), bytes(row["encrypted_payload"]))
            )
            if row
            else None
        )
        if case is None:
            raise data_request_not_found()
        return case

    def update(self, case_id: UUID, case: DataRequestCase) -> None:
        """Change one that is held."""
        self.work.execute(
            "UPDATE crm.data_request_cases SET encrypted_payload = %s WHERE provider_id = %s AND id = %s",
            (self.vault.seal(_place(case_id), case.to_payload()), self.vault.tenant, case_id),
        )

    def subject_identity(self, client_ids: Iterable[UUID]) -> dict[UUID, UUID]:
        """Return under which ids these clients are in the book now: merged ones under who stayed."""
        wanted = list(set(client_ids))
        rows = self.work.execute(
            """
            WITH RECURSIVE now (asked, id) AS (
                SELECT asked, asked FROM unnest(%(ids)s::uuid[]) AS one (asked)
                UNION
                SELECT now.asked, m.client_id FROM now JOIN crm.client_merges m
                    ON m.provider_id = %(provider)s AND m.absorbed_id = now.id
            )
            SELECT now.asked, c.id FROM now
            JOIN crm.clients c ON c.provider_id = %(provider)s AND c.id = now.id
            """,
            {"ids": wanted, "provider": self.vault.tenant},
        ).fetchall()
        return {row["asked"]: row["id"] for row in rows}

    def list(self) -> list[StoredCase]:
        """Return those that are about somebody, the latest asked first."""
        rows = self.work.execute(
            "SELECT id, encrypted_payload FROM crm.data_request_cases WHERE provider_id = %s",
            (self.vault.tenant,),
        ).fetchall()
        opened = (
            (row["id"], self.vault.open(_place(row["id"]), bytes(row["encrypted_payload"])))
            for row in rows
        )
        found = [
            StoredCase(one, case)
            for one, document in opened
            if (case := DataRequestCase.from_payload(document))
        ]
        return sorted(found, key=lambda one: (one.case.asked_at, one.id), reverse=True)


def data_request_not_found() -> NotFound:
    """Return the answer about a request that is not in this book, or found nobody there."""
    return NotFound("no-such-request", "There is no such request in your book.")


def _place(case_id: UUID) -> DocumentRef:
    return DocumentRef(TABLE, case_id, None)


INBOX_KIND = "subject"


@dataclass(frozen=True, slots=True)
class PendingDataRequest:
    """A request that not every book was asked yet."""

    id: UUID
    user_id: UUID
    kind: DataRequestKind
    asked_at: datetime
    dispatched_up_to: UUID


@dataclass(frozen=True, slots=True)
class DataRequestDispatch:
    """The requests of everybody, for the one role that may see them."""

    work: UnitOfWork

    def claim(self) -> PendingDataRequest | None:
        """Return the oldest one, which nobody else has in hand."""
        row = self.work.execute(
            """
            SELECT id, user_id, kind, asked_at, dispatched_up_to FROM crm.data_requests
            WHERE notified_at IS NULL ORDER BY asked_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
            """
        ).fetchone()
        if row is None:
            return None
        return PendingDataRequest(
            row["id"],
            row["user_id"],
            DataRequestKind(row["kind"]),
            row["asked_at"],
            row["dispatched_up_to"] or UUID(int=0),
        )

    def checkpoint(self, request_id: UUID, last: UUID) -> None:
        """Remember the last book that was asked."""
        self.work.execute(
            "UPDATE crm.data_requests SET dispatched_up_to = %s WHERE id = %s", (last, request_id)
        )

    def finish(self, request_id: UUID, moment: datetime) -> None:
        """Note that every book was asked."""
        self.work.execute(
            "UPDATE crm.data_requests SET notified_at = %s WHERE id = %s", (moment, request_id)
        )

    def address_of(self, user_id: UUID) -> str | None:
        """Return where a person is reached; None for whoever has left, or may not act."""
        row = self.work.execute(
            "SELECT email FROM auth.client_emails_v1 WHERE user_id = %s", (user_id,)
        ).fetchone()
        return row["email"] if row else None

    def answered(self) -> list[tuple[UUID, UUID]]:
        """Return (request, person) of those with answers that were not handed over yet."""
        rows = self.work.execute(
            """
            SELECT r.id, r.user_id FROM crm.data_requests r WHERE EXISTS (
                SELECT FROM crm.data_request_answers a
                WHERE a.request_id = r.id AND a.released_at IS NULL)
            ORDER BY r.id
            """
        ).fetchall()
        return [(row["id"], row["user_id"]) for row in rows]

    def release(self, request_id: UUID, moment: datetime) -> int:
        """Hand over what was answered; return how much it was."""
        return self.work.execute(
            "UPDATE crm.data_request_answers SET released_at = %s"
            " WHERE request_id = %s AND released_at IS NULL",
            (moment, request_id),
        ).rowcount

    def delete_expired(self, answers_before: datetime, requests_before: datetime) -> int:
        """Delete what is over; return how many rows."""
        answers = self.work.execute(
            "DELETE FROM crm.data_request_answers WHERE released_at < %s", (answers_before,)
        ).rowcount
        requests = self.work.execute(
            "DELETE FROM crm.data_requests WHERE asked_at < %s", (requests_before,)
        ).rowcount
        return answers + requests

    def delete_expired_in_workspace(
        self, provider_id: UUID, now: datetime, before: datetime
    ) -> int:
        """Delete what is over in one book that was entered; return how many rows."""
        cases = self.work.execute(
            "DELETE FROM crm.data_request_cases WHERE provider_id = %s AND delete_at <= %s",
            (provider_id, now),
        ).rowcount
        waiting = self.work.execute(
            "DELETE FROM crm.inbox WHERE provider_id = %s AND kind = %s AND received_at < %s",
            (provider_id, INBOX_KIND, before),
        ).rowcount
        return cases + waiting


PURPOSE = "crm.data_requests"
"""KMS sees it: what is sealed for it opens as nothing else."""


@dataclass(frozen=True, slots=True)
class OwnDataRequests:
    """What one person asked. The transaction sees theirs alone."""

    work: UnitOfWork
    user_id: UUID

    def set_subject(self) -> None:
        """Let the transaction see them, one request of this person at a time."""
        self.work.set_local("app.subject_id", str(self.user_id))
        self.work.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('crm.subject ' || %s, 0))",
            (str(self.user_id),),
        )

    def last(self, kind: DataRequestKind) -> datetime | None:
        """Return when they asked for this last."""
        row = self.work.execute(
            "SELECT max(asked_at) AS moment FROM crm.data_requests"
            " WHERE user_id = %s AND kind = %s",
            (self.user_id, kind),
        ).fetchone()
        return row["moment"] if row else None

    def add(self, kind: DataRequestKind, moment: datetime) -> SubjectRequest:
        """Keep a new one."""
        request_id = new_id()
        self.work.execute(
            "INSERT INTO crm.data_requests (id, user_id, kind, asked_at) VALUES (%s, %s, %s, %s)",
            (request_id, self.user_id, kind, moment),
        )
        return SubjectRequest(id=request_id, kind=kind, asked_at=moment)

    def _answers(
        self, request_ids: list[UUID], envelope: Envelope
    ) -> dict[UUID, list[SubjectAnswer]]:
        rows = self.work.execute(
            "SELECT id, request_id, sealed, released_at FROM crm.data_request_answers"
            " WHERE request_id = ANY(%s) AND released_at IS NOT NULL ORDER BY released_at, id",
            (request_ids,),
        ).fetchall()
        found: dict[UUID, list[SubjectAnswer]] = {}
        for row in rows:
            context = _context(row["id"], row["request_id"])
            outcome, text = json.loads(envelope.open(bytes(row["sealed"]), context))
            found.setdefault(row["request_id"], []).append(
                SubjectAnswer(
                    id=row["id"],
                    outcome=CaseState(outcome),
                    text=text,
                    arrived_at=row["released_at"],
                )
            )
        return found

    def list(self, envelope: Envelope) -> list[SubjectRequest]:
        """Return them with what was answered, the latest first."""
        rows = self.work.execute(
            "SELECT id, kind, asked_at FROM crm.data_requests WHERE user_id = %s"
            " ORDER BY asked_at DESC, id DESC",
            (self.user_id,),
        ).fetchall()
        answers = self._answers([row["id"] for row in rows], envelope)
        return [
            SubjectRequest(
                id=row["id"],
                kind=DataRequestKind(row["kind"]),
                asked_at=row["asked_at"],
                answers=answers.get(row["id"], []),
            )
            for row in rows
        ]


def add_answer(
    work: UnitOfWork, envelope: Envelope, request_id: UUID, answer: DataRequestAnswer
) -> bool:
    """Keep an answer for whoever asked; False where nobody waits for it any more."""
    # Not by time: the order of ids would tell more than the night when all of them are handed over.
    answer_id = _scattered()
    text = json.dumps([answer.outcome, answer.text])
    sealed = envelope.seal(text.encode(), _context(answer_id, request_id))
    try:
        with work.savepoint():
            work.execute(
                "INSERT INTO crm.data_request_answers (id, request_id, sealed) VALUES (%s, %s, %s)",
                (answer_id, request_id, sealed),
            )
    except ForeignKeyViolation:
        return False
    return True


def delete_subject(work: UnitOfWork, user_id: UUID) -> int:
    """Delete what somebody asked and was told; return how many requests it was."""
    work.set_local("app.subject_id", str(user_id))
    return work.execute("DELETE FROM crm.data_requests WHERE user_id = %s", (user_id,)).rowcount


def _scattered() -> UUID:
    from uuid import uuid4

    return uuid4()


def _context(answer_id: UUID, request_id: UUID) -> dict[str, str]:
    return {"answer": str(answer_id), "request": str(request_id)}
