"""Pages to export the workspace in parts, download the offline decryptor, and delete all clients."""

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
from kit.i18n import N_, ngettext
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors

router = page_router()
NEXT_PART_COOKIE = "__Secure-crm-part"
"""Cookie with the cursor of the next part: the response of the form is a file, and can carry it nowhere else."""
_HOUR = 3_600
_SCRIPT = Path(decrypt_export.__file__).with_suffix(".py")


class ExportForm(Body):
    """Form of an export: passphrase of the archive, passphrase of the client book, and part."""

    export_passphrase: Annotated[Secret, Field(title=N_("Archive passphrase"))]
    again: Annotated[Secret, Field(title=N_("Repeat archive passphrase"))]
    passphrase: Annotated[Secret | None, Field(title=N_("Client book passphrase"))] = None
    part: Annotated[str, Field(max_length=1_024)] = ""


class ClearForm(Body):
    """The words of the warning, and the passphrase once more."""

    confirm: Annotated[str, Field(min_length=1, max_length=200, title=N_("The words"))]
    passphrase: Annotated[Secret | None, Field(title=N_("Client book passphrase"))] = None


@router.get("/export")
async def export_page(context: LockAwarePageDep, _: UnlockedDep) -> Response:
    """Show the export form."""
    return _render_export(context, Form())


@router.post("/export", dependencies=WRITE_DEPENDENCIES)
async def export_workspace(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Return a part as an archive."""

    def do(form: ExportForm) -> Response:
        chosen = require_same_passphrases(form.export_passphrase, form.again)
        check_passphrase(chosen, slug=context.access.slug, field="exportPassphrase")
        own = form.passphrase.get_secret_value() if form.passphrase else None
        require_reauthentication(context.access, unlocked, own, during="export")
        archive = ExportService(unlocked, context.access.audit_log).next_part(
            chosen, form.part or None
        )
        return _download_response(context, archive)

    return await context.handle_form(
        ExportForm, do, lambda form, status: _render_export(context, form, status)
    )


@router.post("/export/again")
async def restart_export(context: LockAwarePageDep) -> Response:
    """Restart the export at the first part."""
    response = context.redirect("/export")
    _delete_part_cookie(context, response)
    return response


@router.get("/export/decryptor")
async def download_decryptor(_: ProviderDep) -> Response:
    """Return the script that decrypts an archive offline."""
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
            "cleared.html", heading=_("All clients deleted"), sentences=_describe_deletion(emptied)
        )

    return await context.handle_form(
        ClearForm, do, lambda form, status: _render_clear(context, form, status)
    )


def _render_export(
    context: LockAwarePageContext, form: Form | FormErrors, status: int = 200
) -> Response:
    number, _dot, cursor = context.request.cookies.get(NEXT_PART_COOKIE, "").partition(".")
    is_pending = bool(cursor) and number.isdecimal() and "part" not in form.errors
    response = context.render(
        "export.html",
        status,
        heading=_("Export"),
        reauthenticates=True,
        form=form,
        next_number=number if is_pending else "",
        next_part=cursor if is_pending else "",
    )
    if cursor and not is_pending:
        _delete_part_cookie(context, response)
    return response


def _download_response(context: LockAwarePageContext, archive: Archive) -> Response:
    name = archive.file_name(context.access.clock())
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    response = Response(archive.content, media_type="application/octet-stream", headers=headers)
    if archive.next_part:
        response.set_cookie(
            NEXT_PART_COOKIE,
            f"{archive.part + 1}.{archive.next_part}",
            max_age=_HOUR,
            path=f"{context.path}/export",
            secure=True,
            httponly=True,
            samesite="strict",
        )
    else:
        _delete_part_cookie(context, response)
    return response


def _delete_part_cookie(context: LockAwarePageContext, response: Response) -> None:
    response.delete_cookie(
        NEXT_PART_COOKIE,
        path=f"{context.path}/export",
        secure=True,
        httponly=True,
        samesite="strict",
    )


def _render_clear(
    context: LockAwarePageContext, form: Form | FormErrors, status: int = 200
) -> Response:
    confirmation = clear_confirmation(context.access.slug)
    heading = _("Delete all clients")
    return context.render(
        "clear_workspace.html",
        status,
        heading=heading,
        reauthenticates=True,
        form=form,
        confirmation=confirmation,
    )


def _describe_deletion(result: ClearResult) -> list[str]:
    clients = result.counts.get("clients", 0)
    sentences = [
        ngettext(
            "%(count)s client deleted, including its keys.",
            "%(count)s clients deleted, including their keys.",
            clients,
        )
    ]
    if result.held:
        sentences.append(
            ngettext(
                "%(count)s client was not deleted because of a legal hold.",
                "%(count)s clients were not deleted because of a legal hold.",
                result.held,
            )
        )
    if result.keys_pending:
        sentences.append(_("Some keys will be deleted tonight."))
    return sentences
