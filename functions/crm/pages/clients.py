"""The people in the book: a list, and finding somebody in it."""

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
from crm.service.clients import ClientList, ClientQuery, ClientService, NewClient
from crm.service.dashboard import time_zone_of
from crm.service.duplicates import DuplicateClients, find_duplicate_clients
from kit.errors import Conflict, DomainError, Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors, read_form

router = page_router("/clients")
PER_PAGE = 25
GROUPS = 20
_SHARED = {
    "account": "account", "email": "address", "import": "row of a list", "phone": "number",
}  # fmt: skip


class FindForm(Body):
    """Whom to look for."""

    q: Annotated[str, Field(max_length=200, title="Find")] = ""
    tag: Annotated[str, Field(max_length=40)] = ""
    status: str = ""
    archived: bool = False


@router.get("")
async def clients_page(context: UnlockedPageDep) -> Response:
    """Show people, the latest first."""
    asked = context.request.query_params
    wish = decrypt(context.unlocked, asked.get("find", ""))
    status = parse_enum(ClientScreeningStatus, asked.get("status"))
    archived = asked.get("archived") == "true"
    values = {"q": wish.text, "tag": wish.tag, "status": status, "archived": archived}
    query = ClientQuery(
        text=wish.text,
        tags=(wish.tag,) if wish.tag else (),
        screening_status=status,
        archived=archived,
        cursor=asked.get("cursor") or None,
        limit=PER_PAGE,
    )
    try:
        found = ClientService(context.unlocked).list(query)
    except Invalid as error:
        refused = FormErrors(values, {error.field or "": error.message}, {"q": "Find"})
        return _list_page(context, refused, ClientList([], None), error.status)
    return _list_page(context, Form(values), found)


@router.post("/find")
async def find(context: UnlockedPageDep) -> Response:
    """Look for somebody: what was typed goes on sealed."""
    form = await read_form(context.request, FindForm)
    if isinstance(form, FormErrors):
        return _list_page(context, form, ClientList([], None), 422)
    wish = ClientSearch(form.q, form.tag)
    wanted = {
        "find": encrypt(context.unlocked, wish) if wish else "",
        "status": form.status,
        "archived": "true" if form.archived else "",
    }
    asked = urlencode({name: text for name, text in wanted.items() if text})
    return context.redirect(f"/clients{'?' if asked else ''}{asked}")


@router.get("/duplicates")
async def duplicates_page(context: UnlockedPageDep) -> Response:
    """Show who may be in the book twice."""
    try:
        page = find_duplicate_clients(
            context.unlocked, context.request.query_params.get("cursor") or None, GROUPS
        )
    except Invalid:
        return context.redirect("/clients/duplicates")
    more = f"{context.path}/clients/duplicates?{urlencode({'cursor': page.next_cursor})}"
    return context.render(
        "duplicates.html",
        heading="In it twice?",
        groups=[_group(one) for one in page.items],
        next_url=more if page.next_cursor else "",
    )


def _group(one: DuplicateClients) -> dict[str, object]:
    first = next((client for client in one.clients if client.is_readable), one.clients[0])
    shared = " and ".join(_SHARED[kind] for kind in one.shared_by)
    return {
        "title": f"{one.count} with the same {shared}",
        "first": first.profile.name,
        "first_id": first.id,
        "people": [
            (client.id, client.profile.name, ", ".join(_reached(client))) for client in one.clients
        ],
    }


def _reached(client: Client) -> tuple[str, ...]:
    return (*client.profile.phones, *client.profile.emails)[:2]


def _list_page(
    context: UnlockedPageContext, form: Form, found: ClientList, status: int = 200
) -> Response:
    asked = {
        name: text
        for name in ("find", "status", "archived")
        if (text := context.request.query_params.get(name))
    }
    more = f"{context.path}/clients?{urlencode(asked | {'cursor': found.next_cursor})}"
    time_zone = time_zone_of(context.unlocked)
    return context.render(
        "people.html",
        status,
        heading="People",
        form=form,
        narrowed=bool(asked),
        statuses=options(CLIENT_SCREENING),
        rows=[_row(client, time_zone) for client in found.items],
        next_url=more if found.next_cursor else "",
    )


def _row(client: Client, time_zone: str) -> dict[str, object]:
    details = client.profile
    return {
        "id": client.id,
        "name": details.name,
        "reached": _reached(client),
        "tags": details.tags,
        "status": CLIENT_SCREENING[client.status.screening_status],
        "changed": format_date(client.updated_at, time_zone),
    }


class ClientForm(Body):
    """What is known about somebody; several of a kind are several fields, or lines."""

    name: Annotated[Name, Field(title="Name")]
    aliases: Annotated[str, Field(max_length=2_600, title="Other names")] = ""
    phones: Annotated[list[PhoneText], Field(max_length=10, title="Phone numbers")] = []
    emails: Annotated[list[Email], Field(max_length=10, title="E-mail addresses")] = []
    tags: Annotated[str, Field(max_length=1_300, title="Tags")] = ""
    sites: Annotated[str, Field(max_length=4_000, title="Known on")] = ""
    preferences: Text = ""
    notes: Text = ""
    screening_status: ClientScreeningStatus = ClientScreeningStatus.PENDING
    communication_preference: CommunicationPreference = CommunicationPreference.CONTACT_OK
    then: Annotated[str, Field(max_length=60)] = ""
    """With somebody alike in the book: `keep` both, or the id of whom to merge with."""

    def to_input(self) -> NewClient:
        """Return it as the use case takes it."""
        return NewClient(
            details=ClientProfile(
                name=self.name,
                aliases=_several(self.aliases, 120, "aliases"),
                phones=tuple(self.phones),
                emails=tuple(self.emails),
                reference_sites=_sites(self.sites),
                tags=_several(self.tags, 40, "tags"),
                preferences=self.preferences,
                notes=self.notes,
            ),
            screening_status=self.screening_status,
            communication_preference=self.communication_preference,
        )


class ChangeForm(ClientForm):
    """The same of somebody who was read at a version."""

    version: Version


@router.get("/new")
async def new_page(context: UnlockedPageDep) -> Response:
    """Ask who it is."""
    return _form_page(context, Form({"communicationPreference": "contact_ok"}))


@router.post("/new", dependencies=WRITE_DEPENDENCIES)
async def add_client(context: UnlockedPageDep) -> Response:
    """Keep somebody; who is in the book already is shown first."""
    form = await read_form(context.request, ClientForm)
    if isinstance(form, FormErrors):
        return _form_page(context, form, UNPROCESSABLE)
    book = ClientService(context.unlocked)
    try:
        new = form.to_input()
        with context.unlocked.work.savepoint():
            client = book.add(new, allow_duplicate=bool(form.then))
    except Conflict as error:
        alike = [book.get(one) for one in book.find_duplicates(book.spelled(new.details))]
        return _form_page(context, FormErrors.from_error(error, form), error.status, alike=alike)
    except DomainError as error:
        return _form_page(context, FormErrors.from_error(error, form), error.status)
    other = parse_uuid(form.then)
    if other:
        return context.redirect(f"/clients/{other}/merge?with={client.id}")
    return context.redirect(f"/clients/{client.id}", "added")


@router.get("/{client_id}/edit")
async def edit_page(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Show what is known."""
    client = ClientService(context.unlocked).get(client_id)
    return _form_page(context, Form(_values(client)), client=client)


@router.post("/{client_id}/edit", dependencies=WRITE_DEPENDENCIES)
async def change_client(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Change it."""
    book = ClientService(context.unlocked)
    client = book.get(client_id)

    def change(form: ChangeForm) -> Response:
        book.update(client_id, form.version, form.to_input())
        return context.redirect(f"/clients/{client_id}", "saved")

    def again(form: FormErrors, status: int) -> Response:
        return _form_page(context, form, status, client=client)

    return await context.handle_form(ChangeForm, change, again)


def _form_page(
    context: UnlockedPageContext,
    form: Form,
    status: int = 200,
    *,
    client: Client | None = None,
    alike: list[Client] | None = None,
) -> Response:
    here = f"/clients/{client.id}" if client else "/clients"
    return context.render(
        "person_form.html",
        status,
        heading="Change an entry" if client else "Add somebody",
        form=form,
        action=f"{context.path}{here}/{'edit' if client else 'new'}",
        back=f"{context.path}{here}",
        version=form.value("version"),
        alike=[{"id": one.id, "name": one.profile.name} for one in alike or ()],
        statuses=options(CLIENT_SCREENING),
        preferences=options(PREFERENCE),
    )


def _values(client: Client) -> dict[str, Any]:
    details, standing = client.profile, client.status
    return {
        "name": details.name,
        "aliases": "\n".join(details.aliases),
        "phones": details.phones,
        "emails": details.emails,
        "tags": "\n".join(details.tags),
        "sites": "\n".join(f"{one.site}: {one.handle}" for one in details.reference_sites),
        "preferences": details.preferences,
        "notes": details.notes,
        "screeningStatus": standing.screening_status.value,
        "communicationPreference": standing.communication_preference.value,
        "version": client.version,
    }


def _several(text: str, longest: int, field: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(part.strip() for part in text.split("\n") if part.strip()))
    if len(found) > 20 or any(len(one) > longest for one in found):
        raise Invalid(
            "too-much", f"At most 20, one per line, each of at most {longest} signs.",
            field=field,
        )  # fmt: skip
    return found


def _sites(text: str) -> tuple[ReferenceSite, ...]:
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
