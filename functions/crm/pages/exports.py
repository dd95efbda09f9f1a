"""Taking the book out, part by part; the file that opens it without us; and emptying it."""

from pathlib import Path
from typing import Annotated

from fastapi.responses import Response
from pydantic import Field

from crm.dependencies import AtDesk, AtShredder, InRoom
from crm.domain.passphrases import check_passphrase
from crm.offline import decrypt_export
from crm.pages.context import WRITES, AtHall, Hall, Secret, chosen_twice, page_router
from crm.service.clear_workspace import Emptied, empty, empty_warning
from crm.service.exports import Archive, Exporting
from crm.service.reauthentication import prove_again
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


class WipeForm(Body):
    """The words of the warning, and the passphrase once more."""

    confirm: Annotated[str, Field(min_length=1, max_length=200, title="The words")]
    passphrase: Annotated[Secret | None, Field(title="Your book's passphrase")] = None


@router.get("/export")
async def export_page(hall: AtHall, _: AtDesk) -> Response:
    """Ask for the archive's passphrase."""
    return _export(hall, Form())


@router.post("/export", dependencies=WRITES)
async def export(hall: AtHall, desk: AtDesk) -> Response:
    """Answer with an archive."""

    def do(form: ExportForm) -> Response:
        chosen = chosen_twice(form.export_passphrase, form.again)
        check_passphrase(chosen, slug=hall.door.slug, field="exportPassphrase")
        own = form.passphrase.get_secret_value() if form.passphrase else None
        prove_again(hall.door, desk, own, during="export")
        archive = Exporting(desk, hall.door.trail).part(chosen, form.part or None)
        return _download(hall, archive)

    return await hall.take(ExportForm, do, lambda form, status: _export(hall, form, status))


@router.post("/export/again")
async def begin_again(hall: AtHall) -> Response:
    """Begin with the first part."""
    answer = hall.see("/export")
    _forget_part(hall, answer)
    return answer


@router.get("/export/decryptor")
async def decryptor(_: InRoom) -> Response:
    """Answer with the file that opens an archive without us."""
    name = 'attachment; filename="decrypt_export.py"'
    headers = {"content-disposition": name}
    return Response(_SCRIPT.read_bytes(), media_type="text/x-python", headers=headers)


@router.get("/wipe")
async def wipe_page(hall: AtHall, _: AtDesk) -> Response:
    """Say what emptying does."""
    return _wipe(hall, Form())


@router.post("/wipe", dependencies=WRITES)
async def wipe(hall: AtHall, desk: AtDesk, shredding: AtShredder) -> Response:
    """Forget everybody."""

    def do(form: WipeForm) -> Response:
        own = form.passphrase.get_secret_value() if form.passphrase else None
        prove_again(hall.door, desk, own, during="wipe")
        emptied = empty(desk, shredding, hall.door.slug, form.confirm)
        return hall.show("wiped.html", heading="Empty", said=_said(emptied))

    return await hall.take(WipeForm, do, lambda form, status: _wipe(hall, form, status))


def _export(hall: Hall, form: Form | FormErrors, status: int = 200) -> Response:
    number, _, cursor = hall.request.cookies.get(NEXT_PART, "").partition(".")
    waits = bool(cursor) and number.isdecimal() and "part" not in form.errors
    answer = hall.show(
        "export.html",
        status,
        heading="Take your book out",
        leaves=True,
        form=form,
        next_number=number if waits else "",
        next_part=cursor if waits else "",
    )
    if cursor and not waits:
        _forget_part(hall, answer)
    return answer


def _download(hall: Hall, archive: Archive) -> Response:
    name = archive.file_name(hall.door.clock())
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    answer = Response(archive.content, media_type="application/octet-stream", headers=headers)
    if archive.next_part:
        answer.set_cookie(
            NEXT_PART,
            f"{archive.part + 1}.{archive.next_part}",
            max_age=_HOUR,
            path=f"{hall.path}/export",
            secure=True,
            httponly=True,
            samesite="strict",
        )
    else:
        _forget_part(hall, answer)
    return answer


def _forget_part(hall: Hall, answer: Response) -> None:
    answer.delete_cookie(
        NEXT_PART, path=f"{hall.path}/export", secure=True, httponly=True, samesite="strict"
    )


def _wipe(hall: Hall, form: Form | FormErrors, status: int = 200) -> Response:
    warned = empty_warning(hall.door.slug)
    heading = "Empty your book"
    return hall.show("wipe.html", status, heading=heading, leaves=True, form=form, warned=warned)


def _said(emptied: Emptied) -> list[str]:
    clients = emptied.counts.get("clients", 0)
    said = [f"{clients} {'person is' if clients == 1 else 'people are'} forgotten, keys included."]
    if emptied.held:
        what = "person stays" if emptied.held == 1 else "people stay"
        said.append(f"{emptied.held} {what}, under a legal hold.")
    if emptied.keys_waiting:
        said.append("Some of the keys are destroyed in the coming night.")
    return said
