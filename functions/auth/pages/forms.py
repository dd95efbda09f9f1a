"""What the pages' forms send, and answering one that was refused."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from auth.domain.preferences import ColourScheme
from auth.schemas import (
    AppCode,
    Email,
    Password,
    PreferencesRequest,
    ProfileRequest,
    RegisterRequest,
    Token,
    TotpOrRecoveryCode,
)
from kit.http import Request as Body
from kit.pages import TemplateRenderer

pages = TemplateRenderer("auth")


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


class LoginForm(Body):
    """The first step of signing in; `next` is where the person wanted to go."""

    email: Email
    password: Password
    network_may_change: bool = False
    next: str | None = None


class CodeForm(Body):
    """The second step; the challenge stands for the password."""

    challenge: Token
    code: TotpOrRecoveryCode
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


class SecondFactorForm(PasswordForm):
    """The current password and a code, and which of the two buttons was pressed."""

    code: TotpOrRecoveryCode
    action: Literal["renew", "disable"]


class DetailsForm(ProfileRequest):
    """The profile; a field left blank is cleared."""

    avatar_url: None = None


class PreferencesForm(PreferencesRequest):
    """The preferences; a box that is not ticked is not sent."""

    theme: ColourScheme = ColourScheme.SYSTEM
    new_device_mail: bool = False
    news_mail: bool = False


class CloseForm(PasswordForm):
    """The current password, and the word that nobody types by accident."""

    confirm: Annotated[
        str, StringConstraints(pattern="^(?i:close)$"), Field(title="The word close")
    ]
