"""Pages: open an account, sign in, sign out; the account's part of every page's head."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from auth.dependencies import FromVisitor, InContext, Slug
from auth.domain.personal_data import PrivateDetails
from auth.pages.forms import RegisterForm, pages, refused, see
from auth.pages.login_flow import SITE, STAFF, end_session, first_step, own_room, take_step
from auth.service import register as opening
from contracts.identity import Role
from kit.auth import Audience, Principal, clear_session_cookie, public, visitor
from kit.errors import DomainError
from kit.pages import Form, FormErrors, read_form

router = APIRouter(include_in_schema=False)

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
    return first_step(request, SITE)


@router.get("/staff/login", dependencies=[public()])
async def staff_sign_in_page(request: Request) -> HTMLResponse:
    """Show the staff's first step."""
    return first_step(request, STAFF)


@router.get("/{slug}/admin/login", dependencies=[public()])
async def own_room_page(request: Request, slug: Slug) -> HTMLResponse:
    """Show the first step into a provider's own room; the same page at every address."""
    return first_step(request, own_room(slug))


@router.post("/login", dependencies=[public()])
async def sign_in(request: Request, context: InContext, caller: FromVisitor) -> Response:
    """Take a step of signing in."""
    return await take_step(request, context, caller, SITE)


@router.post("/staff/login", dependencies=[public()])
async def staff_sign_in(request: Request, context: InContext, caller: FromVisitor) -> Response:
    """Take a step of the staff's signing in."""
    return await take_step(request, context, caller, STAFF)


@router.post("/{slug}/admin/login", dependencies=[public()])
async def enter_own_room(
    request: Request, slug: Slug, context: InContext, caller: FromVisitor
) -> Response:
    """Take a step into a provider's own room."""
    return await take_step(request, context, caller, own_room(slug))


@router.post("/{slug}/admin/logout", dependencies=[public()])
async def leave_own_room(request: Request, slug: Slug, context: InContext) -> Response:
    """Leave a provider's own room; other sessions of this browser stay."""
    answer = see(f"/{slug}/admin/login")
    end_session(request, context, Audience.ADMIN)
    clear_session_cookie(answer, Audience.ADMIN)
    return answer


@router.post("/logout", dependencies=[public()])
async def sign_out(request: Request, context: InContext) -> Response:
    """End the browser's sessions, whichever room they are for."""
    answer = see("/")
    for audience in (Audience.SITE, Audience.ADMIN):
        end_session(request, context, audience)
        clear_session_cookie(answer, audience)
    return answer


@router.get("/_account-chip")
async def account_chip(request: Request, context: InContext, principal: Anybody) -> HTMLResponse:
    """Show who is signed in, or the way in: a part of every page's head."""
    account = context.accounts.by_id(principal.user_id) if principal else None
    staff = (
        principal is not None
        and principal.audience is Audience.ADMIN
        and principal.role == Role.ADMIN
    )
    return pages.render(request, "chip.html", account=account, staff=staff)
