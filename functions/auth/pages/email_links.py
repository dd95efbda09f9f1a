"""Pages behind the links in our mails.

Opening a link changes nothing: mail scanners and previews open them all. The button on the page
does.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from auth.dependencies import FromVisitor, InContext
from auth.pages.forms import (
    EmailForm,
    EmptyForm,
    NewPasswordForm,
    pages,
    refused,
    see,
)
from auth.service import passwords
from auth.service import register as opening
from kit.auth import public
from kit.errors import DomainError
from kit.pages import Form, FormErrors, read_form

router = APIRouter(include_in_schema=False)

type LinkToken = Annotated[str, Path(max_length=200)]


@router.get("/verify", dependencies=[public()])
async def verify_notice(request: Request) -> HTMLResponse:
    """Say that a mail is on its way, and offer another."""
    return pages.render(request, "verify.html", form=Form(), sent=True)


@router.post("/verify", dependencies=[public()])
async def resend(request: Request, context: InContext, visitor: FromVisitor) -> Response:
    """Send the link again."""
    form = await read_form(request, EmailForm)
    if isinstance(form, FormErrors):
        return refused(request, "verify.html", form, sent=False)
    try:
        opening.resend_verification(context, form.email, visitor)
    except DomainError as error:
        return refused(request, "verify.html", error, form, sent=False)
    return see("/verify")


@router.get("/verify/{token}", dependencies=[public()])
async def verify_link(request: Request, token: LinkToken) -> HTMLResponse:
    """Ask whether to confirm the address."""
    return pages.render(request, "verify_link.html", form=Form(), token=token)


@router.post("/verify/{token}", dependencies=[public()])
async def verify(
    request: Request, token: LinkToken, context: InContext, visitor: FromVisitor
) -> Response:
    """Confirm the address."""
    await read_form(request, EmptyForm)
    try:
        opening.verify_email(context, token, visitor)
    except DomainError as error:
        return refused(request, "verify.html", error, sent=False)
    return pages.render(
        request,
        "done.html",
        title="Your address is confirmed",
        text="You can sign in now.",
        href="/login",
        action="Sign in",
    )


@router.get("/reset", dependencies=[public()])
async def reset_page(request: Request) -> HTMLResponse:
    """Ask for the address."""
    return pages.render(request, "reset.html", form=Form())


@router.post("/reset", dependencies=[public()])
async def request_reset(request: Request, context: InContext, visitor: FromVisitor) -> Response:
    """Send a link, if the address has an account; the page does not tell."""
    form = await read_form(request, EmailForm)
    if isinstance(form, FormErrors):
        return refused(request, "reset.html", form)
    try:
        passwords.forgot_password(context, form.email, visitor)
    except DomainError as error:
        return refused(request, "reset.html", error, form)
    return pages.render(
        request,
        "done.html",
        title="Check your e-mail",
        text="If this address has an account, a link to choose a new password is on its way. "
        "It works once, for one hour.",
        href="/login",
        action="Back to sign-in",
    )


@router.get("/reset/{token}", dependencies=[public()])
async def reset_link(
    request: Request, token: LinkToken, context: InContext, visitor: FromVisitor
) -> Response:
    """Ask for the new password, where the link still works."""
    try:
        passwords.require_reset_link(context, token, visitor)
    except DomainError as error:
        return refused(request, "reset.html", error)
    return pages.render(request, "reset_link.html", form=Form(), token=token)


@router.post("/reset/{token}", dependencies=[public()])
async def reset(
    request: Request, token: LinkToken, context: InContext, visitor: FromVisitor
) -> Response:
    """Set the new password."""
    form = await read_form(request, NewPasswordForm)
    if isinstance(form, FormErrors):
        return refused(request, "reset_link.html", form, token=token)
    try:
        password = form.new_password.get_secret_value()
        passwords.reset_password(context, token, password, visitor)
    except DomainError as error:
        return refused(request, "reset_link.html", error, form, token=token)
    return pages.render(
        request,
        "done.html",
        title="Your password is changed",
        text="Every device was signed out. Sign in with the new password.",
        href="/login",
        action="Sign in",
    )
