"""Files that are brought in, as the API takes and shows them."""

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
from crm.service.import_jobs import MOST, Report
from kit.errors import Invalid
from kit.http import Request, Response

_MOST_BASE64 = MOST * 4 // 3 + 1024


class ImportBody(Request):
    """A file."""

    content: Annotated[str, StringConstraints(min_length=1)] = Field(
        max_length=_MOST_BASE64,
        description="In base64: an archive of ours, or a CSV or JSON list of clients; at most 4 MB.",
    )
    file_name: Annotated[str, StringConstraints(max_length=200)] = ""
    export_passphrase: ExportPassphrase | None = Field(
        default=None, description="Of the archive, if it is one."
    )
    region: Region | None = Field(
        default=None, description="Of phone numbers without a country code; else of the settings."
    )

    def data(self) -> bytes:
        """Return the file."""
        try:
            return base64.b64decode(self.content, validate=True)
        except ValueError as error:  # Other signs than base64 has, or a length that it cannot have.
            raise Invalid("not-base64", "Send the file in base64.", field="content") from error


class ImportQuery(Request):
    """Which lines of the report."""

    outcome: Outcome | None = None
    cursor: Cursor | None = None


class ReportLineView(Response):
    """What came of one row: never what stood in it."""

    line: int
    what: str
    outcome: Outcome
    field: str | None
    message: str | None
    record_id: str | None

    @classmethod
    def from_domain(cls, line: ReportLine) -> "ReportLineView":
        """Return it as it is shown."""
        return cls.model_validate(line)


class ImportView(Response):
    """A file that is brought in. While `isFinished` is false, ask to continue."""

    id: UUID
    kind: str
    file_name: str
    rows: int
    done: int
    counts: dict[str, int]
    not_taken: list[str] = Field(description="Columns that nothing was made of.")
    part: int | None = Field(description="Which part of an export it is.")
    is_finished: bool
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def from_domain(cls, job: ImportJob) -> "ImportView":
        """Return it as it is shown."""
        return cls(**_shown(job))


class ImportsView(Response):
    """The last files."""

    items: list[ImportView]


class ReportView(ImportView):
    """A file with some of the lines of its report."""

    lines: list[ReportLineView]
    next_cursor: str | None

    @classmethod
    def with_lines(cls, job: ImportJob, report: Report) -> "ReportView":
        """Return it as it is shown."""
        return cls(
            **_shown(job),
            lines=[ReportLineView.from_domain(line) for line in report.lines],
            next_cursor=report.next_cursor,
        )


def _shown(job: ImportJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "file_name": job.about["fileName"],
        "rows": job.rows,
        "done": job.done,
        "counts": job.counts,
        "not_taken": job.about.get("notTaken", []),
        "part": job.about.get("part"),
        "is_finished": job.finished_at is not None,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }
