"""What the pages' forms send, and answering one that was refused."""

from typing import Annotated, Any, Literal

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field, StringConstraints, field_validator

from auth.domain.preferences import ColourScheme
from auth.schemas import (
    AnyCode,
    AppCode,
    Email,
    Password,
    PreferencesBody,
    ProfileRequest,
    RegisterRequest,
    Token,
)
from kit.errors import DomainError
from kit.http import Request as Body
from kit.pages import FormErrors, TemplateRenderer

pages = TemplateRenderer("auth")

_MALFORMED = 422


class RegisterForm(RegisterRequest):
    """The JSON API's registration, with the box that nobody may leave empty."""

    adult: Annotated[bool, Field(title="Age", validate_default=True)] = False

    @field_validator("adult")
    @classmethod
    def is_adult(cls, adult: bool) -> bool:  # noqa: FBT001 - pydantic calls it
        """Refuse whoever does not say so."""
        if not adult:
            raise ValueError("Confirm that you are 18 or older.")
        return adult


class SignInForm(Body):
    """The first step of signing in; `next` is where the person wanted to go."""

    email: Email
    password: Password
    network_may_change: bool = False
    next: str | None = None


class CodeForm(Body):
    """The second step; the challenge stands for the password."""

    challenge: Token
    code: AnyCode
    network_may_change: bool = False
    next: str | None = None


class EmailForm(Body):
    """An address that we should write to."""

    email: Email


class NewPasswordForm(Body):
    """A new password, chosen with a link."""

    new_password: Password


class EmptyForm(Body):
    """A button alone."""


class PasswordForm(Body):
    """The current password, to decide something."""

    password: Password


class AppCodeForm(Body):
    """The first code of an authenticator app."""

    code: AppCode


class FactorForm(PasswordForm):
    """The current password and a code, and which of the two buttons was pressed."""

    code: AnyCode
    action: Literal["renew", "disable"]


class DetailsForm(ProfileRequest):
    """The profile; a field left blank is cleared."""

    avatar_url: None = None


class PreferencesForm(PreferencesBody):
    """The preferences; a box that is not ticked is not sent."""

    theme: ColourScheme = ColourScheme.SYSTEM
    new_device_mail: bool = False
    news_mail: bool = False


class CloseForm(PasswordForm):
    """The current password, and the word that nobody types by accident."""

    confirm: Annotated[
        str, StringConstraints(pattern="^(?i:close)$"), Field(title="The word close")
    ]


def refused(
    request: Request,
    template: str,
    error: DomainError | FormErrors,
    model: BaseModel | None = None,
    **context: Any,
) -> HTMLResponse:
    """Show the form again with what is wrong. From 400 on, so that the transaction is undone."""
    if isinstance(error, FormErrors):
        return pages.render(request, template, _MALFORMED, form=error, **context)
    form = (
        FormErrors.from_error(error, model)
        if model is not None
        else FormErrors({}, {"": error.message})
    )
    headers = {"retry-after": str(error.retry_after)} if error.retry_after is not None else None
    return pages.render(request, template, error.status, headers=headers, form=form, **context)


def see(path: str) -> RedirectResponse:
    """Lead the browser on after a form, so that reloading repeats nothing."""
    return RedirectResponse(path, status_code=303)


def local_path(text: str | None, otherwise: str) -> str:
    """Return `text` where it is a path of this site; nobody is led elsewhere by a link to us."""
    if text and text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable():
        return text
    return otherwise
