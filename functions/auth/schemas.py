"""Bodies of the JSON API; the pages' forms are read as the same models where they agree."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, Secret, StringConstraints

from auth.domain.personal_data import MAX_NAME_LENGTH
from auth.domain.preferences import ColourScheme
from contracts.identity import Role, UserStatus
from kit.http import Request, Response

# Printable, without spaces: what an address can be is decided by the domain, with a better sentence.
Email = Annotated[
    str,
    Field(title="E-mail", json_schema_extra={"format": "email"}),
    StringConstraints(max_length=254, pattern=r"^[\x21-\x7e]+$"),
]
# Spaces belong to a password. The bound keeps the hashing cheap; the policy has its own.
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
    """Names and phone are optional, kept encrypted and never shown to others."""

    email: Email
    password: Password
    role: Literal["client", "escort", "agency"]
    first_name: Name | None = None
    last_name: Name | None = None
    phone: Phone | None = None


class LoginRequest(Request):
    """`totpCode`: a code of the authenticator app, or a recovery code."""

    email: Email
    password: Password
    audience: Literal["site", "admin"] = "site"
    totp_code: TotpOrRecoveryCode | None = None


class CrmSessionRequest(Request):
    """The room's address names the account. `totpCode`: of the app, or a recovery code.

    `networkMayChange`: the session goes on when it is used from another network; otherwise it ends.
    """

    password: Password
    totp_code: TotpOrRecoveryCode | None = None
    network_may_change: bool = False


class RefreshRequest(Request):
    """The newest refresh token; every token works once."""

    refresh_token: Credential


class EmailRequest(Request):
    """An address that we should write to."""

    email: Email


class TokenRequest(Request):
    """The token of a link."""

    token: Token


class ResetPasswordRequest(TokenRequest):
    """The token of a link, and the new password."""

    new_password: Password


class ChangePasswordRequest(Request):
    """The current password, and the new one."""

    current_password: Password
    new_password: Password


class PasswordRequest(Request):
    """The current password, for a decision that a borrowed session is not enough for."""

    password: Password


class AppCodeRequest(Request):
    """A code of the authenticator app."""

    code: AppCode


class FactorRequest(PasswordRequest):
    """The current password and a code of the app, or a recovery code."""

    code: TotpOrRecoveryCode


class ProfileRequest(Request):
    """What is absent stays as it is, null clears."""

    display_name: DisplayName | None = None
    avatar_url: AvatarPath | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    phone: Phone | None = None
    date_of_birth: date | None = None


class PreferencesRequest(Request):
    """Language, time zone, colours, and what may be written about."""

    language: Annotated[str, StringConstraints(max_length=10)]
    time_zone: Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")]
    theme: ColourScheme
    new_device_mail: bool
    news_mail: bool


class StatusRequest(Request):
    """What staff decided about an account, and why."""

    status: Literal["active", "suspended", "banned"]
    reason: Annotated[str, StringConstraints(min_length=3, max_length=500, pattern=_LINE)]


class Message(Response):
    """A sentence for the person who asked."""

    message: str


class UserSummary(Response):
    """An account as its owner's client needs it at once."""

    id: UUID
    role: Role
    status: UserStatus
    display_name: str | None


class TokenResponse(Response):
    """`accessToken` goes into the header Authorization; `refreshToken` brings the next pair."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, not a secret
    expires_in: int
    refresh_token: str
    user: UserSummary


class UserResponse(Response):
    """An account in full: for its owner and for staff alone."""

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
    """The preferences in force."""

    language: str
    time_zone: str
    theme: ColourScheme
    new_device_mail: bool
    news_mail: bool


class SessionResponse(Response):
    """One signed-in device."""

    id: str
    audience: str
    device: str
    network: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool


class SessionsResponse(Response):
    """Every live session, the latest first."""

    items: list[SessionResponse]


class FactorResponse(Response):
    """Whether signing in needs a code, and how many recovery codes are left."""

    enabled: bool
    recovery_codes_left: int


class EnrolmentResponse(Response):
    """What the authenticator app needs; it counts once its first code was shown."""

    secret: str
    uri: str


class RecoveryCodesResponse(Response):
    """Shown once: each code works once in place of the app's."""

    recovery_codes: list[str] = Field(min_length=1)


class StatusResponse(Response):
    """Where the account stands now."""

    id: UUID
    status: UserStatus
