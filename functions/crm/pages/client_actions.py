"""What ends an entry, or two of them: put away, merge, forget."""

from typing import Annotated, Any
from uuid import UUID

from fastapi.responses import Response
from pydantic import Field

from crm.dependencies import AtShredder
from crm.domain.clients import Client
from crm.pages.client_detail import show_person
from crm.pages.context import WRITES, AtSheet, Sheet, page_router
from crm.pages.forms import id_of
from crm.pages.labels import SCREENING
from crm.schemas.fields import Version
from crm.service.clients import ClientBook, Query
from crm.service.erasure import Forgetting
from crm.service.merging import Merging
from kit.errors import Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/clients/{client_id}")
WORD = "forget"
_CHOICES = 100


class VersionForm(Body):
    """Which version was seen."""

    version: Version


class ForgetForm(Body):
    """The word that nobody types by accident."""

    confirm: Annotated[str, Field(max_length=40, title="Confirm")] = ""


class MergeForm(Body):
    """Who goes into the one of the address."""

    other: Annotated[UUID, Field(title="The other entry")]
    version: Version


@router.post("/archive", dependencies=WRITES)
async def archive(sheet: AtSheet, client_id: UUID) -> Response:
    """Put somebody away."""

    def put_away(form: VersionForm) -> Response:
        ClientBook(sheet.desk).archive(client_id, form.version)
        return sheet.see(f"/clients/{client_id}", "archived")

    return await sheet.take(VersionForm, put_away, _again(sheet, client_id, "other"))


@router.post("/unarchive", dependencies=WRITES)
async def unarchive(sheet: AtSheet, client_id: UUID) -> Response:
    """Take somebody back."""

    def take_back(form: VersionForm) -> Response:
        ClientBook(sheet.desk).unarchive(client_id, form.version)
        return sheet.see(f"/clients/{client_id}", "back")

    return await sheet.take(VersionForm, take_back, _again(sheet, client_id, "other"))


@router.post("/forget", dependencies=WRITES)
async def forget(sheet: AtSheet, client_id: UUID, shredding: AtShredder) -> Response:
    """Forget somebody for good, also one who does not open."""

    def for_good(form: ForgetForm) -> Response:
        if form.confirm.casefold().strip('“”" ') != WORD:
            raise Invalid("not-confirmed", f"Type the word {WORD}.", field="confirm")
        Forgetting(sheet.desk, shredding).forget(client_id)
        return sheet.see("/clients", "forgotten")

    return await sheet.take(
        ForgetForm, for_good, _again(sheet, client_id, "forget"), prefix="forget"
    )


@router.get("/merge")
async def merge_page(sheet: AtSheet, client_id: UUID) -> Response:
    """Show both before they are one."""
    client = ClientBook(sheet.desk).one(client_id)
    other = id_of(sheet.request.query_params.get("with", ""))
    return _merge(sheet, client, Form({"other": other} if other else {}))


@router.post("/merge", dependencies=WRITES)
async def merge(sheet: AtSheet, client_id: UUID, shredding: AtShredder) -> Response:
    """Let one go into the other."""
    client = ClientBook(sheet.desk).one(client_id)

    def unite(form: MergeForm) -> Response:
        Merging(sheet.desk, shredding).merge(client_id, form.version, form.other)
        return sheet.see(f"/clients/{client_id}", "merged")

    return await sheet.take(
        MergeForm,
        unite,
        lambda form, status: _merge(sheet, client, form, status),
        fields={"absorbedId": "other"},
    )


def _merge(sheet: Sheet, client: Client, form: Form, status: int = 200) -> Response:
    book = ClientBook(sheet.desk)
    other = id_of(form.value("other"))
    goes = book.one(other) if other and other != client.id else None
    alike = book.known(client.details) - {client.id}
    first = book.shown(sorted(alike)[:10])
    rest = [one for one in book.page(Query(limit=_CHOICES)).items if one.id not in alike]
    people = (one for one in (*first, *rest) if one.id != client.id and one.opens)
    choices = {one.id: one.details.name for one in people}
    return sheet.show(
        "merge.html",
        status,
        heading="Two entries, one person",
        form=form,
        here=f"{sheet.path}/clients/{client.id}",
        stays=_told(client),
        goes=_told(goes) if goes else None,
        version=client.version,
        choices=[(str(key), name) for key, name in choices.items()],
    )


def _told(client: Client) -> dict[str, Any]:
    details = client.details
    return {
        "id": client.id,
        "name": details.name,
        "reached": (*details.phones, *details.emails),
        "tags": details.tags,
        "checked": SCREENING[client.standing.screening_status],
    }


def _again(sheet: Sheet, client_id: UUID, name: str) -> Any:
    def again(form: FormErrors, status: int) -> Response:
        return show_person(sheet, client_id, status, {name: form})

    return again
