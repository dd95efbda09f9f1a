"""Tables `crm.imports` and `crm.import_chunks`: imported files and their unprocessed rows."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from crm.domain.client_import import Outcome, ReportLine
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.errors import NotFound
from kit.i18n import gettext as _
from kit.ids import new_id

_JOBS_TABLE, _CHUNKS_TABLE = "imports", "import_chunks"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """Import of a file, and its progress."""

    id: UUID
    kind: str
    rows: int
    done: int
    counts: dict[str, int]
    metadata: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImportChunk:
    """Unprocessed rows of an import; `what`: the table of an archive, or `rows` of a list."""

    id: UUID
    what: str
    rows: list[Any]


class ImportJobRepository:
    """Imports of one workspace."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def add(
        self,
        kind: str,
        metadata: dict[str, Any],
        chunks: Sequence[tuple[str, list[Any]]],
        moment: datetime,
    ) -> UUID:
        """Insert an import with its chunks."""
        job_id = new_id()
        self._work.execute(
            "INSERT INTO crm.imports (id, provider_id, kind, rows, encrypted_payload, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (
                job_id,
                self._vault.tenant,
                kind,
                sum(len(rows) for _, rows in chunks),
                self._vault.seal(DocumentRef(_JOBS_TABLE, job_id, None), metadata),
                moment,
            ),
        )
        for number, (what, rows) in enumerate(chunks):
            chunk_id = new_id()
            self._work.execute(
                "INSERT INTO crm.import_chunks (id, provider_id, import_id, number, what, rows, encrypted_payload)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    chunk_id,
                    self._vault.tenant,
                    job_id,
                    number,
                    what,
                    len(rows),
                    self._vault.seal(DocumentRef(_CHUNKS_TABLE, chunk_id, None), {"rows": rows}),
                ),
            )
        return job_id

    def lock(self, job_id: UUID) -> None:
        """Lock an import until the transaction ends; raise `NotFound`."""
        row = self._work.execute(
            "SELECT FROM crm.imports WHERE provider_id = %s AND id = %s FOR UPDATE",
            (self._vault.tenant, job_id),
        ).fetchone()
        if row is None:
            raise import_not_found()

    def get(self, job_id: UUID) -> ImportJob:
        """Return an import; raise `NotFound`."""
        found = self._select(job_id, 1)
        if not found:
            raise import_not_found()
        return found[0]

    def next_chunk(self, job_id: UUID) -> ImportChunk | None:
        """Return the first unprocessed chunk; raise `DecryptionFailed` if its key is gone."""
        row = self._work.execute(
            "SELECT id, what, encrypted_payload FROM crm.import_chunks WHERE provider_id = %s AND import_id = %s"
            " AND encrypted_payload IS NOT NULL ORDER BY number LIMIT 1",
            (self._vault.tenant, job_id),
        ).fetchone()
        if row is None:
            return None
        document = self._vault.open(
            DocumentRef(_CHUNKS_TABLE, row["id"], None), bytes(row["encrypted_payload"])
        )
        return ImportChunk(row["id"], row["what"], document["rows"])

    def finish_chunk(self, chunk_id: UUID, report: Sequence[ReportLine]) -> None:
        """Store the report of a chunk and delete its rows."""
        self._work.execute(
            "UPDATE crm.import_chunks SET encrypted_payload = NULL, report = %s WHERE provider_id = %s AND id = %s",
            (Jsonb([line.to_json() for line in report]), self._vault.tenant, chunk_id),
        )

    def finish(self, job_id: UUID, moment: datetime) -> None:
        """Record that every chunk was processed."""
        self._work.execute(
            "UPDATE crm.imports SET finished_at = %s WHERE provider_id = %s AND id = %s",
            (moment, self._vault.tenant, job_id),
        )

    def report(self, job_id: UUID) -> Iterator[ReportLine]:
        """Yield the report lines so far."""
        rows = self._work.execute(
            "SELECT report FROM crm.import_chunks WHERE provider_id = %s AND import_id = %s"
            " AND report IS NOT NULL ORDER BY number",
            (self._vault.tenant, job_id),
        ).fetchall()
        return (ReportLine.from_json(stored) for row in rows for stored in row["report"])

    def delete(self, job_id: UUID) -> None:
        """Delete an import and its report; imported records stay."""
        deleted = self._work.execute(
            "DELETE FROM crm.imports WHERE provider_id = %s AND id = %s",
            (self._vault.tenant, job_id),
        )
        if deleted.rowcount == 0:
            raise import_not_found()

    def _select(self, job_id: UUID | None, limit: int) -> list[ImportJob]:
        rows = self._work.execute(
            "SELECT id, kind, rows, encrypted_payload, created_at, finished_at FROM crm.imports"
            " WHERE provider_id = %s AND (%s::uuid IS NULL OR id = %s)"
            " ORDER BY created_at DESC, id DESC LIMIT %s",
            (self._vault.tenant, job_id, job_id, limit),
        ).fetchall()
        counts = self._counts([row["id"] for row in rows])
        return [
            ImportJob(
                id=row["id"],
                kind=row["kind"],
                rows=row["rows"],
                done=counts[row["id"]].total(),
                counts={outcome: counts[row["id"]][outcome] for outcome in Outcome},
                metadata=self._vault.open(
                    DocumentRef(_JOBS_TABLE, row["id"], None), bytes(row["encrypted_payload"])
                ),
                created_at=row["created_at"],
                finished_at=row["finished_at"],
            )
            for row in rows
        ]

    def _counts(self, job_ids: list[UUID]) -> dict[UUID, Counter[str]]:
        found: dict[UUID, Counter[str]] = {job_id: Counter() for job_id in job_ids}
        rows = self._work.execute(
            "SELECT import_id, line ->> 'outcome' AS outcome, count(*) AS lines"
            " FROM crm.import_chunks, jsonb_array_elements(report) AS line"
            " WHERE provider_id = %s AND import_id = ANY(%s) GROUP BY import_id, outcome",
            (self._vault.tenant, job_ids),
        ).fetchall()
        for row in rows:
            found[row["import_id"]][row["outcome"]] = row["lines"]
        return found

    def list(self, limit: int = 20) -> list[ImportJob]:
        """Return the latest imports."""
        return self._select(None, limit)


def import_not_found() -> NotFound:
    """Return the error for an import that is not in this workspace."""
    return NotFound("no-such-import", _("There is no such import in your client book."))
