"""Pages to list, search, add and edit clients."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi.responses import Response
from pydantic import Field

from crm.domain.client_fields import Widget
from crm.domain.clients import Client
from crm.domain.enums import ClientScreeningStatus
from crm.pages.client_form import ChangeForm, ClientForm, form_fields, form_values
from crm.pages.context import (
    WRITE_DEPENDENCIES,
    UnlockedPageContext,
    UnlockedPageDep,
    page_router,
)
from crm.pages.encrypted_query import ClientSearch, decrypt, encrypt
from crm.pages.forms import parse_uuid
from crm.pages.labels import CLIENT_SCREENING, PREFERENCE, format_date, options, parse_enum
from crm.service.clients import ClientPage, ClientQuery, ClientService
from crm.service.dashboard import time_zone_of
from crm.service.duplicates import DuplicateClients, find_duplicate_clients
from kit import formats
from kit.errors import Conflict, DomainError, Invalid
from kit.http import Request as Body
from kit.i18n import N_, ngettext
from kit.i18n import gettext as _
from kit.pages import UNPROCESSABLE, Form, FormErrors, read_form

router = page_router("/clients")
PER_PAGE = 25
GROUPS_PER_PAGE = 20
_SHARED_LABELS = {
    "account": N_("account"), "email": N_("address"), "import": N_("import row"), "phone": N_("number"),
}  # fmt: skip


class FindForm(Body):
    """Search form of the client list."""

    q: Annotated[str, Field(max_length=200, title=N_("Search"))] = ""
    tag: Annotated[str, Field(max_length=40)] = ""
    status: str = ""
    archived: bool = False


@router.get("")
async def clients_page(context: UnlockedPageDep) -> Response:
    """Show clients, the latest first."""
    query_params = context.request.query_params
    search = decrypt(context.unlocked, query_params.get("find", ""))
    status = parse_enum(ClientScreeningStatus, query_params.get("status"))
    archived = query_params.get("archived") == "true"
    values = {"q": search.text, "tag": search.tag, "status": status, "archived": archived}
    query = ClientQuery(
        text=search.text,
        tags=(search.tag,) if search.tag else (),
        screening_status=status,
        archived=archived,
        cursor=query_params.get("cursor") or None,
        limit=PER_PAGE,
    )
    try:
        found = ClientService(context.unlocked).list(query)
    except Invalid as error:
        errors = FormErrors(values, {error.field or "": error.message}, {"q": _("Search")})
        return _list_page(context, errors, ClientPage([], None), error.status)
    return _list_page(context, Form(values), found)


@router.post("/find")
async def find(context: UnlockedPageDep) -> Response:
    """Redirect to the search results, with the search text encrypted in the address."""
    form = await read_form(context.request, FindForm)
    if isinstance(form, FormErrors):
        return _list_page(context, form, ClientPage([], None), 422)
    search = ClientSearch(form.q, form.tag)
    parameters = {
        "find": encrypt(context.unlocked, search) if search else "",
        "status": form.status,
        "archived": "true" if form.archived else "",
    }
    query_params = urlencode({name: text for name, text in parameters.items() if text})
    return context.redirect(f"/clients{'?' if query_params else ''}{query_params}")


@router.get("/duplicates")
async def duplicates_page(context: UnlockedPageDep) -> Response:
    """Show groups of possible duplicates."""
    try:
        page = find_duplicate_clients(
            context.unlocked, context.request.query_params.get("cursor") or None, GROUPS_PER_PAGE
        )
    except Invalid:
        return context.redirect("/clients/duplicates")
    more = f"{context.path}/clients/duplicates?{urlencode({'cursor': page.next_cursor})}"
    return context.render(
        "duplicates.html",
        heading=_("Find duplicates"),
        groups=[_group(one) for one in page.items],
        next_url=more if page.next_cursor else "",
    )


def _group(one: DuplicateClients) -> dict[str, object]:
    first = next((client for client in one.clients if client.is_readable), one.clients[0])
    shared = formats.format_list([_(_SHARED_LABELS[kind]) for kind in one.shared_by])
    return {
        "title": ngettext(
            "%(count)s with the same %(shared)s",
            "%(count)s with the same %(shared)s",
            one.count,
            shared=shared,
        ),
        "first": first.profile.name,
        "first_id": first.id,
        "clients": [
            (client.id, client.profile.name, ", ".join(_contacts(client))) for client in one.clients
        ],
    }


def _contacts(client: Client) -> tuple[str, ...]:
    return (*client.profile.phones, *client.profile.emails)[:2]


def _list_page(
    context: UnlockedPageContext, form: Form, found: ClientPage, status: int = 200
) -> Response:
    query_params = {
        name: text
        for name in ("find", "status", "archived")
        if (text := context.request.query_params.get(name))
    }
    more = f"{context.path}/clients?{urlencode(query_params | {'cursor': found.next_cursor})}"
    time_zone = time_zone_of(context.unlocked)
    return context.render(
        "clients.html",
        status,
        heading=_("Clients"),
        form=form,
        narrowed=bool(query_params),
        statuses=options(CLIENT_SCREENING),
        rows=[_row(client, time_zone) for client in found.items],
        next_url=more if found.next_cursor else "",
    )


def _row(client: Client, time_zone: str) -> dict[str, object]:
    profile = client.profile
    return {
        "id": client.id,
        "name": profile.name,
        "contacts": _contacts(client),
        "tags": profile.tags,
        "status": CLIENT_SCREENING[client.status.screening_status],
        "changed": format_date(client.updated_at, time_zone),
    }


@router.get("/new")
async def new_page(context: UnlockedPageDep) -> Response:
    """Show the form of a new client."""
    return _form_page(context, Form({"communicationPreference": "contact_ok"}))


@router.post("/new", dependencies=WRITE_DEPENDENCIES)
async def add_client(context: UnlockedPageDep) -> Response:
    """Add a client; show duplicates first."""
    form = await read_form(context.request, ClientForm)
    if isinstance(form, FormErrors):
        return _form_page(context, form, UNPROCESSABLE)
    service = ClientService(context.unlocked)
    try:
        new = form.to_input()
        with context.unlocked.work.savepoint():
            client = service.add(new, allow_duplicate=bool(form.then))
    except Conflict as error:
        duplicates = [
            service.get(one) for one in service.find_duplicates(service.normalized(new.profile))
        ]
        return _form_page(
            context, FormErrors.from_error(error, form), error.status, duplicates=duplicates
        )
    except DomainError as error:
        return _form_page(context, FormErrors.from_error(error, form), error.status)
    other = parse_uuid(form.then)
    if other:
        return context.redirect(f"/clients/{other}/merge?with={client.id}")
    return context.redirect(f"/clients/{client.id}", "added")


@router.get("/{client_id}/edit")
async def edit_page(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Show the form of a client."""
    client = ClientService(context.unlocked).get(client_id)
    return _form_page(context, Form(form_values(client)), client=client)


@router.post("/{client_id}/edit", dependencies=WRITE_DEPENDENCIES)
async def change_client(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Update a client."""
    service = ClientService(context.unlocked)
    client = service.get(client_id)

    def change(form: ChangeForm) -> Response:
        service.update(client_id, form.version, form.to_input())
        return context.redirect(f"/clients/{client_id}", "saved")

    def render_errors(form: FormErrors, status: int) -> Response:
        return _form_page(context, form, status, client=client)

    return await context.handle_form(ChangeForm, change, render_errors)


def _form_page(
    context: UnlockedPageContext,
    form: Form,
    status: int = 200,
    *,
    client: Client | None = None,
    duplicates: list[Client] | None = None,
) -> Response:
    here = f"/clients/{client.id}" if client else "/clients"
    return context.render(
        "client_form.html",
        status,
        heading=_("Edit client") if client else _("Add client"),
        form=form,
        action=f"{context.path}{here}/{'edit' if client else 'new'}",
        back=f"{context.path}{here}",
        version=form.value("version"),
        duplicates=[{"id": one.id, "name": one.profile.name} for one in duplicates or ()],
        statuses=options(CLIENT_SCREENING),
        preferences=options(PREFERENCE),
        lines=form_fields(Widget.LINE),
        inputs=form_fields(Widget.INPUTS),
        line_lists=form_fields(Widget.LINES),
        texts=form_fields(Widget.TEXT),
    )
