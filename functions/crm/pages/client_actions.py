"""Pages to archive, merge or erase a client."""

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
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors, VersionForm

router = page_router("/clients/{client_id}")
CONFIRM_WORD = N_("delete")
_MAX_CHOICES = 100


class EraseForm(Body):
    """Form with the word that confirms an erasure."""

    confirm: Annotated[str, Field(max_length=40, title=N_("Confirm"))] = ""


class MergeForm(Body):
    """Form to merge another client into the client of the address."""

    other: Annotated[UUID, Field(title=N_("Other client"))]
    version: Version


@router.post("/archive", dependencies=WRITE_DEPENDENCIES)
async def archive(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Archive a client."""

    def archive_client(form: VersionForm) -> Response:
        ClientService(context.unlocked).archive(client_id, form.version)
        return context.redirect(f"/clients/{client_id}", "archived")

    return await context.handle_form(
        VersionForm, archive_client, _error_renderer(context, client_id, "other")
    )


@router.post("/unarchive", dependencies=WRITE_DEPENDENCIES)
async def unarchive(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Restore an archived client."""

    def restore_client(form: VersionForm) -> Response:
        ClientService(context.unlocked).unarchive(client_id, form.version)
        return context.redirect(f"/clients/{client_id}", "restored")

    return await context.handle_form(
        VersionForm, restore_client, _error_renderer(context, client_id, "other")
    )


@router.post("/erase", dependencies=WRITE_DEPENDENCIES)
async def erase(
    context: UnlockedPageDep, client_id: UUID, key_deletion: KeyDeletionDep
) -> Response:
    """Erase a client, also an unreadable one."""

    def erase_client(form: EraseForm) -> Response:
        if form.confirm.casefold().strip('“”" ') != _(CONFIRM_WORD):
            raise Invalid(
                "not-confirmed", _("Type the word %(word)s.", word=_(CONFIRM_WORD)), field="confirm"
            )
        ClientErasure(context.unlocked, key_deletion).erase(client_id)
        return context.redirect("/clients", "erased")

    return await context.handle_form(
        EraseForm, erase_client, _error_renderer(context, client_id, "erase"), prefix="erase"
    )


@router.get("/merge")
async def merge_page(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Show both clients before a merge."""
    client = ClientService(context.unlocked).get(client_id)
    other = parse_uuid(context.request.query_params.get("with", ""))
    return _render_merge(context, client, Form({"other": other} if other else {}))


@router.post("/merge", dependencies=WRITE_DEPENDENCIES)
async def merge(
    context: UnlockedPageDep, client_id: UUID, key_deletion: KeyDeletionDep
) -> Response:
    """Merge another client into this one."""
    client = ClientService(context.unlocked).get(client_id)

    def merge_clients(form: MergeForm) -> Response:
        MergeService(context.unlocked, key_deletion).merge(client_id, form.version, form.other)
        return context.redirect(f"/clients/{client_id}", "merged")

    return await context.handle_form(
        MergeForm,
        merge_clients,
        lambda form, status: _render_merge(context, client, form, status),
        field_names={"absorbedId": "other"},
    )


def _render_merge(
    context: UnlockedPageContext, client: Client, form: Form, status: int = 200
) -> Response:
    service = ClientService(context.unlocked)
    other = parse_uuid(form.value("other"))
    source = service.get(other) if other and other != client.id else None
    duplicate_ids = service.find_duplicates(client.profile) - {client.id}
    duplicates = service.get_many_or_placeholder(sorted(duplicate_ids)[:10])
    others = [
        one
        for one in service.list(ClientQuery(limit=_MAX_CHOICES)).items
        if one.id not in duplicate_ids
    ]
    readable = (one for one in (*duplicates, *others) if one.id != client.id and one.is_readable)
    choices = {one.id: one.profile.name for one in readable}
    return context.render(
        "merge.html",
        status,
        heading=_("Merge clients"),
        form=form,
        here=f"{context.path}/clients/{client.id}",
        target=_client_view(client),
        source=_client_view(source) if source else None,
        version=client.version,
        choices=[(str(key), name) for key, name in choices.items()],
    )


def _client_view(client: Client) -> dict[str, Any]:
    profile = client.profile
    return {
        "id": client.id,
        "name": profile.name,
        "contacts": (*profile.phones, *profile.emails),
        "tags": profile.tags,
        "screening_status": CLIENT_SCREENING[client.status.screening_status],
    }


def _error_renderer(context: UnlockedPageContext, client_id: UUID, name: str) -> Any:
    def render_errors(form: FormErrors, status: int) -> Response:
        return render_client(context, client_id, status, {name: form})

    return render_errors
