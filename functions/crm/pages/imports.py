"""Bringing a file in: chosen, read, worked off, and a report of what came of each row."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi.responses import Response

from crm.dependencies import UnlockedDep
from crm.domain.client_import import Outcome, ReportLine
from crm.domain.export_schema import BY_NAME, CLIENTS
from crm.pages.context import (
    WRITE_DEPENDENCIES,
    LockAwarePageContext,
    LockAwarePageDep,
    page_router,
)
from crm.pages.labels import Badge, options, parse_enum
from crm.repository.import_jobs import ImportJob
from crm.schemas.export_schema import fitted
from crm.schemas.uploads import Upload, read_upload
from crm.service.client_import import WHAT
from crm.service.import_jobs import ImportService
from crm.service.settings import load_settings
from crm.service.unlocked_context import UnlockedContext
from kit.errors import DomainError, Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/import")
OUTCOME: dict[Outcome, Badge] = {
    Outcome.CREATED: ("New", "success"),
    Outcome.UPDATED: ("Added to", "accent"),
    Outcome.UNCHANGED: ("Was there already", "neutral"),
    Outcome.SKIPPED: ("Left out", "warning"),
    Outcome.REFUSED: ("Not taken", "danger"),
}


class NothingForm(Body):
    """A button alone."""


@router.get("")
async def import_page(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Ask for a file, and show those that came before."""
    return _page(context, unlocked, Form())


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def send(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Read a file, and work off as much of it as one answer has time for."""
    try:
        job = _begun(context, unlocked, await read_upload(context.request))
    except DomainError as error:
        context.roll_back()
        field = error.field if error.field == "exportPassphrase" else "file"
        labels = {"file": "File", "exportPassphrase": "Passphrase of the archive"}
        return _page(
            context, unlocked, FormErrors({}, {field: error.message}, labels), error.status
        )
    return _go_on(context, unlocked, job.id)


@router.get("/{import_id}")
async def report_page(
    context: LockAwarePageDep, unlocked: UnlockedDep, import_id: UUID
) -> Response:
    """Show how far a file is and what came of its rows. Looking changes nothing: its form goes on, sent by a script."""
    importing = ImportService(unlocked, context.access.audit_log)
    job = importing.get(import_id)
    going = context.request.query_params.get("going") == "on" and job.finished_at is None
    return _report(context, importing, job, going=going)


@router.post("/{import_id}/continue", dependencies=WRITE_DEPENDENCIES)
async def go_on(context: LockAwarePageDep, unlocked: UnlockedDep, import_id: UUID) -> Response:
    """Work on it, and go on from there."""

    def do(_: NothingForm) -> Response:
        return _go_on(context, unlocked, import_id)

    return await context.handle_form(
        NothingForm, do, lambda form, s: _page(context, unlocked, form, s)
    )


@router.post("/{import_id}/remove", dependencies=WRITE_DEPENDENCIES)
async def remove(context: LockAwarePageDep, unlocked: UnlockedDep, import_id: UUID) -> Response:
    """Forget a file and its report."""
    ImportService(unlocked, context.access.audit_log).delete(import_id)
    return context.redirect("/import", "removed")


def _go_on(context: LockAwarePageContext, unlocked: UnlockedContext, import_id: UUID) -> Response:
    job = ImportService(unlocked, context.access.audit_log).resume(import_id, fitted)
    going = "" if job.finished_at else "?going=on"
    return context.redirect(f"/import/{import_id}{going}")


def _begun(context: LockAwarePageContext, unlocked: UnlockedContext, sent: Upload) -> ImportJob:
    if not sent.content:
        raise Invalid("file-missing", "Choose a file.", field="file")
    return ImportService(unlocked, context.access.audit_log).begin(
        sent.content,
        file_name=sent.file_name,
        export_passphrase=sent.fields.get("exportPassphrase") or None,
        region=load_settings(unlocked.work, unlocked.provider_id).default_region,
    )


def _page(
    context: LockAwarePageContext, unlocked: UnlockedContext, form: Form, status: int = 200
) -> Response:
    jobs = ImportService(unlocked, context.access.audit_log).list()
    rows = [_row(context, job) for job in jobs]
    region = load_settings(unlocked.work, unlocked.provider_id).default_region
    heading = "Bring something in"
    return context.render(
        "import.html", status, heading=heading, form=form, rows=rows, region=region
    )


def _report(
    context: LockAwarePageContext, importing: ImportService, job: ImportJob, *, going: bool
) -> Response:
    asked = context.request.query_params
    outcome = parse_enum(Outcome, asked.get("outcome"))
    found = importing.report(job.id, outcome, asked.get("cursor") or None)
    more = {"outcome": outcome.value if outcome else "", "cursor": found.next_cursor}
    here = f"{context.path}/import/{job.id}"
    return context.render(
        "import_report.html",
        heading="What came in",
        job=_row(context, job),
        here=here,
        going=going,
        outcomes=options(OUTCOME),
        form=Form({"outcome": more["outcome"]}),
        lines=[_line(one) for one in found.lines],
        next_url=f"{here}?{urlencode(more)}" if found.next_cursor else "",
    )


def _row(context: LockAwarePageContext, job: ImportJob) -> dict[str, Any]:
    counts = [(OUTCOME[one], job.counts.get(one, 0)) for one in Outcome]
    part = job.about.get("part")
    return {
        "id": job.id,
        "name": job.about["fileName"] or ("An archive" if job.kind == "archive" else "A list"),
        "part": part if part and not (part == 1 and job.about.get("isLast")) else None,
        "rows": job.rows,
        "done": job.done,
        "counts": [(badge, number) for badge, number in counts if number],
        "not_taken": job.about.get("notTaken", []),
        "when": context.format_datetime(job.created_at),
        "finished": job.finished_at is not None,
    }


def _line(line: ReportLine) -> dict[str, Any]:
    of_client = line.what in (WHAT, CLIENTS.name)
    shelf = BY_NAME.get(line.what)
    return {
        "number": line.line,
        "what": "Row" if line.what == WHAT else (shelf.said if shelf else line.what).capitalize(),
        "outcome": OUTCOME[line.outcome],
        "field": line.field,
        "message": line.message or "",
        "client": line.record_id if of_client and line.outcome is not Outcome.REFUSED else None,
    }
