"""Security pages of an account: password, two-step sign-in, signed-in devices."""

from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from auth.dependencies import AuthContextDep
from auth.domain.accounts import Account
from auth.domain.request_origin import describe_device
from auth.pages.account import success_message
from auth.pages.forms import AppCodeForm, PasswordForm, SecondFactorForm, pages
from auth.pages.labels import AUDIENCE_LABELS
from auth.schemas import ChangePasswordRequest
from auth.service import passwords, second_factor
from auth.service.context import AuthContext
from auth.service.sign_in import confirm_password
from contracts.identity import Permission
from kit.auth import Principal, requires
from kit.pages import EmptyForm, Form, FormErrors, handle_form, read_form, redirect

router = APIRouter(include_in_schema=False)

type CurrentAccount = Annotated[Principal, requires(Permission.MANAGE_OWN_SECURITY)]
type SessionId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


@router.get("/account/security")
async def security_page(
    request: Request, principal: CurrentAccount, context: AuthContextDep
) -> Response:
    """Show the second factor's state and the signed-in devices."""
    return _render_page(request, context, principal)


@router.post("/account/password")
async def change_password(
    request: Request, principal: CurrentAccount, context: AuthContextDep
) -> Response:
    """Change the password."""

    def change(form: ChangePasswordRequest) -> Response:
        current, new = form.current_password, form.new_password
        passwords.change_password(
            context, principal, current.get_secret_value(), new.get_secret_value()
        )
        return redirect("/account/security?done=password")

    def render_errors(form: FormErrors, status: int) -> Response:
        return _render_page(request, context, principal, status, password=form)

    return await handle_form(request, ChangePasswordRequest, change, render_errors)


@router.post("/account/two-step")
async def start_two_step(
    request: Request, principal: CurrentAccount, context: AuthContextDep
) -> Response:
    """Create a secret for an authenticator app."""

    def start(form: PasswordForm) -> Response:
        account = _require_password(context, principal, form)
        second_factor.start_enrolment(context, account)
        return redirect("/account/two-step")

    def render_errors(form: FormErrors, status: int) -> Response:
        return _render_page(request, context, principal, status, enrol=form)

    return await handle_form(request, PasswordForm, start, render_errors)


@router.get("/account/two-step")
async def enrolment_page(
    request: Request, principal: CurrentAccount, context: AuthContextDep
) -> Response:
    """Show the secret as a QR code, and ask for the app's first code."""
    return _render_enrolment(request, context, principal, Form())


@router.post("/account/two-step/verify")
async def verify_two_step(
    request: Request, principal: CurrentAccount, context: AuthContextDep
) -> Response:
    """Turn two-step sign-in on; show the recovery codes, only once."""

    def confirm(form: AppCodeForm) -> Response:
        account = context.require_account(principal.user_id)
        codes = second_factor.confirm_enrolment(context, account, form.code)
        return pages.render(request, "recovery_codes.html", codes=codes)

    render_errors = partial(_render_enrolment, request, context, principal)
    return await handle_form(request, AppCodeForm, confirm, render_errors)


@router.post("/account/two-step/change")
async def change_two_step(
    request: Request, principal: CurrentAccount, context: AuthContextDep
) -> Response:
    """Turn two-step sign-in off, or replace the recovery codes and show the new ones, only once."""

    def change(form: SecondFactorForm) -> Response:
        account = _require_password(context, principal, form)
        if form.action == "disable":
            second_factor.disable_second_factor(context, account, form.code)
            return redirect("/account/security?done=two-step-off")
        codes = second_factor.renew_recovery_codes(context, account, form.code)
        return pages.render(request, "recovery_codes.html", codes=codes)

    def render_errors(form: FormErrors, status: int) -> Response:
        return _render_page(request, context, principal, status, factor_form=form)

    return await handle_form(request, SecondFactorForm, change, render_errors)


@router.post("/account/sessions/{session_id}/end")
async def end_session(
    request: Request, session_id: SessionId, principal: CurrentAccount, context: AuthContextDep
) -> Response:
    """Sign one device out; succeed also if its session has ended already."""
    await read_form(request, EmptyForm)
    context.sessions.revoke(session_id, principal.user_id)
    return redirect("/account/security?done=session")


@router.post("/account/sessions/end")
async def end_sessions(
    request: Request, principal: CurrentAccount, context: AuthContextDep
) -> Response:
    """Sign every other device out."""
    await read_form(request, EmptyForm)
    context.sessions.revoke_all(principal.user_id, except_session_id=principal.session_id)
    return redirect("/account/security?done=sessions")


def _require_password(context: AuthContext, principal: Principal, form: PasswordForm) -> Account:
    account = context.require_account(principal.user_id)
    confirm_password(context, account, form.password.get_secret_value(), "password")
    return account


def _render_page(
    request: Request, context: AuthContext, principal: Principal, status: int = 200, **forms: Form
) -> Response:
    blank: dict[str, Any] = {name: Form() for name in ("password", "enrol", "factor_form")}
    return pages.render(
        request,
        "security.html",
        status,
        **(blank | forms),
        account=context.require_account(principal.user_id),
        factor=second_factor.get_factor_state(context, principal.user_id),
        sessions=context.sessions.list(principal.user_id),
        current=principal.session_id,
        describe_device=describe_device,
        audience_labels=AUDIENCE_LABELS,
        time_zone=ZoneInfo(context.accounts.preferences(principal.user_id).time_zone),
        success_message=success_message(request),
    )


def _render_enrolment(
    request: Request, context: AuthContext, principal: Principal, form: Form, status: int = 200
) -> Response:
    account = context.require_account(principal.user_id)
    enrolment = second_factor.get_pending_enrolment(context, account)
    if enrolment is None:
        return redirect("/account/security")
    return pages.render(
        request,
        "enrolment.html",
        status,
        form=form,
        secret=enrolment.secret,
        qr=_render_qr_code(enrolment.uri),
    )


def _render_qr_code(text: str) -> object:
    # Imported here, since only this page draws a QR code.
    import segno
    from markupsafe import Markup

    svg = segno.make(text, error="m").svg_inline(
        omitsize=True, light="#fff", svgclass="qr", lineclass=None
    )
    return Markup(svg)  # noqa: S704 - drawn by the library from modules, not text
