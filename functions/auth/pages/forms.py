"""Form models of the pages of auth."""

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
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import TemplateRenderer

pages = TemplateRenderer("auth")


class RegisterForm(RegisterRequest):
    """Registration form: the JSON API's fields, and the required age confirmation."""

    role: Annotated[Literal["client", "escort", "agency"], Field(title=N_("Account type"))]
    adult: Annotated[bool, Field(title=N_("Age"), validate_default=True)] = False

    @field_validator("adult")
    @classmethod
    def is_adult(cls, adult: bool) -> bool:  # noqa: FBT001 - pydantic calls it
        """Require the confirmation that the visitor is an adult."""
        if not adult:
            raise ValueError(_("Confirm that you are 18 or older."))
        return adult


class LoginForm(Body):
    """Password step of the login; `next` is the path to return to."""

    email: Email
    password: Password
    network_may_change: bool = False
    next: str | None = None


class CodeForm(Body):
    """Code step of the login; the challenge proves that the password was right."""

    challenge: Token
    code: TotpOrRecoveryCode
    network_may_change: bool = False
    next: str | None = None


class EmailForm(Body):
    """E-mail address to send a link to."""

    email: Email


class NewPasswordForm(Body):
    """New password, set with a link."""

    new_password: Password


class PasswordForm(Body):
    """Current password, to confirm an action."""

    password: Password


class AppCodeForm(Body):
    """First code of an authenticator app."""

    code: AppCode


class SecondFactorForm(PasswordForm):
    """Current password, a code, and which of the two buttons was pressed."""

    code: TotpOrRecoveryCode
    action: Annotated[Literal["renew", "disable"], Field(title=N_("Button"))]


class DetailsForm(ProfileRequest):
    """Account details; a field left blank is cleared."""

    avatar_url: None = None


class PreferencesForm(PreferencesRequest):
    """Preferences; browsers do not send a checkbox that is not ticked."""

    theme: Annotated[ColourScheme, Field(title=N_("Colours"))] = ColourScheme.SYSTEM
    new_device_mail: bool = False
    news_mail: bool = False


class CloseForm(PasswordForm):
    """Current password, and a confirmation word against accidental closure."""

    confirm: Annotated[
        str, StringConstraints(pattern="^(?i:close)$"), Field(title=N_("The word close"))
    ]
