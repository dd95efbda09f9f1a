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

from crm.domain.audit_log import TrailAction
from crm.domain.client_files import read_clients
from crm.domain.client_import import Line, Outcome
from crm.domain.export_archive import read_archive
from crm.domain.export_container import is_container, open_sealed
from crm.domain.export_schema import BY_NAME
from crm.repository.import_jobs import Imports, Job
from crm.service.archive_import import Fitting, ImportSheets
from crm.service.audit_log import Trail
from crm.service.client_import import WHAT, ImportRows
from crm.service.unlocked_context import Desk, enter_as
from crm.vault import Unreadable
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

    lines: list[Line]
    next_cursor: str | None


class Importing:
    """Files for one open book. It commits: nothing else may be under way in the transaction."""

    def __init__(
        self, desk: Desk, trail: Trail, tick: Callable[[], float] = time.monotonic
    ) -> None:
        self._desk = desk
        self._trail = trail
        self._tick = tick
        self._imports = Imports(desk.work, desk.vault)

    def begin(
        self,
        content: bytes,
        *,
        file_name: str = "",
        export_passphrase: str | None = None,
        region: str | None = None,
    ) -> Job:
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
            job_id = self._imports.add(kind, about, slices, self._desk.now())
        except ValueError as error:
            # Half a character, or a number that is none: JSON can spell them, and nothing can keep them.
            raise Invalid(
                "text-unstorable",
                "The file holds a character that we cannot keep: remove it.",
                field="content",
            ) from error
        return self._imports.one(job_id)

    def go_on(self, job_id: UUID, fitted: Fitting) -> Job:
        """Work off slices for as long as an answer may take; return how far it is.

        `fitted` holds what an archive brings to the shapes of what is written by hand.
        """
        until = self._tick() + _SECONDS
        while self._slice(job_id, fitted) and self._tick() < until:
            pass
        return self._imports.one(job_id)

    def one(self, job_id: UUID) -> Job:
        """Return how far a file is; raise `NotFound`."""
        return self._imports.one(job_id)

    def latest(self) -> list[Job]:
        """Return the last files."""
        return self._imports.latest()

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

    def remove(self, job_id: UUID) -> None:
        """Forget a file and its report; what was brought in stays."""
        self._imports.remove(job_id)

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

    def _slice(self, job_id: UUID, fitted: Fitting) -> bool:
        """Work off one slice and commit; tell whether there was one."""
        self._imports.hold(job_id)
        job = self._imports.one(job_id)
        try:
            part = self._imports.next_slice(job_id)
        except Unreadable as error:
            raise Conflict(
                "import-stale",
                "Your keys were renewed since you sent this file: send it again. What came in stays,"
                " and nothing is doubled.",
            ) from error
        if part is None:
            if job.finished_at is None:
                self._finish(job)
            return False
        self._imports.settle(part.id, self._brought(job, part.what, part.rows, fitted))
        if job.done + len(part.rows) == job.rows:
            self._finish(self._imports.one(job_id))
        self._commit()
        return True

    def _brought(self, job: Job, what: str, rows: Sequence[Any], fitted: Fitting) -> list[Line]:
        if what == WHAT:
            return ImportRows(self._desk, job.about["region"] or None).work_off(rows)
        provider = job.about["provider"]
        sheets = ImportSheets(self._desk, self._trail, BY_NAME[what], provider, fitted)
        return sheets.work_off(rows)

    def _finish(self, job: Job) -> None:
        self._imports.finish(job.id, self._desk.now())
        self._trail.note(TrailAction.IMPORTED, kind=job.kind, rows=job.rows, **job.counts)

    def _commit(self) -> None:
        self._desk.work.commit()
        enter_as(self._desk.work, self._desk.provider_id)


def _sliced(what: str, rows: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    return [(what, list(some)) for some in batched(rows, SLICE, strict=False)]
