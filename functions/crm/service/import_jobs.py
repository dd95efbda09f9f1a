"""A file comes into the book: read at once, kept sealed, worked off a slice at a time.

Each slice is a transaction of its own. One that is stopped in between has either happened or not; whoever goes on finds
the first slice that waits. The same file again changes nothing, so starting over does no harm either.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.client_files import read_clients
from crm.domain.client_import import Outcome, ReportLine
from crm.domain.export_archive import read_archive
from crm.domain.export_container import is_container, open_sealed
from crm.domain.export_schema import BY_NAME
from crm.repository.import_jobs import ImportJob, ImportJobRepository
from crm.service.archive_import import ArchiveImport, RecordParser
from crm.service.audit_log import AuditLog
from crm.service.client_import import WHAT, ClientImport
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.vault import DecryptionFailed
from kit.errors import Conflict, Invalid
from kit.pagination import decode_cursor, encode_cursor

MOST = 4 * 1024 * 1024
"""Bytes of a file."""
SLICE = 500
_SECONDS = 2.0
LINES = 100


@dataclass(frozen=True, slots=True)
class Report:
    """Some of the lines, and where the next ones begin."""

    lines: list[ReportLine]
    next_cursor: str | None


class ImportService:
    """Files for one open book. It commits: nothing else may be under way in the transaction."""

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
        """Read a file and keep it; nothing of it is in the book yet. Raises `Invalid`."""
        if len(content) > MOST:
            raise Invalid(
                "import-too-large", f"Send at most {MOST >> 20} MB in one file.", field="content"
            )
        about: dict[str, Any] = {"fileName": file_name, "region": region or ""}
        if is_container(content):
            kind, slices = "archive", self._of_archive(content, export_passphrase, about)
        else:
            read = read_clients(content)
            about["notTaken"] = read.not_taken
            kind, slices = "clients", _sliced(WHAT, [row.to_json() for row in read.rows])
        try:
            job_id = self._imports.add(kind, about, slices, self._context.now())
        except ValueError as error:
            # Half a character, or a number that is none: JSON can spell them, and nothing can keep them.
            raise Invalid(
                "text-unstorable",
                "The file holds a character that we cannot keep: remove it.",
                field="content",
            ) from error
        return self._imports.get(job_id)

    def resume(self, job_id: UUID, fitted: RecordParser) -> ImportJob:
        """Work off slices for as long as an answer may take; return how far it is.

        `fitted` holds what an archive brings to the shapes of what is written by hand.
        """
        until = self._tick() + _SECONDS
        while self._slice(job_id, fitted) and self._tick() < until:
            pass
        return self._imports.get(job_id)

    def get(self, job_id: UUID) -> ImportJob:
        """Return how far a file is; raise `NotFound`."""
        return self._imports.get(job_id)

    def report(
        self, job_id: UUID, outcome: Outcome | None = None, cursor: str | None = None
    ) -> Report:
        """Return what came of each row so far, or of those with one outcome."""
        start = decode_cursor(cursor, {"from": int})["from"] if cursor else 0
        assert isinstance(start, int)  # noqa: S101 - decoded as one
        found = [line for line in self._imports.report(job_id) if outcome in (None, line.outcome)]
        start = max(start, 0)
        following = start + LINES
        return Report(
            found[start:following],
            encode_cursor({"from": following}) if following < len(found) else None,
        )

    def delete(self, job_id: UUID) -> None:
        """Forget a file and its report; what was brought in stays."""
        self._imports.delete(job_id)

    def _of_archive(
        self, content: bytes, passphrase: str | None, about: dict[str, Any]
    ) -> list[tuple[str, list[Any]]]:
        if not passphrase:
            raise Invalid(
                "export-passphrase-missing",
                "Enter the passphrase that the archive was made with.",
                field="exportPassphrase",
            )
        returned = read_archive(open_sealed(passphrase, content))
        about |= {
            "part": returned.part,
            "isLast": returned.is_last,
            "provider": returned.provider,
        }
        return [
            one
            for shelf, sheets in returned.shelves
            for one in _sliced(shelf.name, list(enumerate(sheets, start=1)))
        ]

    def _slice(self, job_id: UUID, fitted: RecordParser) -> bool:
        """Work off one slice and commit; tell whether there was one."""
        self._imports.lock(job_id)
        job = self._imports.get(job_id)
        try:
            part = self._imports.next_chunk(job_id)
        except DecryptionFailed as error:
            raise Conflict(
                "import-stale",
                "Your keys were renewed since you sent this file: send it again. What came in stays,"
                " and nothing is doubled.",
            ) from error
        if part is None:
            if job.finished_at is None:
                self._finish(job)
            return False
        self._imports.finish_chunk(part.id, self._brought(job, part.what, part.rows, fitted))
        if job.done + len(part.rows) == job.rows:
            self._finish(self._imports.get(job_id))
        self._commit()
        return True

    def _brought(
        self, job: ImportJob, what: str, rows: Sequence[Any], fitted: RecordParser
    ) -> list[ReportLine]:
        if what == WHAT:
            return ClientImport(self._context, job.about["region"] or None).process(rows)
        provider = job.about["provider"]
        sheets = ArchiveImport(self._context, self._audit_log, BY_NAME[what], provider, fitted)
        return sheets.process(rows)

    def _finish(self, job: ImportJob) -> None:
        self._imports.finish(job.id, self._context.now())
        self._audit_log.append(AuditAction.IMPORTED, kind=job.kind, rows=job.rows, **job.counts)

    def _commit(self) -> None:
        self._context.work.commit()
        set_tenant(self._context.work, self._context.provider_id)

    def list(self) -> list[ImportJob]:
        """Return the last files."""
        return self._imports.list()


def _sliced(what: str, rows: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    return [(what, list(some)) for some in batched(rows, SLICE, strict=False)]
