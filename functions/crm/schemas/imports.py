"""Imports: bodies, queries and views of the API."""

import base64
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from crm.domain.client_import import Outcome, ReportLine
from crm.repository.import_jobs import ImportJob
from crm.schemas.exports import ExportPassphrase
from crm.schemas.fields import Cursor
from crm.schemas.settings import Region
from crm.service.import_jobs import MAX_FILE_BYTES, ReportPage
from kit.errors import Invalid
from kit.http import Request, Response
from kit.i18n import gettext as _

_MAX_BASE64_LENGTH = MAX_FILE_BYTES * 4 // 3 + 1024


class ImportBody(Request):
    """Body of an import."""

    content: Annotated[str, StringConstraints(min_length=1)] = Field(
        max_length=_MAX_BASE64_LENGTH,
        description="In base64: an exported archive, or a CSV or JSON list of clients; at most 4 MB.",
    )
    file_name: Annotated[str, StringConstraints(max_length=200)] = ""
    export_passphrase: ExportPassphrase | None = Field(
        default=None, description="Archive passphrase, if the file is an archive."
    )
    region: Region | None = Field(
        default=None,
        description="Region of phone numbers without a country code; by default that of the settings.",
    )

    def decode_content(self) -> bytes:
        """Return the decoded file."""
        try:
            return base64.b64decode(self.content, validate=True)
        except ValueError as error:  # Not the base64 alphabet, or an impossible length.
            raise Invalid("not-base64", _("Send the file in base64."), field="content") from error


class ImportQuery(Request):
    """Query of an import report."""

    outcome: Outcome | None = None
    cursor: Cursor | None = None


class ReportLineView(Response):
    """Result of one row, without its contents."""

    line: int
    what: str
    outcome: Outcome
    field: str | None
    message: str | None
    record_id: str | None

    @classmethod
    def from_domain(cls, line: ReportLine) -> "ReportLineView":
        """Return the view of a report line."""
        return cls.model_validate(line)


class ImportView(Response):
    """Import and its progress. While `isFinished` is false, call `continue`."""

    id: UUID
    kind: str
    file_name: str
    rows: int
    done: int
    counts: dict[str, int]
    not_taken: list[str] = Field(description="Columns that were ignored.")
    part: int | None = Field(description="Number of the part of an export.")
    is_finished: bool
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def from_domain(cls, job: ImportJob) -> "ImportView":
        """Return the view of an import."""
        return cls(**_job_fields(job))


class ImportsView(Response):
    """The latest imports."""

    items: list[ImportView]


class ReportView(ImportView):
    """Import with a page of its report."""

    lines: list[ReportLineView]
    next_cursor: str | None

    @classmethod
    def with_lines(cls, job: ImportJob, report: ReportPage) -> "ReportView":
        """Return the view of an import with report lines."""
        return cls(
            **_job_fields(job),
            lines=[ReportLineView.from_domain(line) for line in report.lines],
            next_cursor=report.next_cursor,
        )


def _job_fields(job: ImportJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "file_name": job.metadata["fileName"],
        "rows": job.rows,
        "done": job.done,
        "counts": job.counts,
        "not_taken": job.metadata.get("notTaken", []),
        "part": job.metadata.get("part"),
        "is_finished": job.finished_at is not None,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }
