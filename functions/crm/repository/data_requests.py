"""Tables `crm.data_requests`, `crm.data_request_answers` and, per request and workspace, `crm.data_request_cases`."""

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
    pad_payload,
)
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import NotFound
from kit.i18n import gettext as _
from kit.ids import new_id

TABLE = "data_request_cases"


@dataclass(frozen=True, slots=True)
class Requester:
    """Address and language of the account that submitted a data request."""

    email: str
    language: str


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case with its id."""

    id: UUID
    case: DataRequestCase


@dataclass(frozen=True, slots=True)
class DataRequestCases:
    """Data request cases of one unlocked workspace."""

    work: UnitOfWork
    vault: OpenVault

    def add(self, case_id: UUID, case: DataRequestCase | None, delete_at: datetime) -> None:
        """Insert a case, also if no client matched; do nothing if the id exists."""
        document = case.to_payload() if case else pad_payload({})
        self.work.execute(
            """
            INSERT INTO crm.data_request_cases (id, provider_id, encrypted_payload, delete_at) VALUES (%s, %s, %s, %s)
            ON CONFLICT (id) DO NOTHING
            """,
            (
                case_id,
                self.vault.tenant,
                self.vault.seal(_document_ref(case_id), document),
                delete_at,
            ),
        )

    def lock(self, case_id: UUID) -> DataRequestCase:
        """Return a case, locked until the transaction ends; raise `NotFound`."""
        row = self.work.execute(
            "SELECT id, encrypted_payload FROM crm.data_request_cases WHERE provider_id = %s AND id = %s FOR UPDATE",
            (self.vault.tenant, case_id),
        ).fetchone()
        case = (
            DataRequestCase.from_payload(
                self.vault.open(_document_ref(case_id), bytes(row["encrypted_payload"]))
            )
            if row
            else None
        )
        if case is None:
            raise data_request_not_found()
        return case

    def update(self, case_id: UUID, case: DataRequestCase) -> None:
        """Update a locked case."""
        self.work.execute(
            "UPDATE crm.data_request_cases SET encrypted_payload = %s WHERE provider_id = %s AND id = %s",
            (
                self.vault.seal(_document_ref(case_id), case.to_payload()),
                self.vault.tenant,
                case_id,
            ),
        )

    def current_client_ids(self, client_ids: Iterable[UUID]) -> dict[UUID, UUID]:
        """Return the current id of each client: a merged client has the id of the client that remained."""
        requested_ids = list(set(client_ids))
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
            {"ids": requested_ids, "provider": self.vault.tenant},
        ).fetchall()
        return {row["asked"]: row["id"] for row in rows}

    def list(self) -> list[StoredCase]:
        """Return the cases with matching clients, the latest request first."""
        rows = self.work.execute(
            "SELECT id, encrypted_payload FROM crm.data_request_cases WHERE provider_id = %s",
            (self.vault.tenant,),
        ).fetchall()
        opened = (
            (row["id"], self.vault.open(_document_ref(row["id"]), bytes(row["encrypted_payload"])))
            for row in rows
        )
        found = [
            StoredCase(one, case)
            for one, document in opened
            if (case := DataRequestCase.from_payload(document))
        ]
        return sorted(found, key=lambda one: (one.case.asked_at, one.id), reverse=True)


def data_request_not_found() -> NotFound:
    """Return the error for a request that is not in this workspace, or matched no client."""
    return NotFound("no-such-request", _("There is no such data request in your client book."))


def _document_ref(case_id: UUID) -> DocumentRef:
    return DocumentRef(TABLE, case_id, None)


INBOX_KIND = "data-request"


@dataclass(frozen=True, slots=True)
class PendingDataRequest:
    """A request that is not dispatched to every workspace yet."""

    id: UUID
    user_id: UUID
    kind: DataRequestKind
    asked_at: datetime
    dispatched_up_to: UUID


@dataclass(frozen=True, slots=True)
class DataRequestDispatch:
    """Data requests of all accounts, for the one database role that may read them."""

    work: UnitOfWork

    def claim(self) -> PendingDataRequest | None:
        """Return the oldest undispatched request that no other transaction has locked."""
        row = self.work.execute(
            """
            SELECT id, user_id, kind, asked_at, dispatched_up_to FROM crm.data_requests
            WHERE dispatched_at IS NULL ORDER BY asked_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
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

    def checkpoint(self, request_id: UUID, last_provider_id: UUID) -> None:
        """Store the last workspace that the request was dispatched to."""
        self.work.execute(
            "UPDATE crm.data_requests SET dispatched_up_to = %s WHERE id = %s",
            (last_provider_id, request_id),
        )

    def finish(self, request_id: UUID, moment: datetime) -> None:
        """Record that the request was dispatched to every workspace."""
        self.work.execute(
            "UPDATE crm.data_requests SET dispatched_at = %s WHERE id = %s", (moment, request_id)
        )

    def requester(self, user_id: UUID) -> Requester | None:
        """Return the address and language of an account; None if it was closed or may not act."""
        row = self.work.execute(
            "SELECT email, language FROM auth.client_emails_v1 WHERE user_id = %s", (user_id,)
        ).fetchone()
        return Requester(row["email"], row["language"]) if row else None

    def list_answered(self) -> list[tuple[UUID, UUID]]:
        """Return (request id, account id) of the requests with unreleased answers."""
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
        """Release the answers of a request; return their number."""
        return self.work.execute(
            "UPDATE crm.data_request_answers SET released_at = %s"
            " WHERE request_id = %s AND released_at IS NULL",
            (moment, request_id),
        ).rowcount

    def delete_expired(self, answers_before: datetime, requests_before: datetime) -> int:
        """Delete expired answers and requests; return the number of rows."""
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
        """Delete expired cases and inbox messages of the current tenant; return the number of rows."""
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
"""KMS encryption context: data encrypted for this purpose decrypts for no other."""


@dataclass(frozen=True, slots=True)
class OwnDataRequests:
    """Data requests of one account; row-level security shows the transaction no others."""

    work: UnitOfWork
    user_id: UUID

    def set_subject(self) -> None:
        """Set the subject of the transaction for row-level security; serialise requests of one account."""
        self.work.set_local("app.subject_id", str(self.user_id))
        self.work.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('crm.subject ' || %s, 0))",
            (str(self.user_id),),
        )

    def last_submitted_at(self, kind: DataRequestKind) -> datetime | None:
        """Return when the account last submitted a request of this kind."""
        row = self.work.execute(
            "SELECT max(asked_at) AS moment FROM crm.data_requests"
            " WHERE user_id = %s AND kind = %s",
            (self.user_id, kind),
        ).fetchone()
        return row["moment"] if row else None

    def add(self, kind: DataRequestKind, moment: datetime) -> SubjectRequest:
        """Insert a new request."""
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
            context = _aad_context(row["id"], row["request_id"])
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
        """Return the requests with their released answers, the latest first."""
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
    """Insert an answer; return False if the request was deleted meanwhile."""
    # A random id: an id ordered by time would reveal more than the night of the common release.
    answer_id = _random_id()
    text = json.dumps([answer.outcome, answer.text])
    sealed = envelope.seal(text.encode(), _aad_context(answer_id, request_id))
    try:
        with work.savepoint():
            work.execute(
                "INSERT INTO crm.data_request_answers (id, request_id, sealed) VALUES (%s, %s, %s)",
                (answer_id, request_id, sealed),
            )
    except ForeignKeyViolation:
        return False
    return True


def delete_data_requests(work: UnitOfWork, user_id: UUID) -> int:
    """Delete the data requests of an account with their answers; return the number of requests."""
    work.set_local("app.subject_id", str(user_id))
    return work.execute("DELETE FROM crm.data_requests WHERE user_id = %s", (user_id,)).rowcount


def _random_id() -> UUID:
    from uuid import uuid4

    return uuid4()


def _aad_context(answer_id: UUID, request_id: UUID) -> dict[str, str]:
    return {"answer": str(answer_id), "request": str(request_id)}
