"""Pages: one's own profile and preferences, closing the account."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from auth.dependencies import InContext
from auth.domain.preferences import ColourScheme, Preferences
from auth.pages.forms import (
    CloseForm,
    DetailsForm,
    PreferencesForm,
    pages,
    refused,
    see,
)
from auth.service import profile as profiles
from auth.service import status as statuses
from auth.service.context import Context
from contracts.identity import Permission
from kit.auth import Audience, Principal, clear_session_cookie, requires
from kit.errors import DomainError
from kit.pages import Form, FormErrors, read_form

router = APIRouter(include_in_schema=False)

type Reader = Annotated[Principal, requires(Permission.READ_OWN_PROFILE)]
type Editor = Annotated[Principal, requires(Permission.UPDATE_OWN_PROFILE)]
type Closer = Annotated[Principal, requires(Permission.CLOSE_OWN_ACCOUNT)]

_DONE = {
    "profile": "Your details are saved.",
    "preferences": "Your preferences are saved.",
    "password": "Your password is changed. Every other device was signed out.",
    "two-step-off": "Two-step sign-in is off.",
    "session": "That device is signed out.",
    "sessions": "Every other device is signed out.",
}


def done(request: Request) -> str:
    """Return what the last form achieved, to say it once."""
    return _DONE.get(request.query_params.get("done", ""), "")


@router.get("/account")
async def account_page(request: Request, principal: Reader, context: InContext) -> Response:
    """Show one's details and preferences."""
    return pages.render(request, "account.html", **_forms(request, context, principal))


@router.post("/account/profile")
async def save_profile(request: Request, principal: Editor, context: InContext) -> Response:
    """Save the details."""
    form = await read_form(request, DetailsForm)
    if isinstance(form, FormErrors):
        return _again(request, context, principal, details=form)
    try:
        changes = form.model_dump(exclude={"avatar_url"})
        profiles.update_profile(context, principal.user_id, changes)
    except DomainError as error:
        return _again(request, context, principal, details=FormErrors.from_error(error, form))
    return see("/account?done=profile")


@router.post("/account/preferences")
async def save_preferences(request: Request, principal: Editor, context: InContext) -> Response:
    """Save the preferences."""
    form = await read_form(request, PreferencesForm)
    if isinstance(form, FormErrors):
        return _again(request, context, principal, preferences=form)
    try:
        wanted = Preferences(**form.model_dump())
        profiles.update_preferences(context, principal.user_id, wanted)
    except DomainError as error:
        return _again(request, context, principal, preferences=FormErrors.from_error(error, form))
    return see("/account?done=preferences")


@router.get("/account/close")
async def close_page(request: Request, principal: Closer, context: InContext) -> Response:
    """Say what closing means, and ask."""
    account = context.account(principal.user_id)
    return pages.render(request, "close.html", form=Form(), account=account)


@router.post("/account/close")
async def close(request: Request, principal: Closer, context: InContext) -> Response:
    """Close the account."""
    form = await read_form(request, CloseForm)
    account = context.account(principal.user_id)
    if isinstance(form, FormErrors):
        return refused(request, "close.html", form, account=account)
    try:
        statuses.close_account(context, principal.user_id, form.password.get_secret_value())
    except DomainError as error:
        return refused(request, "close.html", error, form, account=account)
    answer = pages.render(
        request,
        "done.html",
        title="Your account is closed",
        text="What we knew about you is deleted, and every device was signed out.",
        href="/",
        action="Go to the start page",
    )
    clear_session_cookie(answer, Audience.SITE)
    return answer


def _again(request: Request, context: Context, principal: Principal, **forms: Form) -> Response:
    shown = _forms(request, context, principal) | forms
    return pages.render(request, "account.html", 422, **shown)


def _forms(request: Request, context: Context, principal: Principal) -> dict[str, Any]:
    profile = profiles.read_profile(context, principal.user_id)
    preferences = asdict(context.accounts.preferences(principal.user_id))
    shown = {
        "displayName": profile.account.display_name,
        "firstName": profile.details.first_name,
        "lastName": profile.details.last_name,
        "phone": profile.details.phone,
        "dateOfBirth": profile.details.date_of_birth,
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
        "details": Form(shown),
        "preferences": Form(chosen),
        "themes": [(theme.value, theme.value.capitalize()) for theme in ColourScheme],
        "done": done(request),
    }
