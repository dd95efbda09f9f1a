"""The people in the book: a list, and finding somebody in it."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi.responses import Response
from pydantic import Field

from crm.domain.clients import Client, Details, ReferenceSite
from crm.domain.enums import CommunicationPreference, ScreeningStatus
from crm.pages.context import REFUSED, WRITES, AtSheet, Sheet, page_router
from crm.pages.encrypted_query import Wish, opened, sealed
from crm.pages.forms import id_of
from crm.pages.labels import PREFERENCE, SCREENING, chosen, day, options
from crm.schemas.fields import Email, Name, PhoneText, Text, Version
from crm.service.clients import ClientBook, Found, NewClient, Query
from crm.service.dashboard import home_zone
from crm.service.duplicates import Duplicates, duplicates
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
async def people_page(sheet: AtSheet) -> Response:
    """Show people, the latest first."""
    asked = sheet.request.query_params
    wish = opened(sheet.desk, asked.get("find", ""))
    status = chosen(ScreeningStatus, asked.get("status"))
    archived = asked.get("archived") == "true"
    values = {"q": wish.text, "tag": wish.tag, "status": status, "archived": archived}
    query = Query(
        text=wish.text,
        tags=(wish.tag,) if wish.tag else (),
        screening_status=status,
        archived=archived,
        cursor=asked.get("cursor") or None,
        limit=PER_PAGE,
    )
    try:
        found = ClientBook(sheet.desk).page(query)
    except Invalid as error:
        refused = FormErrors(values, {error.field or "": error.message}, {"q": "Find"})
        return _list_page(sheet, refused, Found([], None), error.status)
    return _list_page(sheet, Form(values), found)


@router.post("/find")
async def find(sheet: AtSheet) -> Response:
    """Look for somebody: what was typed goes on sealed."""
    form = await read_form(sheet.request, FindForm)
    if isinstance(form, FormErrors):
        return _list_page(sheet, form, Found([], None), 422)
    wish = Wish(form.q, form.tag)
    wanted = {
        "find": sealed(sheet.desk, wish) if wish else "",
        "status": form.status,
        "archived": "true" if form.archived else "",
    }
    asked = urlencode({name: text for name, text in wanted.items() if text})
    return sheet.see(f"/clients{'?' if asked else ''}{asked}")


@router.get("/duplicates")
async def duplicates_page(sheet: AtSheet) -> Response:
    """Show who may be in the book twice."""
    try:
        page = duplicates(sheet.desk, sheet.request.query_params.get("cursor") or None, GROUPS)
    except Invalid:
        return sheet.see("/clients/duplicates")
    more = f"{sheet.path}/clients/duplicates?{urlencode({'cursor': page.next_cursor})}"
    return sheet.show(
        "duplicates.html",
        heading="In it twice?",
        groups=[_group(one) for one in page.items],
        next_url=more if page.next_cursor else "",
    )


def _group(one: Duplicates) -> dict[str, object]:
    first = next((client for client in one.clients if client.opens), one.clients[0])
    shared = " and ".join(_SHARED[kind] for kind in one.shared_by)
    return {
        "title": f"{one.count} with the same {shared}",
        "first": first.details.name,
        "first_id": first.id,
        "people": [
            (client.id, client.details.name, ", ".join(_reached(client))) for client in one.clients
        ],
    }


def _reached(client: Client) -> tuple[str, ...]:
    return (*client.details.phones, *client.details.emails)[:2]


def _list_page(sheet: Sheet, form: Form, found: Found, status: int = 200) -> Response:
    asked = {
        name: text
        for name in ("find", "status", "archived")
        if (text := sheet.request.query_params.get(name))
    }
    more = f"{sheet.path}/clients?{urlencode(asked | {'cursor': found.next_cursor})}"
    zone = home_zone(sheet.desk)
    return sheet.show(
        "people.html",
        status,
        heading="People",
        form=form,
        narrowed=bool(asked),
        statuses=options(SCREENING),
        rows=[_row(client, zone) for client in found.items],
        next_url=more if found.next_cursor else "",
    )


def _row(client: Client, zone: str) -> dict[str, object]:
    details = client.details
    return {
        "id": client.id,
        "name": details.name,
        "reached": _reached(client),
        "tags": details.tags,
        "status": SCREENING[client.standing.screening_status],
        "changed": day(client.updated_at, zone),
    }


class PersonForm(Body):
    """What is known about somebody; several of a kind are several fields, or lines."""

    name: Annotated[Name, Field(title="Name")]
    aliases: Annotated[str, Field(max_length=2_600, title="Other names")] = ""
    phones: Annotated[list[PhoneText], Field(max_length=10, title="Phone numbers")] = []
    emails: Annotated[list[Email], Field(max_length=10, title="E-mail addresses")] = []
    tags: Annotated[str, Field(max_length=1_300, title="Tags")] = ""
    sites: Annotated[str, Field(max_length=4_000, title="Known on")] = ""
    preferences: Text = ""
    notes: Text = ""
    screening_status: ScreeningStatus = ScreeningStatus.PENDING
    communication_preference: CommunicationPreference = CommunicationPreference.CONTACT_OK
    then: Annotated[str, Field(max_length=60)] = ""
    """With somebody alike in the book: `keep` both, or the id of whom to merge with."""

    def to_new(self) -> NewClient:
        """Return it as the use case takes it."""
        return NewClient(
            details=Details(
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


class ChangeForm(PersonForm):
    """The same of somebody who was read at a version."""

    version: Version


@router.get("/new")
async def new_page(sheet: AtSheet) -> Response:
    """Ask who it is."""
    return _form_page(sheet, Form({"communicationPreference": "contact_ok"}))


@router.post("/new", dependencies=WRITES)
async def add_person(sheet: AtSheet) -> Response:
    """Keep somebody; who is in the book already is shown first."""
    form = await read_form(sheet.request, PersonForm)
    if isinstance(form, FormErrors):
        return _form_page(sheet, form, REFUSED)
    book = ClientBook(sheet.desk)
    try:
        new = form.to_new()
        with sheet.desk.work.savepoint():
            client = book.add(new, allow_duplicate=bool(form.then))
    except Conflict as error:
        alike = [book.one(one) for one in book.known(book.spelled(new.details))]
        return _form_page(sheet, FormErrors.from_error(error, form), error.status, alike=alike)
    except DomainError as error:
        return _form_page(sheet, FormErrors.from_error(error, form), error.status)
    other = id_of(form.then)
    if other:
        return sheet.see(f"/clients/{other}/merge?with={client.id}")
    return sheet.see(f"/clients/{client.id}", "added")


@router.get("/{client_id}/edit")
async def edit_page(sheet: AtSheet, client_id: UUID) -> Response:
    """Show what is known."""
    client = ClientBook(sheet.desk).one(client_id)
    return _form_page(sheet, Form(_values(client)), client=client)


@router.post("/{client_id}/edit", dependencies=WRITES)
async def change_person(sheet: AtSheet, client_id: UUID) -> Response:
    """Change it."""
    book = ClientBook(sheet.desk)
    client = book.one(client_id)

    def change(form: ChangeForm) -> Response:
        book.replace(client_id, form.version, form.to_new())
        return sheet.see(f"/clients/{client_id}", "saved")

    def again(form: FormErrors, status: int) -> Response:
        return _form_page(sheet, form, status, client=client)

    return await sheet.take(ChangeForm, change, again)


def _form_page(
    sheet: Sheet,
    form: Form,
    status: int = 200,
    *,
    client: Client | None = None,
    alike: list[Client] | None = None,
) -> Response:
    here = f"/clients/{client.id}" if client else "/clients"
    return sheet.show(
        "person_form.html",
        status,
        heading="Change an entry" if client else "Add somebody",
        form=form,
        action=f"{sheet.path}{here}/{'edit' if client else 'new'}",
        back=f"{sheet.path}{here}",
        version=form.value("version"),
        alike=[{"id": one.id, "name": one.details.name} for one in alike or ()],
        statuses=options(SCREENING),
        preferences=options(PREFERENCE),
    )


def _values(client: Client) -> dict[str, Any]:
    details, standing = client.details, client.standing
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
