"""Pages to list, search, add and edit clients."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi.responses import Response
from pydantic import Field

from crm.domain.clients import Client, ClientProfile, ReferenceSite
from crm.domain.enums import ClientScreeningStatus, CommunicationPreference
from crm.pages.context import (
    UNPROCESSABLE,
    WRITE_DEPENDENCIES,
    UnlockedPageContext,
    UnlockedPageDep,
    page_router,
)
from crm.pages.encrypted_query import ClientSearch, decrypt, encrypt
from crm.pages.forms import parse_uuid
from crm.pages.labels import CLIENT_SCREENING, PREFERENCE, format_date, options, parse_enum
from crm.schemas.fields import Email, Name, PhoneText, Text, Version
from crm.service.clients import ClientInput, ClientPage, ClientQuery, ClientService
from crm.service.dashboard import time_zone_of
from crm.service.duplicates import DuplicateClients, find_duplicate_clients
from kit.errors import Conflict, DomainError, Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors, read_form

router = page_router("/clients")
PER_PAGE = 25
GROUPS_PER_PAGE = 20
_SHARED_LABELS = {
    "account": "account", "email": "address", "import": "import row", "phone": "number",
}  # fmt: skip


class FindForm(Body):
    """Search form of the client list."""

    q: Annotated[str, Field(max_length=200, title="Search")] = ""
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
        errors = FormErrors(values, {error.field or "": error.message}, {"q": "Search"})
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
        heading="Find duplicates",
        groups=[_group(one) for one in page.items],
        next_url=more if page.next_cursor else "",
    )


def _group(one: DuplicateClients) -> dict[str, object]:
    first = next((client for client in one.clients if client.is_readable), one.clients[0])
    shared = " and ".join(_SHARED_LABELS[kind] for kind in one.shared_by)
    return {
        "title": f"{one.count} with the same {shared}",
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
        heading="Clients",
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


class ClientForm(Body):
    """Form of a client; lists are repeated fields, or one value per line."""

    name: Annotated[Name, Field(title="Name")]
    aliases: Annotated[str, Field(max_length=2_600, title="Other names")] = ""
    phones: Annotated[list[PhoneText], Field(max_length=10, title="Phone numbers")] = []
    emails: Annotated[list[Email], Field(max_length=10, title="E-mail addresses")] = []
    tags: Annotated[str, Field(max_length=1_300, title="Tags")] = ""
    sites: Annotated[str, Field(max_length=4_000, title="Reference sites")] = ""
    preferences: Text = ""
    notes: Text = ""
    screening_status: ClientScreeningStatus = ClientScreeningStatus.PENDING
    communication_preference: CommunicationPreference = CommunicationPreference.CONTACT_OK
    then: Annotated[str, Field(max_length=60)] = ""
    """Decision about duplicates: `keep` both, or the id of the client to merge with."""

    def to_input(self) -> ClientInput:
        """Return the input of the client service."""
        return ClientInput(
            profile=ClientProfile(
                name=self.name,
                aliases=_parse_lines(self.aliases, 120, "aliases"),
                phones=tuple(self.phones),
                emails=tuple(self.emails),
                reference_sites=_parse_sites(self.sites),
                tags=_parse_lines(self.tags, 40, "tags"),
                preferences=self.preferences,
                notes=self.notes,
            ),
            screening_status=self.screening_status,
            communication_preference=self.communication_preference,
        )


class ChangeForm(ClientForm):
    """Form of a client with the version that was read."""

    version: Version


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
    return _form_page(context, Form(_values(client)), client=client)


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
        heading="Edit client" if client else "Add client",
        form=form,
        action=f"{context.path}{here}/{'edit' if client else 'new'}",
        back=f"{context.path}{here}",
        version=form.value("version"),
        duplicates=[{"id": one.id, "name": one.profile.name} for one in duplicates or ()],
        statuses=options(CLIENT_SCREENING),
        preferences=options(PREFERENCE),
    )


def _values(client: Client) -> dict[str, Any]:
    profile, client_status = client.profile, client.status
    return {
        "name": profile.name,
        "aliases": "\n".join(profile.aliases),
        "phones": profile.phones,
        "emails": profile.emails,
        "tags": "\n".join(profile.tags),
        "sites": "\n".join(f"{one.site}: {one.handle}" for one in profile.reference_sites),
        "preferences": profile.preferences,
        "notes": profile.notes,
        "screeningStatus": client_status.screening_status.value,
        "communicationPreference": client_status.communication_preference.value,
        "version": client.version,
    }


def _parse_lines(text: str, max_length: int, field: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(part.strip() for part in text.split("\n") if part.strip()))
    if len(found) > 20 or any(len(one) > max_length for one in found):
        raise Invalid(
            "too-much", f"At most 20, one per line, each of at most {max_length} characters.",
            field=field,
        )  # fmt: skip
    return found


def _parse_sites(text: str) -> tuple[ReferenceSite, ...]:
    found: list[ReferenceSite] = []
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        site, colon, handle = (part.strip() for part in line.rpartition(":"))
        if not (site and colon and handle) or len(line) > 400 or len(found) == 20:
            raise Invalid(
                "site-malformed",
                "One per line, site and name with a colon between them; at most 20.",
                field="sites",
            )
        found.append(ReferenceSite(site, handle))
    return tuple(found)
