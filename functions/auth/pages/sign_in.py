"""Pages to register, log in and log out, and the account chip of every page's header."""

from functools import partial
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
from kit.pages import Form, handle_form, redirect

router = APIRouter(include_in_schema=False)

type OptionalAccount = Annotated[Principal | None, optional_session(Audience.SITE, Audience.ADMIN)]


@router.get("/register", dependencies=[public()])
async def register_page(request: Request) -> HTMLResponse:
    """Show the registration form."""
    return pages.render(request, "register.html", form=Form({"role": Role.CLIENT}))


@router.post("/register", dependencies=[public()])
async def register_account(
    request: Request, context: AuthContextDep, origin: RequestOriginDep
) -> Response:
    """Register an account; show the same page whether or not the address has one already."""

    def create_account(form: RegisterForm) -> Response:
        application = register.RegistrationInput(
            email=form.email,
            password=form.password.get_secret_value(),
            role=Role(form.role),
            personal_data=PersonalData(form.first_name, form.last_name, form.phone),
        )
        register.register_account(context, application, origin)
        return redirect("/verify")

    render_errors = partial(pages.render_errors, request, "register.html")
    return await handle_form(request, RegisterForm, create_account, render_errors)


@router.get("/login", dependencies=[public()])
async def login_page(request: Request) -> HTMLResponse:
    """Show the password step of the site login."""
    return render_password_step(request, SITE_REALM)


@router.get("/staff/login", dependencies=[public()])
async def staff_login_page(request: Request) -> HTMLResponse:
    """Show the password step of the staff login."""
    return render_password_step(request, STAFF_REALM)


@router.get("/{slug}/admin/login", dependencies=[public()])
async def provider_login_page(request: Request, slug: Slug) -> HTMLResponse:
    """Show the password step of a provider's dashboard login; the same page for every slug."""
    return render_password_step(request, provider_realm(slug))


@router.post("/login", dependencies=[public()])
async def login(request: Request, context: AuthContextDep, origin: RequestOriginDep) -> Response:
    """Handle a step of the site login."""
    return await handle_step(request, context, origin, SITE_REALM)


@router.post("/staff/login", dependencies=[public()])
async def staff_login(
    request: Request, context: AuthContextDep, origin: RequestOriginDep
) -> Response:
    """Handle a step of the staff login."""
    return await handle_step(request, context, origin, STAFF_REALM)


@router.post("/{slug}/admin/login", dependencies=[public()])
async def provider_login(
    request: Request, slug: Slug, context: AuthContextDep, origin: RequestOriginDep
) -> Response:
    """Handle a step of a provider's dashboard login."""
    return await handle_step(request, context, origin, provider_realm(slug))


@router.post("/{slug}/admin/logout", dependencies=[public()])
async def provider_logout(request: Request, slug: Slug, context: AuthContextDep) -> Response:
    """End the session of a provider's dashboard; other sessions of this browser stay."""
    answer = redirect(f"/{slug}/admin/login")
    end_session(request, context, Audience.ADMIN)
    clear_session_cookie(answer, Audience.ADMIN)
    return answer


@router.post("/logout", dependencies=[public()])
async def logout(request: Request, context: AuthContextDep) -> Response:
    """End the browser's site, staff and dashboard sessions."""
    answer = redirect("/")
    for audience in (Audience.SITE, Audience.ADMIN):
        end_session(request, context, audience)
        clear_session_cookie(answer, audience)
    return answer


@router.get("/_account-chip")
async def account_chip(
    request: Request, context: AuthContextDep, principal: OptionalAccount
) -> HTMLResponse:
    """Show the signed-in account, or a link to the login, in every page's header."""
    account = context.accounts.by_id(principal.user_id) if principal else None
    staff = (
        principal is not None
        and principal.audience is Audience.ADMIN
        and principal.role == Role.ADMIN
    )
    return pages.render(request, "_account_chip.html", account=account, staff=staff)
