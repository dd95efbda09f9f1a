"""Pages behind the links in mails.

Opening a link changes nothing, because mail scanners and previews open every link. The button on
the page does.
"""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from auth.dependencies import AuthContextDep, RequestOriginDep
from auth.pages.forms import EmailForm, NewPasswordForm, pages
from auth.service import passwords, register
from kit.auth import public
from kit.errors import DomainError
from kit.i18n import gettext as _
from kit.pages import EmptyForm, Form, FormErrors, handle_form, read_form, redirect

router = APIRouter(include_in_schema=False)

type LinkToken = Annotated[str, Path(max_length=200)]


@router.get("/verify", dependencies=[public()])
async def verify_email_page(request: Request) -> HTMLResponse:
    """Show that a confirmation mail was sent, and offer to send it again."""
    return pages.render(request, "verify.html", form=Form(), sent=True)


@router.post("/verify", dependencies=[public()])
async def resend_verification(
    request: Request, context: AuthContextDep, origin: RequestOriginDep
) -> Response:
    """Send the confirmation link again."""

    def send(form: EmailForm) -> Response:
        register.resend_verification(context, form.email, origin)
        return redirect("/verify")

    render_errors = partial(pages.render_errors, request, "verify.html", sent=False)
    return await handle_form(request, EmailForm, send, render_errors)


@router.get("/verify/{token}", dependencies=[public()])
async def verify_link_page(request: Request, token: LinkToken) -> HTMLResponse:
    """Show the button that confirms the e-mail address."""
    return pages.render(request, "verify_link.html", form=Form(), token=token)


@router.post("/verify/{token}", dependencies=[public()])
async def verify_email(
    request: Request, token: LinkToken, context: AuthContextDep, origin: RequestOriginDep
) -> Response:
    """Confirm the e-mail address."""
    await read_form(request, EmptyForm)
    try:
        register.verify_email(context, token, origin)
    except DomainError as error:
        form = FormErrors.from_error(error, EmptyForm())
        return pages.render_errors(request, "verify.html", form, error.status, sent=False)
    return pages.render(
        request,
        "message.html",
        title=_("Your address is confirmed"),
        text=_("You can sign in now."),
        href="/login",
        action=_("Sign in"),
    )


@router.get("/reset", dependencies=[public()])
async def reset_request_page(request: Request) -> HTMLResponse:
    """Show the form that asks for the account's e-mail address."""
    return pages.render(request, "reset.html", form=Form())


@router.post("/reset", dependencies=[public()])
async def request_password_reset(
    request: Request, context: AuthContextDep, origin: RequestOriginDep
) -> Response:
    """Send a reset link, if the address has an account; the page does not tell."""

    def send(form: EmailForm) -> Response:
        passwords.request_password_reset(context, form.email, origin)
        return pages.render(
            request,
            "message.html",
            title=_("Check your e-mail"),
            text=_(
                "If this address has an account, a link to choose a new password is on its way. "
                "It works once, for one hour."
            ),
            href="/login",
            action=_("Back to sign-in"),
        )

    render_errors = partial(pages.render_errors, request, "reset.html")
    return await handle_form(request, EmailForm, send, render_errors)


@router.get("/reset/{token}", dependencies=[public()])
async def reset_link_page(
    request: Request, token: LinkToken, context: AuthContextDep, origin: RequestOriginDep
) -> Response:
    """Show the form for the new password, if the link is still valid."""
    try:
        passwords.require_valid_reset_link(context, token, origin)
    except DomainError as error:
        form = FormErrors.from_error(error, EmptyForm())
        return pages.render_errors(request, "reset.html", form, error.status)
    return pages.render(request, "reset_link.html", form=Form(), token=token)


@router.post("/reset/{token}", dependencies=[public()])
async def reset_password(
    request: Request, token: LinkToken, context: AuthContextDep, origin: RequestOriginDep
) -> Response:
    """Set the new password."""

    def reset(form: NewPasswordForm) -> Response:
        password = form.new_password.get_secret_value()
        passwords.reset_password(context, token, password, origin)
        return pages.render(
            request,
            "message.html",
            title=_("Your password is changed"),
            text=_("Every device was signed out. Sign in with the new password."),
            href="/login",
            action=_("Sign in"),
        )

    render_errors = partial(pages.render_errors, request, "reset_link.html", token=token)
    return await handle_form(request, NewPasswordForm, reset, render_errors)
