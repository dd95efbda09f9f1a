"""Taking the book out, part by part; the file that opens it without us; and emptying it."""

from pathlib import Path
from typing import Annotated

from fastapi.responses import Response
from pydantic import Field

from crm.dependencies import KeyDeletionDep, ProviderDep, UnlockedDep
from crm.domain.passphrases import check_passphrase
from crm.offline import decrypt_export
from crm.pages.context import (
    WRITE_DEPENDENCIES,
    LockAwarePageContext,
    LockAwarePageDep,
    Secret,
    page_router,
    require_same_passphrases,
)
from crm.service.clear_workspace import ClearResult, clear_confirmation, clear_workspace
from crm.service.exports import Archive, ExportService
from crm.service.reauthentication import require_reauthentication
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router()
NEXT_PART = "__Secure-crm-part"
"""Where the next part of a large book begins: a form that answers with a file can say nothing else."""
_HOUR = 3_600
_SCRIPT = Path(decrypt_export.__file__).with_suffix(".py")


class ExportForm(Body):
    """How the archive is sealed, the book's own passphrase once more, and which part."""

    export_passphrase: Annotated[Secret, Field(title="Passphrase of the archive")]
    again: Annotated[Secret, Field(title="Once more")]
    passphrase: Annotated[Secret | None, Field(title="Your book's passphrase")] = None
    part: Annotated[str, Field(max_length=1_024)] = ""


class ClearForm(Body):
    """The words of the warning, and the passphrase once more."""

    confirm: Annotated[str, Field(min_length=1, max_length=200, title="The words")]
    passphrase: Annotated[Secret | None, Field(title="Your book's passphrase")] = None


@router.get("/export")
async def export_page(context: LockAwarePageDep, _: UnlockedDep) -> Response:
    """Ask for the archive's passphrase."""
    return _export(context, Form())


@router.post("/export", dependencies=WRITE_DEPENDENCIES)
async def export(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Answer with an archive."""

    def do(form: ExportForm) -> Response:
        chosen = require_same_passphrases(form.export_passphrase, form.again)
        check_passphrase(chosen, slug=context.access.slug, field="exportPassphrase")
        own = form.passphrase.get_secret_value() if form.passphrase else None
        require_reauthentication(context.access, unlocked, own, during="export")
        archive = ExportService(unlocked, context.access.audit_log).next_part(
            chosen, form.part or None
        )
        return _download(context, archive)

    return await context.handle_form(
        ExportForm, do, lambda form, status: _export(context, form, status)
    )


@router.post("/export/again")
async def restart_export(context: LockAwarePageDep) -> Response:
    """Begin with the first part."""
    answer = context.redirect("/export")
    _forget_part(context, answer)
    return answer


@router.get("/export/decryptor")
async def decryptor(_: ProviderDep) -> Response:
    """Answer with the file that opens an archive without us."""
    name = 'attachment; filename="decrypt_export.py"'
    headers = {"content-disposition": name}
    return Response(_SCRIPT.read_bytes(), media_type="text/x-python", headers=headers)


@router.get("/clear")
async def clear_page(context: LockAwarePageDep, _: UnlockedDep) -> Response:
    """Say what emptying does."""
    return _render_clear(context, Form())


@router.post("/clear", dependencies=WRITE_DEPENDENCIES)
async def clear(
    context: LockAwarePageDep, unlocked: UnlockedDep, key_deletion: KeyDeletionDep
) -> Response:
    """Forget everybody."""

    def do(form: ClearForm) -> Response:
        own = form.passphrase.get_secret_value() if form.passphrase else None
        require_reauthentication(context.access, unlocked, own, during="clear")
        emptied = clear_workspace(unlocked, key_deletion, context.access.slug, form.confirm)
        return context.render(
            "cleared.html", heading="All clients deleted", sentences=_said(emptied)
        )

    return await context.handle_form(
        ClearForm, do, lambda form, status: _render_clear(context, form, status)
    )


def _export(context: LockAwarePageContext, form: Form | FormErrors, status: int = 200) -> Response:
    number, _, cursor = context.request.cookies.get(NEXT_PART, "").partition(".")
    waits = bool(cursor) and number.isdecimal() and "part" not in form.errors
    answer = context.render(
        "export.html",
        status,
        heading="Take your book out",
        reauthenticates=True,
        form=form,
        next_number=number if waits else "",
        next_part=cursor if waits else "",
    )
    if cursor and not waits:
        _forget_part(context, answer)
    return answer


def _download(context: LockAwarePageContext, archive: Archive) -> Response:
    name = archive.file_name(context.access.clock())
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    answer = Response(archive.content, media_type="application/octet-stream", headers=headers)
    if archive.next_part:
        answer.set_cookie(
            NEXT_PART,
            f"{archive.part + 1}.{archive.next_part}",
            max_age=_HOUR,
            path=f"{context.path}/export",
            secure=True,
            httponly=True,
            samesite="strict",
        )
    else:
        _forget_part(context, answer)
    return answer


def _forget_part(context: LockAwarePageContext, answer: Response) -> None:
    answer.delete_cookie(
        NEXT_PART, path=f"{context.path}/export", secure=True, httponly=True, samesite="strict"
    )


def _render_clear(
    context: LockAwarePageContext, form: Form | FormErrors, status: int = 200
) -> Response:
    confirmation = clear_confirmation(context.access.slug)
    heading = "Delete all clients"
    return context.render(
        "clear_workspace.html",
        status,
        heading=heading,
        reauthenticates=True,
        form=form,
        confirmation=confirmation,
    )


def _said(emptied: ClearResult) -> list[str]:
    clients = emptied.counts.get("clients", 0)
    said = [f"{clients} {'person is' if clients == 1 else 'people are'} forgotten, keys included."]
    if emptied.held:
        what = "person stays" if emptied.held == 1 else "people stay"
        said.append(f"{emptied.held} {what}, under a legal hold.")
    if emptied.keys_pending:
        said.append("Some of the keys are destroyed in the coming night.")
    return said
