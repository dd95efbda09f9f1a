"""Saved searches by clicking, and the link in their mails that ends them."""

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
from escorts.pages.forms import REFUSED, pages, see
from escorts.schemas.saved_items import Name, to_page_parameters, to_stored_query
from escorts.service import saved_items
from escorts.service.saved_items import LatestMatches, SavedSearchInput
from kit import clock
from kit.auth import public
from kit.errors import DomainError, Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors, read_form

_FLASH_MESSAGES = {
    "saved": "The search is saved.",
    "changed": "The change is saved.",
    "deleted": "The search is deleted.",
}
_NEW_PREFIX, _CHANGE_PREFIX = "save", "change"
router = APIRouter(include_in_schema=False)

type UnsubscribeToken = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$")]


class ChangeForm(Body):
    """What its owner may change; a box that is not ticked is not sent."""

    name: Name
    mail: bool = False


class SaveForm(ChangeForm):
    """A search to save: its address's parameters."""

    query: str = ""


@router.get("/saved-searches")
async def searches_page(
    request: Request, _: AccountOwner, searches: SavedSearchesDep
) -> HTMLResponse:
    """Show one's saved searches and what each found last."""
    return _render_list(request, searches, Form())


@router.get("/saved-searches/new")
async def new_page(request: Request, _: AccountOwner, searches: SavedSearchesDep) -> HTMLResponse:
    """Ask what to call a search; its parameters are the address's own."""
    filters = read_filters(request.query_params)
    words = _filter_labels(filters, searches.city_names())
    form = Form({"name": _suggest_name(words), "query": request.url.query}, prefix=_NEW_PREFIX)
    return _render_new(request, form, words)


@router.get("/saved-searches/_link")
async def save_search_link(request: Request, somebody: OptionalSiteUser) -> HTMLResponse:
    """Return the way to save the search at hand; nothing for whoever has no use for it."""
    if somebody is not None and Permission.MANAGE_OWN_FAVOURITES not in somebody.permissions:
        return HTMLResponse("")
    goal = read_filters(request.query_params).url("/saved-searches/new")
    href = goal if somebody is not None else f"/login?next={quote(goal, safe='')}"
    return pages.render(request, "_save_search_link.html", href=href)


@router.post("/saved-searches", dependencies=[Depends(limit_saving)])
async def create_search(request: Request, _: AccountOwner, searches: SavedSearchesDep) -> Response:
    """Save a search."""
    form = await read_form(request, SaveForm, prefix=_NEW_PREFIX)
    text = form.value("query") if isinstance(form, FormErrors) else form.query
    filters = read_filters(QueryParams(text))
    if isinstance(form, FormErrors):
        return _render_new(request, form, _filter_labels(filters, searches.city_names()), REFUSED)
    try:
        if filters.query is None:
            raise Invalid("filters-refused", " ".join(filters.errors.values()))
        query = filters.query
        searches.add(
            SavedSearchInput(form.name, to_stored_query(query), query.to_criteria(), form.mail)
        )
    except DomainError as error:
        refused = FormErrors.from_error(error, form, prefix=_NEW_PREFIX)
        return _render_new(
            request, refused, _filter_labels(filters, searches.city_names()), error.status
        )
    return see("/saved-searches?done=saved")


@router.post("/saved-searches/{search_id}", dependencies=[Depends(limit_saving)])
async def update_search(
    request: Request, search_id: UUID, _: AccountOwner, searches: SavedSearchesDep
) -> Response:
    """Change the name, or the wish for mails."""
    search = searches.get_for_update(search_id)
    form = await read_form(request, ChangeForm, prefix=_prefix(search_id))
    if isinstance(form, FormErrors):
        return _render_list(request, searches, form, search_id)
    searches.update(search_id, SavedSearchInput(form.name, search.query, None, form.mail))
    return see("/saved-searches?done=changed")


@router.post("/saved-searches/{search_id}/delete", dependencies=[Depends(limit_saving)])
async def delete_search(search_id: UUID, _: AccountOwner, searches: SavedSearchesDep) -> Response:
    """Forget a search."""
    searches.delete(search_id)
    return see("/saved-searches?done=deleted")


@router.get("/saved-searches/stop/{token}", dependencies=[public()])
async def unsubscribe_page(request: Request, token: UnsubscribeToken) -> HTMLResponse:
    """Ask whether to end these mails: whatever only looks at links, ends nothing."""
    return pages.render(request, "saved_search_unsubscribe.html", token=token, stopped=False)


@router.post("/saved-searches/stop/{token}", dependencies=[public()])
async def unsubscribe(
    request: Request, token: UnsubscribeToken, work: UnitOfWorkDep
) -> HTMLResponse:
    """End these mails, whoever asks: a person, or their mail program (RFC 8058), whatever it sends."""
    saved_items.unsubscribe(work, token, clock.now())
    return pages.render(request, "saved_search_unsubscribe.html", token=token, stopped=True)


def _render_list(
    request: Request,
    searches: saved_items.SavedSearchService,
    form: Form,
    refused: UUID | None = None,
) -> HTMLResponse:
    names = searches.city_names()
    everything = searches.list_all()
    return pages.render(
        request,
        "saved_searches.html",
        REFUSED if refused else 200,
        done=_FLASH_MESSAGES.get(request.query_params.get("done", ""), ""),
        items=[
            _list_item(search, news, names, form if search.id == refused else None)
            for search, news in everything
        ],
        most=MAX_SAVED_SEARCHES,
    )


def _list_item(
    search: SavedSearch, news: LatestMatches | None, names: dict[str, str], form: Form | None
) -> dict[str, Any]:
    query = to_page_parameters(search.query)
    mail = search.mail_consent_at is not None
    return {
        "search": search,
        "words": _filter_labels(read_filters(QueryParams(query)), names),
        "href": f"/?{urlencode(query)}" if query else "/",
        "news": [(one.slug, one.content.name) for one in news.profiles] if news else [],
        "found_at": news.at if news else None,
        "form": form
        or Form({"name": search.name, "mail": str(mail).lower()}, prefix=_prefix(search.id)),
    }


def _render_new(request: Request, form: Form, words: list[str], status: int = 200) -> HTMLResponse:
    return pages.render(request, "saved_search_new.html", status, form=form, words=words)


def _prefix(search_id: UUID) -> str:
    return f"{_CHANGE_PREFIX}-{search_id.hex[-12:]}"


def _filter_labels(filters: PageFilters, names: dict[str, str]) -> list[str]:
    """Return a search as its filters are called on the page."""
    location = filters.first_value("location")
    return [chip.text for chip in filters.chips(names.get(location, location))]


def _suggest_name(words: list[str]) -> str:
    """Return what a search might be called."""
    name = ", ".join(words[:3])
    return name if len(name) <= 60 else name[:59].rstrip() + "…"
