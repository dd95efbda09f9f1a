"""Saved search pages, and the unsubscribe page linked in their mails."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import QueryParams

from contracts.identity import Permission
from escorts.dependencies import (
    AccountOwner,
    OptionalSiteUser,
    SavedSearchesDep,
    UnitOfWorkDep,
    limit_saving,
)
from escorts.domain.saved_items import MAX_SAVED_SEARCHES, SavedSearch
from escorts.pages.filters import PageFilters, read_filters
from escorts.pages.forms import pages
from escorts.schemas.saved_items import Name, to_page_parameters, to_stored_query
from escorts.service import saved_items
from escorts.service.saved_items import LatestMatches, SavedSearchInput
from kit import clock
from kit.auth import public
from kit.errors import Invalid
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors, handle_form, redirect

_FLASH_MESSAGES = {
    "saved": N_("Search saved."),
    "changed": N_("Changes saved."),
    "deleted": N_("Search deleted."),
}
_NEW_PREFIX, _CHANGE_PREFIX = "save", "change"
router = APIRouter(include_in_schema=False)

type UnsubscribeToken = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$")]


class ChangeForm(Body):
    """Form to change a saved search; browsers do not send unchecked boxes."""

    name: Name
    mail: bool = False


class SaveForm(ChangeForm):
    """Form to save a search; `query` holds its URL parameters."""

    query: str = ""


@router.get("/saved-searches")
async def searches_page(
    request: Request, _: AccountOwner, searches: SavedSearchesDep
) -> HTMLResponse:
    """Render the client's saved searches with their last matches."""
    return _render_list(request, searches)


@router.get("/saved-searches/new")
async def new_page(request: Request, _: AccountOwner, searches: SavedSearchesDep) -> HTMLResponse:
    """Render the form to save a search; the URL parameters are those of the search."""
    filters = read_filters(request.query_params)
    words = _filter_labels(filters, searches.city_names())
    form = Form({"name": _suggest_name(words), "query": request.url.query}, prefix=_NEW_PREFIX)
    return _render_new(request, form, words)


@router.get("/saved-searches/_link")
async def save_search_link(request: Request, user: OptionalSiteUser) -> HTMLResponse:
    """Return the link to save the current search; empty for accounts that cannot save searches."""
    if user is not None and Permission.MANAGE_OWN_FAVOURITES not in user.permissions:
        return HTMLResponse("")
    goal = read_filters(request.query_params).url("/saved-searches/new")
    href = goal if user is not None else f"/login?next={quote(goal, safe='')}"
    return pages.render(request, "_save_search_link.html", href=href)


@router.post("/saved-searches", dependencies=[Depends(limit_saving)])
async def create_search(request: Request, _: AccountOwner, searches: SavedSearchesDep) -> Response:
    """Save a search."""

    def save(form: SaveForm) -> Response:
        filters = read_filters(QueryParams(form.query))
        if filters.query is None:
            raise Invalid("filters-refused", " ".join(filters.errors.values()))
        query = filters.query
        searches.add(
            SavedSearchInput(form.name, to_stored_query(query), query.to_criteria(), form.mail)
        )
        return redirect("/saved-searches?done=saved")

    def render_errors(form: FormErrors, status: int) -> Response:
        filters = read_filters(QueryParams(form.value("query")))
        return _render_new(request, form, _filter_labels(filters, searches.city_names()), status)

    return await handle_form(request, SaveForm, save, render_errors, prefix=_NEW_PREFIX)


@router.post("/saved-searches/{search_id}", dependencies=[Depends(limit_saving)])
async def update_search(
    request: Request, search_id: UUID, _: AccountOwner, searches: SavedSearchesDep
) -> Response:
    """Change the name or the mail consent of a saved search."""
    search = searches.get_for_update(search_id)

    def change(form: ChangeForm) -> Response:
        searches.update(search_id, SavedSearchInput(form.name, search.query, None, form.mail))
        return redirect("/saved-searches?done=changed")

    return await handle_form(
        request,
        ChangeForm,
        change,
        lambda form, status: _render_list(request, searches, form, search_id, status),
        prefix=_prefix(search_id),
    )


@router.post("/saved-searches/{search_id}/delete", dependencies=[Depends(limit_saving)])
async def delete_search(search_id: UUID, _: AccountOwner, searches: SavedSearchesDep) -> Response:
    """Delete a saved search."""
    searches.delete(search_id)
    return redirect("/saved-searches?done=deleted")


@router.get("/saved-searches/stop/{token}", dependencies=[public()])
async def unsubscribe_page(request: Request, token: UnsubscribeToken) -> HTMLResponse:
    """Ask for confirmation to unsubscribe, so that link scanners do not unsubscribe anybody."""
    return pages.render(request, "saved_search_unsubscribe.html", token=token, stopped=False)


@router.post("/saved-searches/stop/{token}", dependencies=[public()])
async def unsubscribe(
    request: Request, token: UnsubscribeToken, work: UnitOfWorkDep
) -> HTMLResponse:
    """Unsubscribe; mail programs post any body without a session (RFC 8058)."""
    saved_items.unsubscribe(work, token, clock.now())
    return pages.render(request, "saved_search_unsubscribe.html", token=token, stopped=True)


def _render_list(
    request: Request,
    searches: saved_items.SavedSearchService,
    form: Form | None = None,
    form_of: UUID | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Render the list; `form` is the refused form of the search `form_of`."""
    names = searches.city_names()
    everything = searches.list_all()
    return pages.render(
        request,
        "saved_searches.html",
        status,
        done=_(_FLASH_MESSAGES.get(request.query_params.get("done", ""), "")),
        items=[
            _list_item(search, last_matches, names, form if search.id == form_of else None)
            for search, last_matches in everything
        ],
        most=MAX_SAVED_SEARCHES,
    )


def _list_item(
    search: SavedSearch,
    last_matches: LatestMatches | None,
    names: dict[str, str],
    form: Form | None,
) -> dict[str, Any]:
    query = to_page_parameters(search.query)
    mail = search.mail_consent_at is not None
    return {
        "search": search,
        "words": _filter_labels(read_filters(QueryParams(query)), names),
        "href": f"/?{urlencode(query)}" if query else "/",
        "last_matches": [(one.slug, one.content.name) for one in last_matches.profiles]
        if last_matches
        else [],
        "found_at": last_matches.at if last_matches else None,
        "form": form
        or Form({"name": search.name, "mail": str(mail).lower()}, prefix=_prefix(search.id)),
    }


def _render_new(request: Request, form: Form, words: list[str], status: int = 200) -> HTMLResponse:
    return pages.render(request, "saved_search_new.html", status, form=form, words=words)


def _prefix(search_id: UUID) -> str:
    return f"{_CHANGE_PREFIX}-{search_id.hex[-12:]}"


def _filter_labels(filters: PageFilters, names: dict[str, str]) -> list[str]:
    """Return the labels of the filters of a search."""
    location = filters.first_value("location")
    return [chip.text for chip in filters.chips(names.get(location, location))]


def _suggest_name(words: list[str]) -> str:
    """Return a suggested name of a search."""
    name = ", ".join(words[:3])
    return name if len(name) <= 60 else name[:59].rstrip() + "…"
