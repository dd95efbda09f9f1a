"""Pages: open an account, sign in, sign out; the account's part of every page's head."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from auth.dependencies import DEVICE_COOKIE, FromVisitor, InContext
from auth.domain.private import PrivateDetails
from auth.domain.tokens import new_token
from auth.domain.visitors import Visitor
from auth.pages.forms import (
    CodeForm,
    RegisterForm,
    SignInForm,
    local_path,
    pages,
    refused,
    see,
)
from auth.service import register as opening
from auth.service import sign_in as signing_in
from auth.service.context import Context
from contracts.identity import Role
from kit.auth import (
    LIFETIMES,
    Audience,
    Principal,
    admin_network_allowed,
    clear_session_cookie,
    public,
    set_session_cookie,
    visitor,
)
from kit.auth.cookies import COOKIES
from kit.errors import DomainError
from kit.pages import Form, FormErrors, read_form

router = APIRouter(include_in_schema=False)

_DEVICE_COOKIE_LIFE = 400 * 24 * 3600  # what browsers allow at most
_LANDING = {Role.CLIENT: "/", Role.ESCORT: "/profile"}
_ROOMS = {
    Audience.SITE: {"action": "/login", "title": "Sign in"},
    Audience.ADMIN: {"action": "/staff/login", "title": "Staff sign-in"},
}

type Anybody = Annotated[Principal | None, visitor(Audience.SITE, Audience.ADMIN)]


@router.get("/register", dependencies=[public()])
async def register_page(request: Request) -> HTMLResponse:
    """Show the form that opens an account."""
    return pages.render(request, "register.html", form=Form({"role": Role.CLIENT}))


@router.post("/register", dependencies=[public()])
async def register(request: Request, context: InContext, caller: FromVisitor) -> Response:
    """Open an account, and say that a mail is on its way whether or not the address has one."""
    form = await read_form(request, RegisterForm)
    if isinstance(form, FormErrors):
        return refused(request, "register.html", form)
    application = opening.Application(
        email=form.email,
        password=form.password.get_secret_value(),
        role=Role(form.role),
        details=PrivateDetails(form.first_name, form.last_name, form.phone),
    )
    try:
        opening.register(context, application, caller)
    except DomainError as error:
        return refused(request, "register.html", error, form)
    return see("/verify")


@router.get("/login", dependencies=[public()])
async def sign_in_page(request: Request) -> HTMLResponse:
    """Show the first step of signing in."""
    return _first_step(request, Audience.SITE)


@router.get("/staff/login", dependencies=[public()])
async def staff_sign_in_page(request: Request) -> HTMLResponse:
    """Show the staff's first step."""
    return _first_step(request, Audience.ADMIN)


@router.post("/login", dependencies=[public()])
async def sign_in(request: Request, context: InContext, caller: FromVisitor) -> Response:
    """Take a step of signing in."""
    return await _step(request, context, caller, Audience.SITE)


@router.post("/staff/login", dependencies=[public()])
async def staff_sign_in(request: Request, context: InContext, caller: FromVisitor) -> Response:
    """Take a step of the staff's signing in."""
    return await _step(request, context, caller, Audience.ADMIN)


@router.post("/logout", dependencies=[public()])
async def sign_out(request: Request, context: InContext) -> Response:
    """End the browser's sessions, whichever room they are for."""
    answer = see("/")
    for audience in _ROOMS:
        _end_session(request, context, audience)
        clear_session_cookie(answer, audience)
    return answer


@router.get("/_account-chip")
async def account_chip(request: Request, context: InContext, principal: Anybody) -> HTMLResponse:
    """Show who is signed in, or the way in: a part of every page's head."""
    account = context.accounts.by_id(principal.user_id) if principal else None
    staff = principal is not None and principal.audience is Audience.ADMIN
    return pages.render(request, "chip.html", account=account, staff=staff)


def _first_step(request: Request, audience: Audience) -> HTMLResponse:
    wanted = local_path(request.query_params.get("next"), "")
    return pages.render(request, "login.html", form=Form(), next=wanted, room=_ROOMS[audience])


async def _step(
    request: Request, context: Context, caller: Visitor, audience: Audience
) -> Response:
    # A device is known by a cookie; one without gets it with its first session.
    known = caller if caller.device else replace(caller, device=new_token())
    if request.query_params.get("step") == "code":
        return await _second(request, context, known, audience)
    return await _first(request, context, known, audience)


async def _first(
    request: Request, context: Context, caller: Visitor, audience: Audience
) -> Response:
    room = _ROOMS[audience]
    form = await read_form(request, SignInForm)
    if isinstance(form, FormErrors):
        wanted = local_path(form.value("next"), "")
        return refused(request, "login.html", form, next=wanted, room=room)
    wanted = local_path(form.next, "")
    attempt = signing_in.Attempt(
        email=form.email,
        password=form.password.get_secret_value(),
        entry=signing_in.Entry(audience, admin_network_allowed(request)),
    )
    try:
        outcome = signing_in.begin_sign_in(context, attempt, caller)
    except DomainError as error:
        return refused(request, "login.html", error, form, next=wanted, room=room)
    if isinstance(outcome, signing_in.SignedIn):
        return _enter(request, context, outcome, caller, wanted)
    kept = _kept(audience, outcome.token, wanted)
    return pages.render(request, "two_step.html", form=Form(), **kept)


async def _second(
    request: Request, context: Context, caller: Visitor, audience: Audience
) -> Response:
    form = await read_form(request, CodeForm)
    if isinstance(form, FormErrors):
        kept = _kept(audience, form.value("challenge"), form.value("next"))
        return refused(request, "two_step.html", form, **kept)
    entry = signing_in.Entry(audience, admin_network_allowed(request))
    try:
        outcome = signing_in.finish_sign_in(context, form.challenge, form.code, entry, caller)
    except DomainError as error:
        kept = _kept(audience, form.challenge, form.next)
        return refused(request, "two_step.html", error, form, **kept)
    return _enter(request, context, outcome, caller, local_path(form.next, ""))


def _kept(audience: Audience, challenge: str, wanted: str | None) -> dict[str, Any]:
    """Return what the second step's form carries besides the code."""
    return {"challenge": challenge, "next": local_path(wanted, ""), "room": _ROOMS[audience]}


def _enter(
    request: Request,
    context: Context,
    outcome: signing_in.SignedIn,
    caller: Visitor,
    wanted: str,
) -> Response:
    audience = outcome.session.audience
    home = "/staff/verification" if audience is Audience.ADMIN else "/account"
    answer = see(wanted or _LANDING.get(outcome.account.role, home))
    # What this browser held before is not needed any more, and would stay in the list of sessions.
    _end_session(request, context, audience)
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


def _end_session(request: Request, context: Context, audience: Audience) -> None:
    cookie = request.cookies.get(COOKIES[audience].name)
    session = context.sessions.by_credential(cookie) if cookie else None
    if session is not None:
        context.sessions.revoke(session.id, session.user_id)
