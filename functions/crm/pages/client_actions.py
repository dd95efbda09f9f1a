"""What ends an entry, or two of them: put away, merge, forget."""

from typing import Annotated, Any
from uuid import UUID

from fastapi.responses import Response
from pydantic import Field

from crm.dependencies import KeyDeletionDep
from crm.domain.clients import Client
from crm.pages.client_detail import render_client
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.forms import parse_uuid
from crm.pages.labels import CLIENT_SCREENING
from crm.schemas.fields import Version
from crm.service.clients import ClientQuery, ClientService
from crm.service.erasure import ClientErasure
from crm.service.merging import MergeService
from kit.errors import Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/clients/{client_id}")
CONFIRM_WORD = "forget"
_CHOICES = 100


class VersionForm(Body):
    """Which version was seen."""

    version: Version


class EraseForm(Body):
    """The word that nobody types by accident."""

    confirm: Annotated[str, Field(max_length=40, title="Confirm")] = ""


class MergeForm(Body):
    """Who goes into the one of the address."""

    other: Annotated[UUID, Field(title="The other entry")]
    version: Version


@router.post("/archive", dependencies=WRITE_DEPENDENCIES)
async def archive(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Put somebody away."""

    def put_away(form: VersionForm) -> Response:
        ClientService(context.unlocked).archive(client_id, form.version)
        return context.redirect(f"/clients/{client_id}", "archived")

    return await context.handle_form(VersionForm, put_away, _again(context, client_id, "other"))


@router.post("/unarchive", dependencies=WRITE_DEPENDENCIES)
async def unarchive(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Take somebody back."""

    def take_back(form: VersionForm) -> Response:
        ClientService(context.unlocked).unarchive(client_id, form.version)
        return context.redirect(f"/clients/{client_id}", "back")

    return await context.handle_form(VersionForm, take_back, _again(context, client_id, "other"))


@router.post("/forget", dependencies=WRITE_DEPENDENCIES)
async def erase(context: UnlockedPageDep, client_id: UUID, shredding: KeyDeletionDep) -> Response:
    """Forget somebody for good, also one who does not open."""

    def for_good(form: EraseForm) -> Response:
        if form.confirm.casefold().strip('“”" ') != CONFIRM_WORD:
            raise Invalid("not-confirmed", f"Type the word {CONFIRM_WORD}.", field="confirm")
        ClientErasure(context.unlocked, shredding).erase(client_id)
        return context.redirect("/clients", "forgotten")

    return await context.handle_form(
        EraseForm, for_good, _again(context, client_id, "forget"), prefix="forget"
    )


@router.get("/merge")
async def merge_page(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Show both before they are one."""
    client = ClientService(context.unlocked).get(client_id)
    other = parse_uuid(context.request.query_params.get("with", ""))
    return _merge(context, client, Form({"other": other} if other else {}))


@router.post("/merge", dependencies=WRITE_DEPENDENCIES)
async def merge(context: UnlockedPageDep, client_id: UUID, shredding: KeyDeletionDep) -> Response:
    """Let one go into the other."""
    client = ClientService(context.unlocked).get(client_id)

    def unite(form: MergeForm) -> Response:
        MergeService(context.unlocked, shredding).merge(client_id, form.version, form.other)
        return context.redirect(f"/clients/{client_id}", "merged")

    return await context.handle_form(
        MergeForm,
        unite,
        lambda form, status: _merge(context, client, form, status),
        fields={"absorbedId": "other"},
    )


def _merge(context: UnlockedPageContext, client: Client, form: Form, status: int = 200) -> Response:
    book = ClientService(context.unlocked)
    other = parse_uuid(form.value("other"))
    goes = book.get(other) if other and other != client.id else None
    alike = book.find_duplicates(client.profile) - {client.id}
    first = book.get_many_or_placeholder(sorted(alike)[:10])
    rest = [one for one in book.list(ClientQuery(limit=_CHOICES)).items if one.id not in alike]
    people = (one for one in (*first, *rest) if one.id != client.id and one.is_readable)
    choices = {one.id: one.profile.name for one in people}
    return context.render(
        "merge.html",
        status,
        heading="Two entries, one person",
        form=form,
        here=f"{context.path}/clients/{client.id}",
        stays=_told(client),
        goes=_told(goes) if goes else None,
        version=client.version,
        choices=[(str(key), name) for key, name in choices.items()],
    )


def _told(client: Client) -> dict[str, Any]:
    details = client.profile
    return {
        "id": client.id,
        "name": details.name,
        "reached": (*details.phones, *details.emails),
        "tags": details.tags,
        "checked": CLIENT_SCREENING[client.status.screening_status],
    }


def _again(context: UnlockedPageContext, client_id: UUID, name: str) -> Any:
    def again(form: FormErrors, status: int) -> Response:
        return render_client(context, client_id, status, {name: form})

    return again
