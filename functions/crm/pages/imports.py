"""Pages to import a file, and to read the report of its rows."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi.responses import Response

from crm.dependencies import UnlockedDep
from crm.domain.client_import import Outcome, ReportLine
from crm.domain.clients import EDITED_FIELDS
from crm.domain.export_schema import CLIENTS, EXPORT_TABLES_BY_NAME
from crm.pages.context import (
    WRITE_DEPENDENCIES,
    LockAwarePageContext,
    LockAwarePageDep,
    page_router,
)
from crm.pages.labels import Badges, options, parse_enum
from crm.repository.import_jobs import ImportJob
from crm.schemas.export_schema import normalize_record
from crm.schemas.uploads import Upload, read_upload
from crm.service.client_import import CLIENT_ROWS
from crm.service.import_jobs import ImportService
from crm.service.settings import load_settings
from crm.service.unlocked_context import UnlockedContext
from kit.errors import DomainError, Invalid
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import EmptyForm, Form, FormErrors

router = page_router("/import")
OUTCOME_BADGES = Badges(
    {
        Outcome.CREATED: (N_("New"), "success"),
        Outcome.UPDATED: (N_("Updated"), "accent"),
        Outcome.UNCHANGED: (N_("Unchanged"), "neutral"),
        Outcome.SKIPPED: (N_("Skipped"), "warning"),
        Outcome.REFUSED: (N_("Refused"), "danger"),
    }
)
_FIELD_LABELS = {field.json_name: field.declaration.label for field in EDITED_FIELDS}
"""Labels of the fields that a report names. The fields of other records keep the names of the archive."""


@router.get("")
async def import_page(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Show the file form and the latest imports."""
    return _render_list(context, unlocked, Form())


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def begin_import(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Parse a file, and import as many rows as one response has time for."""
    try:
        job = _begin(context, unlocked, await read_upload(context.request))
    except DomainError as error:
        context.roll_back()
        field = error.field if error.field == "exportPassphrase" else "file"
        labels = {"file": _("File"), "exportPassphrase": _("Archive passphrase")}
        return _render_list(
            context, unlocked, FormErrors({}, {field: error.message}, labels), error.status
        )
    return _continue(context, unlocked, job.id)


@router.get("/{import_id}")
async def report_page(
    context: LockAwarePageDep, unlocked: UnlockedDep, import_id: UUID
) -> Response:
    """Show the progress and the report. A GET changes nothing: a script submits the form that continues."""
    imports = ImportService(unlocked, context.access.audit_log)
    job = imports.get(import_id)
    is_running = context.request.query_params.get("going") == "on" and job.finished_at is None
    return _render_report(context, imports, job, is_running=is_running)


@router.post("/{import_id}/continue", dependencies=WRITE_DEPENDENCIES)
async def continue_import(
    context: LockAwarePageDep, unlocked: UnlockedDep, import_id: UUID
) -> Response:
    """Continue an import."""

    def do(_: EmptyForm) -> Response:
        return _continue(context, unlocked, import_id)

    return await context.handle_form(
        EmptyForm, do, lambda form, s: _render_list(context, unlocked, form, s)
    )


@router.post("/{import_id}/remove", dependencies=WRITE_DEPENDENCIES)
async def delete_import(
    context: LockAwarePageDep, unlocked: UnlockedDep, import_id: UUID
) -> Response:
    """Delete an import and its report."""
    ImportService(unlocked, context.access.audit_log).delete(import_id)
    return context.redirect("/import", "removed")


def _continue(
    context: LockAwarePageContext, unlocked: UnlockedContext, import_id: UUID
) -> Response:
    job = ImportService(unlocked, context.access.audit_log).resume(import_id, normalize_record)
    is_running = "" if job.finished_at else "?going=on"
    return context.redirect(f"/import/{import_id}{is_running}")


def _begin(context: LockAwarePageContext, unlocked: UnlockedContext, upload: Upload) -> ImportJob:
    if not upload.content:
        raise Invalid("file-missing", _("Choose a file."), field="file")
    return ImportService(unlocked, context.access.audit_log).begin(
        upload.content,
        file_name=upload.file_name,
        export_passphrase=upload.fields.get("exportPassphrase") or None,
        region=load_settings(unlocked.work, unlocked.provider_id).default_region,
    )


def _render_list(
    context: LockAwarePageContext, unlocked: UnlockedContext, form: Form, status: int = 200
) -> Response:
    jobs = ImportService(unlocked, context.access.audit_log).list()
    rows = [_to_row(context, job) for job in jobs]
    region = load_settings(unlocked.work, unlocked.provider_id).default_region
    heading = _("Import")
    return context.render(
        "import.html", status, heading=heading, form=form, rows=rows, region=region
    )


def _render_report(
    context: LockAwarePageContext, imports: ImportService, job: ImportJob, *, is_running: bool
) -> Response:
    asked = context.request.query_params
    outcome = parse_enum(Outcome, asked.get("outcome"))
    found = imports.report(job.id, outcome, asked.get("cursor") or None)
    more = {"outcome": outcome.value if outcome else "", "cursor": found.next_cursor}
    here = f"{context.path}/import/{job.id}"
    return context.render(
        "import_report.html",
        heading=_("Import report"),
        job=_to_row(context, job),
        here=here,
        is_running=is_running,
        outcomes=options(OUTCOME_BADGES),
        form=Form({"outcome": more["outcome"]}),
        lines=[_to_line(one) for one in found.lines],
        next_url=f"{here}?{urlencode(more)}" if found.next_cursor else "",
    )


def _to_row(context: LockAwarePageContext, job: ImportJob) -> dict[str, Any]:
    counts = [(OUTCOME_BADGES[one], job.counts.get(one, 0)) for one in Outcome]
    part = job.metadata.get("part")
    return {
        "id": job.id,
        "name": job.metadata["fileName"]
        or (_("An archive") if job.kind == "archive" else _("A list")),
        "part": part if part and not (part == 1 and job.metadata.get("isLast")) else None,
        "rows": job.rows,
        "done": job.done,
        "counts": [(badge, number) for badge, number in counts if number],
        "ignored_columns": job.metadata.get("notTaken", []),
        "when": context.format_datetime(job.created_at),
        "finished": job.finished_at is not None,
    }


def _to_line(line: ReportLine) -> dict[str, Any]:
    of_client = line.what in (CLIENT_ROWS, CLIENTS.name)
    table = EXPORT_TABLES_BY_NAME.get(line.what)
    return {
        "number": line.line,
        "what": _("Row")
        if line.what == CLIENT_ROWS
        else (_(table.label) if table else line.what).capitalize(),
        "outcome": OUTCOME_BADGES[line.outcome],
        "field": _(_FIELD_LABELS.get(line.field or "", line.field or "")),
        "message": line.message or "",
        "client": line.record_id if of_client and line.outcome is not Outcome.REFUSED else None,
    }
