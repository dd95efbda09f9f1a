"""Pages of an account: details, preferences, closure."""

from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from auth.dependencies import AuthContextDep
from auth.domain.preferences import Preferences
from auth.pages.forms import CloseForm, DetailsForm, PreferencesForm, pages
from auth.pages.labels import ROLE_LABELS, THEME_LABELS
from auth.service import accounts, status
from auth.service.context import AuthContext
from contracts.identity import Permission
from kit.auth import Audience, Principal, clear_session_cookie, requires
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors, handle_form, redirect

router = APIRouter(include_in_schema=False)

type AccountReader = Annotated[Principal, requires(Permission.READ_OWN_PROFILE)]
type AccountEditor = Annotated[Principal, requires(Permission.UPDATE_OWN_PROFILE)]
type AccountCloser = Annotated[Principal, requires(Permission.CLOSE_OWN_ACCOUNT)]

_SUCCESS_MESSAGES = {
    "profile": N_("Your details are saved."),
    "preferences": N_("Your preferences are saved."),
    "password": N_("Your password is changed. Every other device was signed out."),
    "two-step-off": N_("Two-step sign-in is off."),
    "session": N_("That device is signed out."),
    "sessions": N_("Every other device is signed out."),
}


def success_message(request: Request) -> str:
    """Return the success message of the last form, named by the query parameter `done`."""
    return _(_SUCCESS_MESSAGES.get(request.query_params.get("done", ""), ""))


@router.get("/account")
async def account_page(
    request: Request, principal: AccountReader, context: AuthContextDep
) -> Response:
    """Show the account's details and preferences."""
    return _render_page(request, context, principal)


@router.post("/account/profile")
async def save_details(
    request: Request, principal: AccountEditor, context: AuthContextDep
) -> Response:
    """Save the details."""

    def save(form: DetailsForm) -> Response:
        changes = form.model_dump(exclude={"avatar_url"})
        accounts.update_account_details(context, principal.user_id, changes)
        return redirect("/account?done=profile")

    def render_errors(form: FormErrors, status: int) -> Response:
        return _render_page(request, context, principal, status, details=form)

    return await handle_form(request, DetailsForm, save, render_errors)


@router.post("/account/preferences")
async def save_preferences(
    request: Request, principal: AccountEditor, context: AuthContextDep
) -> Response:
    """Save the preferences."""

    def save(form: PreferencesForm) -> Response:
        preferences = Preferences(**form.model_dump())
        accounts.update_preferences(context, principal.user_id, preferences)
        return redirect("/account?done=preferences")

    def render_errors(form: FormErrors, status: int) -> Response:
        return _render_page(request, context, principal, status, preferences=form)

    return await handle_form(request, PreferencesForm, save, render_errors)


@router.get("/account/close")
async def close_account_page(
    request: Request, principal: AccountCloser, context: AuthContextDep
) -> Response:
    """Show the consequences of closing the account, and ask for confirmation."""
    account = context.require_account(principal.user_id)
    return pages.render(request, "close.html", form=Form(), account=account)


@router.post("/account/close")
async def close_account(
    request: Request, principal: AccountCloser, context: AuthContextDep
) -> Response:
    """Close the account."""
    account = context.require_account(principal.user_id)

    def close(form: CloseForm) -> Response:
        status.close_account(context, principal.user_id, form.password.get_secret_value())
        answer = pages.render(
            request,
            "message.html",
            title=_("Your account is closed"),
            text=_("Your personal data is deleted, and every device was signed out."),
            href="/",
            action=_("Go to the start page"),
        )
        clear_session_cookie(answer, Audience.SITE)
        return answer

    render_errors = partial(pages.render_errors, request, "close.html", account=account)
    return await handle_form(request, CloseForm, close, render_errors)


def _render_page(
    request: Request, context: AuthContext, principal: Principal, status: int = 200, **forms: Form
) -> Response:
    shown = _page_context(request, context, principal) | forms
    return pages.render(request, "account.html", status, **shown)


def _page_context(request: Request, context: AuthContext, principal: Principal) -> dict[str, Any]:
    profile = accounts.read_account_details(context, principal.user_id)
    preferences = asdict(context.accounts.preferences(principal.user_id))
    details = {
        "displayName": profile.account.display_name,
        "firstName": profile.personal_data.first_name,
        "lastName": profile.personal_data.last_name,
        "phone": profile.personal_data.phone,
        "dateOfBirth": profile.personal_data.date_of_birth,
    }
    chosen = {
        "language": preferences["language"],
        "timeZone": preferences["time_zone"],
        "theme": preferences["theme"],
        "newDeviceMail": preferences["new_device_mail"],
        "newsMail": preferences["news_mail"],
    }
    return {
        "account": profile.account,
        "details": Form(details),
        "preferences": Form(chosen),
        "themes": [(theme.value, _(label)) for theme, label in THEME_LABELS.items()],
        "role_labels": ROLE_LABELS,
        "success_message": success_message(request),
    }
