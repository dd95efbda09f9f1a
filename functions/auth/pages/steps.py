"""The two steps of signing in, for every room: password, then the second factor if there is one."""

from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from auth.dependencies import DEVICE_COOKIE
from auth.domain.tokens import new_token
from auth.domain.visitors import Visitor
from auth.pages.forms import CodeForm, SignInForm, local_path, pages, refused, see
from auth.service import sign_in as signing_in
from auth.service.context import Context
from contracts.identity import Role
from kit.auth import LIFETIMES, Audience, admin_network_allowed, set_session_cookie
from kit.auth.cookies import COOKIES
from kit.errors import DomainError
from kit.pages import Form, FormErrors, read_form

_DEVICE_COOKIE_LIFE = 400 * 24 * 3600  # what browsers allow at most
_LANDING = {Role.CLIENT: "/", Role.ESCORT: "/profile"}


@dataclass(frozen=True, slots=True)
class Room:
    """A room that one signs in to: where its form is, and where it leads."""

    audience: Audience
    action: str
    title: str
    home: str = ""
    own_room: str | None = None
    """A provider's own: the address of her profile."""

    def entry(self, request: Request) -> signing_in.Entry:
        """Return what the caller asks for."""
        return signing_in.Entry(self.audience, admin_network_allowed(request), self.own_room)


SITE = Room(Audience.SITE, "/login", "Sign in")
STAFF = Room(Audience.ADMIN, "/staff/login", "Staff sign-in", "/staff/verification")


def own_room(slug: str) -> Room:
    """Return the room of the provider whose profile is at `slug`, if it is anybody's at all."""
    home = f"/{slug}/admin"
    return Room(Audience.ADMIN, f"{home}/login", "Your own room", home, slug)


def first_step(request: Request, room: Room) -> HTMLResponse:
    """Show the form that asks for the password."""
    wanted = local_path(request.query_params.get("next"), "")
    return pages.render(request, "login.html", form=Form(), next=wanted, room=room)


async def take_step(request: Request, context: Context, caller: Visitor, room: Room) -> Response:
    """Take a step of signing in."""
    # A device is known by a cookie; one without gets it with its first session.
    known = caller if caller.device else replace(caller, device=new_token())
    if request.query_params.get("step") == "code":
        return await _second(request, context, known, room)
    return await _first(request, context, known, room)


def end_session(request: Request, context: Context, audience: Audience) -> None:
    """End the session that this browser has for `audience`, if any."""
    cookie = request.cookies.get(COOKIES[audience].name)
    session = context.sessions.by_credential(cookie) if cookie else None
    if session is not None:
        context.sessions.revoke(session.id, session.user_id)


async def _first(request: Request, context: Context, caller: Visitor, room: Room) -> Response:
    form = await read_form(request, SignInForm)
    if isinstance(form, FormErrors):
        wanted = local_path(form.value("next"), "")
        return refused(request, "login.html", form, next=wanted, room=room)
    wanted = local_path(form.next, "")
    attempt = signing_in.Attempt(
        email=form.email, password=form.password.get_secret_value(), entry=room.entry(request)
    )
    try:
        outcome = signing_in.begin_sign_in(context, attempt, caller)
    except DomainError as error:
        return refused(request, "login.html", error, form, next=wanted, room=room)
    if isinstance(outcome, signing_in.SignedIn):
        return _enter(request, context, outcome, caller, wanted or room.home)
    kept = _kept(room, outcome.token, wanted)
    return pages.render(request, "two_step.html", form=Form(), **kept)


async def _second(request: Request, context: Context, caller: Visitor, room: Room) -> Response:
    form = await read_form(request, CodeForm)
    if isinstance(form, FormErrors):
        kept = _kept(room, form.value("challenge"), form.value("next"))
        return refused(request, "two_step.html", form, **kept)
    try:
        outcome = signing_in.finish_sign_in(
            context, form.challenge, form.code, room.entry(request), caller
        )
    except DomainError as error:
        kept = _kept(room, form.challenge, form.next)
        return refused(request, "two_step.html", error, form, **kept)
    return _enter(request, context, outcome, caller, local_path(form.next, "") or room.home)


def _kept(room: Room, challenge: str, wanted: str | None) -> dict[str, Any]:
    """Return what the second step's form carries besides the code."""
    return {"challenge": challenge, "next": local_path(wanted, ""), "room": room}


def _enter(
    request: Request,
    context: Context,
    outcome: signing_in.SignedIn,
    caller: Visitor,
    wanted: str,
) -> Response:
    audience = outcome.session.audience
    answer = see(wanted or _LANDING.get(outcome.account.role, "/account"))
    # What this browser held before is not needed any more, and would stay in the list of sessions.
    end_session(request, context, audience)
    seconds = int(LIFETIMES[audience].absolute.total_seconds())
    set_session_cookie(answer, audience, outcome.credential, max_age=seconds)
    answer.set_cookie(
        DEVICE_COOKIE,
        caller.device,
        max_age=_DEVICE_COOKIE_LIFE,
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return answer
