"""The people in the book: a list, and finding somebody in it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi.responses import Response
from pydantic import Field

from crm.domain.clients import Client
from crm.domain.enums import ScreeningStatus
from crm.pages.finding import Wish, opened, sealed
from crm.pages.frame import AtSheet, Sheet, page_router
from crm.pages.words import SCREENING, chosen, day, options
from crm.service.clients import ClientBook, Found, Query
from crm.service.duplicates import Duplicates, duplicates
from crm.service.overview import home_zone
from kit.errors import Invalid
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
        return _page(sheet, refused, Found([], None), error.status)
    return _page(sheet, Form(values), found)


@router.post("/find")
async def find(sheet: AtSheet) -> Response:
    """Look for somebody: what was typed goes on sealed."""
    form = await read_form(sheet.request, FindForm)
    if isinstance(form, FormErrors):
        return _page(sheet, form, Found([], None), 422)
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


def _page(sheet: Sheet, form: Form, found: Found, status: int = 200) -> Response:
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
