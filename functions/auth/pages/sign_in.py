"""Pages: open an account, sign in, sign out; the account's part of every page's head."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from auth.dependencies import AuthContextDep, RequestOriginDep, Slug
from auth.domain.personal_data import PersonalData
from auth.pages.forms import RegisterForm, pages
from auth.pages.login_flow import (
    SITE_REALM,
    STAFF_REALM,
    end_session,
    handle_step,
    provider_realm,
    render_password_step,
)
from auth.service import register
from contracts.identity import Role
from kit.auth import Audience, Principal, clear_session_cookie, optional_session, public
from kit.errors import DomainError
from kit.pages import Form, FormErrors, read_form, redirect

router = APIRouter(include_in_schema=False)

type OptionalAccount = Annotated[Principal | None, optional_session(Audience.SITE, Audience.ADMIN)]


@router.get("/register", dependencies=[public()])
async def register_page(request: Request) -> HTMLResponse:
    """Show the form that opens an account."""
    return pages.render(request, "register.html", form=Form({"role": Role.CLIENT}))


@router.post("/register", dependencies=[public()])
async def register_account(
    request: Request, context: AuthContextDep, origin: RequestOriginDep
) -> Response:
    """Open an account, and say that a mail is on its way whether or not the address has one."""
    form = await read_form(request, RegisterForm)
    if isinstance(form, FormErrors):
        return pages.render_errors(request, "register.html", form)
    application = register.RegistrationInput(
        email=form.email,
        password=form.password.get_secret_value(),
        role=Role(form.role),
        personal_data=PersonalData(form.first_name, form.last_name, form.phone),
    )
    try:
        register.register_account(context, application, origin)
    except DomainError as error:
        return pages.render_errors(request, "register.html", error, form)
    return redirect("/verify")


@router.get("/login", dependencies=[public()])
async def login_page(request: Request) -> HTMLResponse:
    """Show the first step of signing in."""
    return render_password_step(request, SITE_REALM)


@router.get("/staff/login", dependencies=[public()])
async def staff_login_page(request: Request) -> HTMLResponse:
    """Show the staff's first step."""
    return render_password_step(request, STAFF_REALM)


@router.get("/{slug}/admin/login", dependencies=[public()])
async def provider_login_page(request: Request, slug: Slug) -> HTMLResponse:
    """Show the first step into a provider's own room; the same page at every address."""
    return render_password_step(request, provider_realm(slug))


@router.post("/login", dependencies=[public()])
async def login(request: Request, context: AuthContextDep, origin: RequestOriginDep) -> Response:
    """Take a step of signing in."""
    return await handle_step(request, context, origin, SITE_REALM)


@router.post("/staff/login", dependencies=[public()])
async def staff_login(
    request: Request, context: AuthContextDep, origin: RequestOriginDep
) -> Response:
    """Take a step of the staff's signing in."""
    return await handle_step(request, context, origin, STAFF_REALM)


@router.post("/{slug}/admin/login", dependencies=[public()])
async def provider_login(
    request: Request, slug: Slug, context: AuthContextDep, origin: RequestOriginDep
) -> Response:
    """Take a step into a provider's own room."""
    return await handle_step(request, context, origin, provider_realm(slug))


@router.post("/{slug}/admin/logout", dependencies=[public()])
async def provider_logout(request: Request, slug: Slug, context: AuthContextDep) -> Response:
    """Leave a provider's own room; other sessions of this browser stay."""
    answer = redirect(f"/{slug}/admin/login")
    end_session(request, context, Audience.ADMIN)
    clear_session_cookie(answer, Audience.ADMIN)
    return answer


@router.post("/logout", dependencies=[public()])
async def logout(request: Request, context: AuthContextDep) -> Response:
    """End the browser's sessions, whichever room they are for."""
    answer = redirect("/")
    for audience in (Audience.SITE, Audience.ADMIN):
        end_session(request, context, audience)
        clear_session_cookie(answer, audience)
    return answer


@router.get("/_account-chip")
async def account_chip(
    request: Request, context: AuthContextDep, principal: OptionalAccount
) -> HTMLResponse:
    """Show who is signed in, or the way in: a part of every page's head."""
    account = context.accounts.by_id(principal.user_id) if principal else None
    staff = (
        principal is not None
        and principal.audience is Audience.ADMIN
        and principal.role == Role.ADMIN
    )
    return pages.render(request, "_account_chip.html", account=account, staff=staff)
