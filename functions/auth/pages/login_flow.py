"""The two steps of signing in, for every room: password, then the second factor if there is one."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from auth.dependencies import DEVICE_COOKIE
from auth.domain.request_origin import Visitor
from auth.domain.tokens import new_token
from auth.pages.forms import CodeForm, SignInForm, local_path, pages, refused, see
from auth.service import sign_in as signing_in
from auth.service.context import Context
from contracts.identity import Role
from kit.auth import (
    LIFETIMES,
    Audience,
    Session,
    admin_network_allowed,
    set_session_cookie,
)
from kit.auth.cookies import COOKIES
from kit.errors import DomainError, Unauthenticated
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

    @property
    def is_private(self) -> bool:
        """Whether it is a CRM: it has a cookie on a path of its own, and leads nowhere else."""
        return self.audience is Audience.CRM

    @property
    def cookie_path(self) -> str:
        """Where the browser shows the session."""
        return self.home if self.is_private else "/"

    def entry(self, request: Request, *, roams: bool) -> signing_in.Entry:
        """Return what the caller asks for."""
        if self.own_room is not None and self.is_private:
            return signing_in.private_room(self.own_room, roams=roams)
        return signing_in.Entry(self.audience, admin_network_allowed(request), self.own_room)

    def way(self, wanted: str | None) -> str:
        """Return where somebody may be led who wanted to go to `wanted`."""
        path = local_path(wanted, "")
        inside = path == self.home or path.startswith(f"{self.home}/")
        return "" if self.is_private and not inside else path


SITE = Room(Audience.SITE, "/login", "Sign in")
STAFF = Room(Audience.ADMIN, "/staff/login", "Staff sign-in", "/staff/verification")


def own_room(slug: str) -> Room:
    """Return the room of the provider whose profile is at `slug`, if it is anybody's at all."""
    home = f"/{slug}/admin"
    return Room(Audience.ADMIN, f"{home}/login", "Your own room", home, slug)


def private_room(slug: str) -> Room:
    """Return the CRM of the provider whose profile is at `slug`, if it is anybody's at all."""
    home = f"/{slug}/crm"
    return Room(Audience.CRM, f"{home}/login", "Sign in", home, slug)


def first_step(request: Request, room: Room, *, moved: bool = False) -> HTMLResponse:
    """Show the form that asks for the password."""
    wanted = room.way(request.query_params.get("next"))
    return pages.render(request, "login.html", form=Form(), next=wanted, room=room, moved=moved)


async def take_step(request: Request, context: Context, caller: Visitor, room: Room) -> Response:
    """Take a step of signing in."""
    # A device is known by a cookie; one without gets it with its first session.
    known = caller if caller.device else replace(caller, device=new_token())
    if request.query_params.get("step") == "code":
        return await _second(request, context, known, room)
    return await _first(request, context, known, room)


def end_session(request: Request, context: Context, audience: Audience) -> None:
    """End the session that this browser has for `audience`, if any."""
    with suppress(Unauthenticated):  # it has ended already, in another network
        session = _session(request, context, audience)
        if session is not None:
            context.sessions.revoke(session.id, session.user_id)


def has_moved(request: Request, context: Context, audience: Audience) -> bool:
    """Tell whether this browser's session ended because it was used from another network."""
    try:
        _session(request, context, audience)
    except Unauthenticated:
        return True
    return False


def _session(request: Request, context: Context, audience: Audience) -> Session | None:
    cookie = request.cookies.get(COOKIES[audience].name)
    return context.sessions.by_credential(cookie) if cookie else None


async def _first(request: Request, context: Context, caller: Visitor, room: Room) -> Response:
    form = await read_form(request, SignInForm)
    if isinstance(form, FormErrors):
        wanted = room.way(form.value("next"))
        return refused(request, "login.html", form, next=wanted, room=room)
    wanted = room.way(form.next)
    attempt = signing_in.Attempt(
        email=form.email,
        password=form.password.get_secret_value(),
        entry=room.entry(request, roams=form.network_may_change),
    )
    try:
        outcome = signing_in.begin_sign_in(context, attempt, caller)
    except DomainError as error:
        return refused(request, "login.html", error, form, next=wanted, room=room)
    if isinstance(outcome, signing_in.SignedIn):
        return _enter(request, context, outcome, caller, room, wanted)
    kept = _kept(room, outcome.token, wanted, roams=form.network_may_change)
    return pages.render(request, "two_step.html", form=Form(), **kept)


async def _second(request: Request, context: Context, caller: Visitor, room: Room) -> Response:
    form = await read_form(request, CodeForm)
    if isinstance(form, FormErrors):
        roams = form.value("networkMayChange") == "true"
        kept = _kept(room, form.value("challenge"), form.value("next"), roams=roams)
        return refused(request, "two_step.html", form, **kept)
    try:
        entry = room.entry(request, roams=form.network_may_change)
        outcome = signing_in.finish_sign_in(context, form.challenge, form.code, entry, caller)
    except DomainError as error:
        kept = _kept(room, form.challenge, form.next, roams=form.network_may_change)
        return refused(request, "two_step.html", error, form, **kept)
    return _enter(request, context, outcome, caller, room, room.way(form.next))


def _kept(room: Room, challenge: str, wanted: str | None, *, roams: bool) -> dict[str, Any]:
    """Return what the second step's form carries besides the code."""
    return {"challenge": challenge, "next": room.way(wanted), "room": room, "roams": roams}


def _enter(
    request: Request,
    context: Context,
    outcome: signing_in.SignedIn,
    caller: Visitor,
    room: Room,
    wanted: str,
) -> Response:
    audience = outcome.session.audience
    answer = see(wanted or room.home or _LANDING.get(outcome.account.role, "/account"))
    # What this browser held before is not needed any more, and would stay in the list of sessions.
    end_session(request, context, audience)
    seconds = int(LIFETIMES[audience].absolute.total_seconds())
    set_session_cookie(answer, audience, outcome.credential, max_age=seconds, path=room.cookie_path)
    answer.set_cookie(
        DEVICE_COOKIE,
        caller.device,
        max_age=_DEVICE_COOKIE_LIFE,
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return answer
