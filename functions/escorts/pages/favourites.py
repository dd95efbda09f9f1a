"""Favourites by clicking: the page, and the heart that public pages fetch for whoever is looking.

Public pages are the same for everybody and carry an empty place; what a heart says comes from here.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from contracts.identity import Permission
from escorts.dependencies import (
    AccountOwner,
    FavouritesDep,
    OptionalSiteUser,
    UnitOfWorkDep,
    limit_saving,
)
from escorts.domain.profiles import PublicProfile
from escorts.domain.saved_items import MAX_FAVOURITES
from escorts.domain.slugs import is_slug
from escorts.pages.forms import pages, see
from escorts.pages.labels import render_avatar, price_from
from escorts.service.public_profiles import profile_not_found
from escorts.service.saved_items import FavouriteService
from kit import clock
from kit.auth import Principal
from kit.http import Request as Body
from kit.pages import FormErrors, read_form

PER_PAGE = 24
MAX_BUTTONS = 50
router = APIRouter(include_in_schema=False)


class FavouriteForm(Body):
    """Whether to keep the profile from now on."""

    favourite: bool


@router.get("/favourites")
async def favourites_page(
    request: Request, _: AccountOwner, favourites: FavouritesDep, cursor: str = ""
) -> HTMLResponse:
    """Show whom one keeps, as far as they are public now."""
    page = favourites.list_page(cursor or None, PER_PAGE)
    return pages.render(
        request,
        "favourites.html",
        cards=[_favourite_card(profile) for _, profile in page.items],
        total=page.total,
        most=MAX_FAVOURITES,
        continued=bool(cursor),
        next_url=f"/favourites?cursor={page.next_cursor}" if page.next_cursor else "",
        render_avatar=render_avatar,
    )


@router.get("/_favourite/_list")
async def favourite_buttons(
    request: Request,
    work: UnitOfWorkDep,
    somebody: OptionalSiteUser,
    slug: Annotated[list[str], Query(max_length=MAX_BUTTONS)],
) -> HTMLResponse:
    """Return the hearts of a list at once, each with the place that it belongs to."""
    strangers = [one for one in slug if is_slug(one)] if somebody is None else []
    marks = {}
    if somebody is not None and _may_save(somebody):
        marks = FavouriteService(work, clock.now, somebody.user_id).get_states(slug)
    return pages.render(request, "_favourite_buttons.html", strangers=strangers, marks=marks)


@router.get("/_favourite/{slug}")
async def favourite_button(
    request: Request, slug: str, work: UnitOfWorkDep, somebody: OptionalSiteUser
) -> HTMLResponse:
    """Return the heart of one profile: for a client how it stands, for nobody the way to sign in."""
    if somebody is None:
        if not is_slug(slug):
            raise profile_not_found()
        return _render_sign_in_button(request, slug)
    if not _may_save(somebody):
        return HTMLResponse("")
    marks = FavouriteService(work, clock.now, somebody.user_id).get_states([slug])
    if slug not in marks:
        raise profile_not_found()
    profile, kept = marks[slug]
    return _render_button(request, profile, kept=kept)


@router.post("/_favourite/{slug}", dependencies=[Depends(limit_saving)])
async def set_favourite(
    request: Request, slug: str, _: AccountOwner, favourites: FavouritesDep
) -> Response:
    """Keep a profile, or keep it no longer; a script gets the heart, a browser the favourites."""
    marks = favourites.get_states([slug])
    if slug not in marks:
        raise profile_not_found()
    form = await read_form(request, FavouriteForm)
    profile, kept = marks[slug]
    if not isinstance(form, FormErrors):
        kept = form.favourite
        if kept:
            favourites.add(profile.id)
        else:
            favourites.remove(profile.id)
    if "hx-request" in request.headers:
        return _render_button(request, profile, kept=kept)
    return see("/favourites")


def _may_save(somebody: Principal) -> bool:
    return Permission.MANAGE_OWN_FAVOURITES in somebody.permissions


def _render_button(request: Request, profile: PublicProfile, *, kept: bool) -> HTMLResponse:
    return pages.render(
        request,
        "_favourite_button.html",
        slug=profile.slug,
        name=profile.content.name,
        kept=kept,
        signed_in=True,
    )


def _render_sign_in_button(request: Request, slug: str) -> HTMLResponse:
    return pages.render(
        request, "_favourite_button.html", slug=slug, name="", kept=False, signed_in=False
    )


def _favourite_card(profile: PublicProfile) -> dict[str, object]:
    content = profile.content
    part = content.locations[0].place if content.locations else ""
    return {
        "id": profile.id,
        "slug": profile.slug,
        "name": content.name,
        "age": profile.age,
        "place": " · ".join(dict.fromkeys(filter(None, (profile.city_name, part)))),
        "price": price_from(content.rates),
    }
