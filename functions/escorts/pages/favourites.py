"""Favourites page, and the favourite buttons that public pages load for the signed-in client.

Public pages are cached and the same for all visitors; they contain placeholders for the buttons.
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
from escorts.pages.forms import pages
from escorts.pages.labels import price_from, render_avatar
from escorts.service.public_profiles import profile_not_found
from escorts.service.saved_items import FavouriteService
from kit import clock
from kit.auth import Principal
from kit.http import Request as Body
from kit.pages import FormErrors, read_form, redirect

PER_PAGE = 24
MAX_BUTTONS = 50
router = APIRouter(include_in_schema=False)


class FavouriteForm(Body):
    """Form of the favourite button."""

    favourite: bool


@router.get("/favourites")
async def favourites_page(
    request: Request, _: AccountOwner, favourites: FavouritesDep, cursor: str = ""
) -> HTMLResponse:
    """Render the client's favourites that are public now."""
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
    user: OptionalSiteUser,
    slug: Annotated[list[str], Query(max_length=MAX_BUTTONS)],
) -> HTMLResponse:
    """Return the favourite buttons of a result list, each with its placeholder as target."""
    anonymous_slugs = [one for one in slug if is_slug(one)] if user is None else []
    states = {}
    if user is not None and _may_save(user):
        states = FavouriteService(work, clock.now, user.user_id).get_states(slug)
    return pages.render(
        request, "_favourite_buttons.html", anonymous_slugs=anonymous_slugs, states=states
    )


@router.get("/_favourite/{slug}")
async def favourite_button(
    request: Request, slug: str, work: UnitOfWorkDep, user: OptionalSiteUser
) -> HTMLResponse:
    """Return the favourite button of one profile, or a link to sign in."""
    if user is None:
        if not is_slug(slug):
            raise profile_not_found()
        return _render_sign_in_button(request, slug)
    if not _may_save(user):
        return HTMLResponse("")
    states = FavouriteService(work, clock.now, user.user_id).get_states([slug])
    if slug not in states:
        raise profile_not_found()
    profile, is_favourite = states[slug]
    return _render_button(request, profile, is_favourite=is_favourite)


@router.post("/_favourite/{slug}", dependencies=[Depends(limit_saving)])
async def set_favourite(
    request: Request, slug: str, _: AccountOwner, favourites: FavouritesDep
) -> Response:
    """Add or remove a favourite; return the button to htmx, or redirect to the favourites."""
    states = favourites.get_states([slug])
    if slug not in states:
        raise profile_not_found()
    form = await read_form(request, FavouriteForm)
    profile, is_favourite = states[slug]
    if not isinstance(form, FormErrors):
        is_favourite = form.favourite
        if is_favourite:
            favourites.add(profile.id)
        else:
            favourites.remove(profile.id)
    if "hx-request" in request.headers:
        return _render_button(request, profile, is_favourite=is_favourite)
    return redirect("/favourites")


def _may_save(user: Principal) -> bool:
    return Permission.MANAGE_OWN_FAVOURITES in user.permissions


def _render_button(request: Request, profile: PublicProfile, *, is_favourite: bool) -> HTMLResponse:
    return pages.render(
        request,
        "_favourite_button.html",
        slug=profile.slug,
        name=profile.content.name,
        is_favourite=is_favourite,
        signed_in=True,
    )


def _render_sign_in_button(request: Request, slug: str) -> HTMLResponse:
    return pages.render(
        request, "_favourite_button.html", slug=slug, name="", is_favourite=False, signed_in=False
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
