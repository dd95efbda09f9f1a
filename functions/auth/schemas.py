"""Request and response models of the JSON API; the page forms reuse them where the fields agree."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, Secret, StringConstraints

from auth.domain.personal_data import MAX_NAME_LENGTH
from auth.domain.preferences import ColourScheme
from contracts.identity import Role, UserStatus
from kit.http import Request, Response
from kit.i18n import N_

# Printable, without spaces only: the domain decides what is an address, with a better message.
Email = Annotated[
    str,
    Field(title=N_("E-mail"), json_schema_extra={"format": "email"}),
    StringConstraints(max_length=254, pattern=r"^[\x21-\x7e]+$"),
]
# Spaces are part of a password. The limit keeps hashing cheap; the password policy has its own.
Password = Annotated[
    Secret[Annotated[str, StringConstraints(strip_whitespace=False, max_length=1000)]],
    Field(json_schema_extra={"format": "password", "writeOnly": True}),
]
Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{20,200}$")]
Credential = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{20,200}$")]
AppCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
TotpOrRecoveryCode = Annotated[
    str, StringConstraints(min_length=6, max_length=40, pattern=r"^[\x20-\x7e]+$")
]
_LINE = r"^[^\x00-\x1f\x7f]+$"
Name = Annotated[str, StringConstraints(max_length=MAX_NAME_LENGTH, pattern=_LINE)]
DisplayName = Annotated[str, StringConstraints(max_length=60, pattern=_LINE)]
Phone = Annotated[str, StringConstraints(max_length=40, pattern=_LINE)]
# Our own media only: the pages load nothing from anyone else.
AvatarPath = Annotated[
    str, StringConstraints(max_length=500, pattern=r"^/media/[\w-]+([./][\w-]+)*$")
]


class RegisterRequest(Request):
    """Registration of an account. Names and phone are optional, encrypted and never shown to others."""

    email: Email
    password: Password
    role: Literal["client", "escort", "agency"]
    first_name: Name | None = None
    last_name: Name | None = None
    phone: Phone | None = None


class LoginRequest(Request):
    """Login with e-mail and password. `totpCode`: a code of the authenticator app, or a recovery code."""

    email: Email
    password: Password
    audience: Literal["site", "admin"] = "site"
    totp_code: TotpOrRecoveryCode | None = None


class CrmSessionRequest(Request):
    """Login to a CRM; the slug of the path names the account.

    `totpCode`: a code of the authenticator app, or a recovery code. `networkMayChange`: the session
    continues when it is used from another network; otherwise it ends.
    """

    password: Password
    totp_code: TotpOrRecoveryCode | None = None
    network_may_change: bool = False


class RefreshRequest(Request):
    """The current refresh token; every token works once."""

    refresh_token: Credential


class EmailRequest(Request):
    """E-mail address to send a link to."""

    email: Email


class TokenRequest(Request):
    """Token of a link."""

    token: Token


class ResetPasswordRequest(TokenRequest):
    """Token of a link, and the new password."""

    new_password: Password


class ChangePasswordRequest(Request):
    """Current password, and the new one."""

    current_password: Password
    new_password: Password


class PasswordRequest(Request):
    """Current password, for actions that a stolen session must not allow."""

    password: Password


class AppCodeRequest(Request):
    """Code of the authenticator app."""

    code: AppCode


class FactorRequest(PasswordRequest):
    """Current password, and a code of the app or a recovery code."""

    code: TotpOrRecoveryCode


class ProfileRequest(Request):
    """Changes to an account's details: an absent field is unchanged, null clears it."""

    display_name: DisplayName | None = None
    avatar_url: AvatarPath | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    phone: Phone | None = None
    date_of_birth: date | None = None


class PreferencesRequest(Request):
    """Language, time zone, colour scheme, and the mails that the account wants."""

    language: Annotated[str, StringConstraints(max_length=10)]
    time_zone: Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")]
    theme: ColourScheme
    new_device_mail: bool
    news_mail: bool


class StatusRequest(Request):
    """New status of an account, and the reason that staff give for it."""

    status: Literal["active", "suspended", "banned"]
    reason: Annotated[str, StringConstraints(min_length=3, max_length=500, pattern=_LINE)]


class Message(Response):
    """Message for the caller."""

    message: str


class UserSummary(Response):
    """Account summary that a client needs right after login."""

    id: UUID
    role: Role
    status: UserStatus
    display_name: str | None


class TokenResponse(Response):
    """Token pair: `accessToken` for the header Authorization, `refreshToken` for the next pair."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, not a secret
    expires_in: int
    refresh_token: str
    user: UserSummary


class UserResponse(Response):
    """Full account, for its owner and for staff only."""

    id: UUID
    email: str
    email_verified: bool
    role: Role
    status: UserStatus
    display_name: str | None
    avatar_url: str | None
    first_name: str | None
    last_name: str | None
    phone: str | None
    date_of_birth: date | None
    created_at: datetime
    updated_at: datetime


class PreferencesResponse(Response):
    """Preferences of an account."""

    language: str
    time_zone: str
    theme: ColourScheme
    new_device_mail: bool
    news_mail: bool


class SessionResponse(Response):
    """Session of one signed-in device."""

    id: str
    audience: str
    device: str
    network: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool


class SessionsResponse(Response):
    """Active sessions, newest first."""

    items: list[SessionResponse]


class FactorResponse(Response):
    """State of the second factor: whether login needs a code, and the recovery codes left."""

    enabled: bool
    recovery_codes_left: int


class EnrolmentResponse(Response):
    """Secret for the authenticator app; in force once its first code was verified."""

    secret: str
    uri: str


class RecoveryCodesResponse(Response):
    """Recovery codes, shown once; each replaces one code of the app."""

    recovery_codes: list[str] = Field(min_length=1)


class StatusResponse(Response):
    """Account id and its new status."""

    id: UUID
    status: UserStatus
