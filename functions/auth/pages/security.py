"""Pages: password, two-step sign-in, signed-in devices."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from auth.dependencies import InContext
from auth.domain.accounts import Account
from auth.pages.account import done
from auth.pages.forms import AppCodeForm, EmptyForm, FactorForm, PasswordForm, pages, see
from auth.schemas import ChangePasswordRequest
from auth.service import passwords, second_factor
from auth.service.context import Context
from auth.service.sign_in import confirm_password
from contracts.identity import Permission
from kit.auth import Principal, requires
from kit.errors import DomainError
from kit.pages import Form, FormErrors, read_form

router = APIRouter(include_in_schema=False)

type Keeper = Annotated[Principal, requires(Permission.MANAGE_OWN_SECURITY)]
type SessionId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


@router.get("/account/security")
async def security_page(request: Request, principal: Keeper, context: InContext) -> Response:
    """Show how the account is protected, and where it is signed in."""
    return _page(request, context, principal)


@router.post("/account/password")
async def change_password(request: Request, principal: Keeper, context: InContext) -> Response:
    """Choose a new password."""
    form = await read_form(request, ChangePasswordRequest)
    if isinstance(form, FormErrors):
        return _page(request, context, principal, 422, password=form)
    try:
        passwords.change_password(
            context,
            principal,
            form.current_password.get_secret_value(),
            form.new_password.get_secret_value(),
        )
    except DomainError as error:
        shown = FormErrors.from_error(error, form)
        return _page(request, context, principal, error.status, password=shown)
    return see("/account/security?done=password")


@router.post("/account/two-step")
async def begin_two_step(request: Request, principal: Keeper, context: InContext) -> Response:
    """Make a secret for an authenticator app."""
    form = await read_form(request, PasswordForm)
    if isinstance(form, FormErrors):
        return _page(request, context, principal, 422, enrol=form)
    try:
        account = _confirmed(context, principal, form)
        second_factor.enrol(context, account)
    except DomainError as error:
        return _page(
            request, context, principal, error.status, enrol=FormErrors.from_error(error, form)
        )
    return see("/account/two-step")


@router.get("/account/two-step")
async def enrolment_page(request: Request, principal: Keeper, context: InContext) -> Response:
    """Show the secret as a QR code, and ask for the app's first code."""
    return _enrolment(request, context, principal, Form())


@router.post("/account/two-step/verify")
async def verify_two_step(request: Request, principal: Keeper, context: InContext) -> Response:
    """Turn two-step sign-in on; show the recovery codes, this once."""
    form = await read_form(request, AppCodeForm)
    if isinstance(form, FormErrors):
        return _enrolment(request, context, principal, form, 422)
    try:
        account = context.account(principal.user_id)
        codes = second_factor.confirm(context, account, form.code)
    except DomainError as error:
        return _enrolment(
            request, context, principal, FormErrors.from_error(error, form), error.status
        )
    return pages.render(request, "recovery_codes.html", codes=codes)


@router.post("/account/two-step/change")
async def change_two_step(request: Request, principal: Keeper, context: InContext) -> Response:
    """Turn two-step sign-in off, or replace the recovery codes and show the new ones, this once."""
    form = await read_form(request, FactorForm)
    if isinstance(form, FormErrors):
        return _page(request, context, principal, 422, factor_form=form)
    try:
        account = _confirmed(context, principal, form)
        if form.action == "disable":
            second_factor.disable(context, account, form.code)
            return see("/account/security?done=two-step-off")
        codes = second_factor.renew_recovery_codes(context, account, form.code)
    except DomainError as error:
        shown = FormErrors.from_error(error, form)
        return _page(request, context, principal, error.status, factor_form=shown)
    return pages.render(request, "recovery_codes.html", codes=codes)


@router.post("/account/sessions/{session_id}/end")
async def end_session(
    request: Request, session_id: SessionId, principal: Keeper, context: InContext
) -> Response:
    """Sign one device out; one that is gone already is as good."""
    await read_form(request, EmptyForm)
    context.sessions.revoke(session_id, principal.user_id)
    return see("/account/security?done=session")


@router.post("/account/sessions/end")
async def end_sessions(request: Request, principal: Keeper, context: InContext) -> Response:
    """Sign every other device out."""
    await read_form(request, EmptyForm)
    context.sessions.revoke_all(principal.user_id, except_session_id=principal.session_id)
    return see("/account/security?done=sessions")


def _confirmed(context: Context, principal: Principal, form: PasswordForm) -> Account:
    account = context.account(principal.user_id)
    confirm_password(context, account, form.password.get_secret_value(), "password")
    return account


def _page(
    request: Request, context: Context, principal: Principal, status: int = 200, **forms: Form
) -> Response:
    blank: dict[str, Any] = {name: Form() for name in ("password", "enrol", "factor_form")}
    return pages.render(
        request,
        "security.html",
        status,
        **(blank | forms),
        account=context.account(principal.user_id),
        factor=second_factor.state(context, principal.user_id),
        sessions=context.sessions.list(principal.user_id),
        current=principal.session_id,
        zone=ZoneInfo(context.accounts.preferences(principal.user_id).time_zone),
        done=done(request),
    )


def _enrolment(
    request: Request, context: Context, principal: Principal, form: Form, status: int = 200
) -> Response:
    account = context.account(principal.user_id)
    enrolment = second_factor.waiting_enrolment(context, account)
    if enrolment is None:
        return see("/account/security")
    return pages.render(
        request,
        "enrolment.html",
        status,
        form=form,
        secret=enrolment.secret,
        qr=_qr(enrolment.uri),
    )


def _qr(text: str) -> object:
    # Only this page draws one.
    import segno
    from markupsafe import Markup

    drawing = segno.make(text, error="m").svg_inline(
        omitsize=True, light="#fff", svgclass="qr", lineclass=None
    )
    return Markup(drawing)  # noqa: S704 - drawn by the library from modules, not text
