"""Import of a file: parsed at once, stored encrypted, and processed chunk by chunk.

Each chunk is a transaction of its own: an interrupted one was either committed or not, and the next call continues with
the first unprocessed chunk. Importing the same file again changes nothing, so a restart does no harm either.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.client_files import parse_client_file
from crm.domain.client_import import Outcome, ReportLine
from crm.domain.export_archive import read_archive
from crm.domain.export_container import is_container, open_sealed
from crm.domain.export_schema import EXPORT_TABLES_BY_NAME
from crm.repository.import_jobs import ImportJob, ImportJobRepository
from crm.service.archive_import import ArchiveImport, RecordParser
from crm.service.audit_log import AuditLog
from crm.service.client_import import CLIENT_ROWS, ClientImport
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.vault import DecryptionFailed
from kit.errors import Conflict, Invalid
from kit.i18n import gettext as _
from kit.pagination import decode_cursor, encode_cursor

MAX_FILE_BYTES = 4 * 1024 * 1024
"""Maximum bytes of a file."""
CHUNK_SIZE = 500
_MAX_SECONDS = 2.0
LINES_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Page of report lines, and the cursor of the next page."""

    lines: list[ReportLine]
    next_cursor: str | None


class ImportService:
    """Imports of one unlocked workspace. The service commits: the transaction must hold no other changes."""

    def __init__(
        self,
        context: UnlockedContext,
        audit_log: AuditLog,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._audit_log = audit_log
        self._tick = tick
        self._imports = ImportJobRepository(context.work, context.vault)

    def begin(
        self,
        content: bytes,
        *,
        file_name: str = "",
        export_passphrase: str | None = None,
        region: str | None = None,
    ) -> ImportJob:
        """Parse a file and store it; no record is imported yet. Raise `Invalid` for an unusable file."""
        if len(content) > MAX_FILE_BYTES:
            raise Invalid(
                "import-too-large",
                _("Send at most %(megabytes)s MB in one file.", megabytes=MAX_FILE_BYTES >> 20),
                field="content",
            )
        metadata: dict[str, Any] = {"fileName": file_name, "region": region or ""}
        if is_container(content):
            kind, chunks = "archive", self._archive_chunks(content, export_passphrase, metadata)
        else:
            read = parse_client_file(content)
            metadata["notTaken"] = read.ignored_columns
            kind, chunks = "clients", _to_chunks(CLIENT_ROWS, [row.to_json() for row in read.rows])
        try:
            job_id = self._imports.add(kind, metadata, chunks, self._context.now())
        except ValueError as error:
            # A lone surrogate or NaN: JSON can spell them, and PostgreSQL cannot store them.
            raise Invalid(
                "text-unstorable",
                _("The file holds a character that cannot be stored: remove it."),
                field="content",
            ) from error
        return self._imports.get(job_id)

    def resume(self, job_id: UUID, record_parser: RecordParser) -> ImportJob:
        """Process chunks for as long as a response may take; return the progress.

        `record_parser` validates archive records like the API's own input.
        """
        deadline = self._tick() + _MAX_SECONDS
        while self._process_chunk(job_id, record_parser) and self._tick() < deadline:
            pass
        return self._imports.get(job_id)

    def get(self, job_id: UUID) -> ImportJob:
        """Return an import; raise `NotFound`."""
        return self._imports.get(job_id)

    def report(
        self, job_id: UUID, outcome: Outcome | None = None, cursor: str | None = None
    ) -> ReportPage:
        """Return the report lines so far, or those with one outcome."""
        start = decode_cursor(cursor, {"from": int})["from"] if cursor else 0
        assert isinstance(start, int)  # noqa: S101 - decoded as one
        found = [line for line in self._imports.report(job_id) if outcome in (None, line.outcome)]
        start = max(start, 0)
        following = start + LINES_PER_PAGE
        return ReportPage(
            found[start:following],
            encode_cursor({"from": following}) if following < len(found) else None,
        )

    def delete(self, job_id: UUID) -> None:
        """Delete an import and its report; imported records stay."""
        self._imports.delete(job_id)

    def _archive_chunks(
        self, content: bytes, passphrase: str | None, metadata: dict[str, Any]
    ) -> list[tuple[str, list[Any]]]:
        if not passphrase:
            raise Invalid(
                "export-passphrase-missing",
                _("Enter the passphrase that the archive was made with."),
                field="exportPassphrase",
            )
        archive = read_archive(open_sealed(passphrase, content))
        metadata |= {
            "part": archive.part,
            "isLast": archive.is_last,
            "provider": archive.provider,
        }
        return [
            one
            for table, records in archive.tables
            for one in _to_chunks(table.name, list(enumerate(records, start=1)))
        ]

    def _process_chunk(self, job_id: UUID, record_parser: RecordParser) -> bool:
        """Process one chunk and commit; return False if none was left."""
        self._imports.lock(job_id)
        job = self._imports.get(job_id)
        try:
            chunk = self._imports.next_chunk(job_id)
        except DecryptionFailed as error:
            raise Conflict(
                "import-stale",
                _(
                    "Your keys were renewed since you sent this file: send it again. Imported records stay,"
                    " and nothing is duplicated."
                ),
            ) from error
        if chunk is None:
            if job.finished_at is None:
                self._finish(job)
            return False
        self._imports.finish_chunk(
            chunk.id, self._import_rows(job, chunk.what, chunk.rows, record_parser)
        )
        if job.done + len(chunk.rows) == job.rows:
            self._finish(self._imports.get(job_id))
        self._commit()
        return True

    def _import_rows(
        self, job: ImportJob, what: str, rows: Sequence[Any], record_parser: RecordParser
    ) -> list[ReportLine]:
        if what == CLIENT_ROWS:
            return ClientImport(self._context, job.metadata["region"] or None).process(rows)
        provider = job.metadata["provider"]
        records = ArchiveImport(
            self._context, self._audit_log, EXPORT_TABLES_BY_NAME[what], provider, record_parser
        )
        return records.process(rows)

    def _finish(self, job: ImportJob) -> None:
        self._imports.finish(job.id, self._context.now())
        self._audit_log.append(AuditAction.IMPORTED, kind=job.kind, rows=job.rows, **job.counts)

    def _commit(self) -> None:
        self._context.work.commit()
        set_tenant(self._context.work, self._context.provider_id)

    def list(self) -> list[ImportJob]:
        """Return the latest imports."""
        return self._imports.list()


def _to_chunks(what: str, rows: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    return [(what, list(some)) for some in batched(rows, CHUNK_SIZE, strict=False)]
