"""API to register, confirm an e-mail address, log in, refresh tokens and log out."""

from fastapi import APIRouter, Request

from auth import settings
from auth.dependencies import AuthContextDep, CurrentAccount, RequestOriginDep
from auth.domain.personal_data import PersonalData
from auth.schemas import (
    EmailRequest,
    LoginRequest,
    Message,
    RefreshRequest,
    RegisterRequest,
    TokenRequest,
    TokenResponse,
    UserSummary,
)
from auth.service import register, sign_in
from contracts.identity import Role
from kit.auth import Audience, Session, admin_network_allowed, public
from kit.auth.tokens import ACCESS_TOKEN_LIFETIME, sign
from kit.http import API
from kit.i18n import N_
from kit.i18n import gettext as _

router = APIRouter(prefix=f"{API}/auth", tags=["auth"])

_CHECK_MAIL = N_("Check your e-mail: we sent you a link, if this address is yours.")


@router.post("/register", status_code=202, dependencies=[public()])
async def register_account(
    body: RegisterRequest, context: AuthContextDep, origin: RequestOriginDep
) -> Message:
    """Register an account; the response is the same whether or not the address has one already."""
    application = register.RegistrationInput(
        email=body.email,
        password=body.password.get_secret_value(),
        role=Role(body.role),
        personal_data=PersonalData(body.first_name, body.last_name, body.phone),
    )
    register.register_account(context, application, origin)
    return Message(message=_(_CHECK_MAIL))


@router.post("/resend-verification", status_code=202, dependencies=[public()])
async def resend_verification(
    body: EmailRequest, context: AuthContextDep, origin: RequestOriginDep
) -> Message:
    """Send the confirmation link again."""
    register.resend_verification(context, body.email, origin)
    return Message(message=_(_CHECK_MAIL))


@router.post("/verify-email", dependencies=[public()])
async def verify_email(
    body: TokenRequest, context: AuthContextDep, origin: RequestOriginDep
) -> Message:
    """Confirm the e-mail address with the token of the link."""
    register.verify_email(context, body.token, origin)
    return Message(message=_("Your address is confirmed: you can sign in."))


@router.post("/login", dependencies=[public()])
async def login(
    request: Request, body: LoginRequest, context: AuthContextDep, origin: RequestOriginDep
) -> TokenResponse:
    """Log in; with two-step sign-in on, `totpCode` is needed too (401, code `totp-required`)."""
    credentials = sign_in.Credentials(
        email=body.email,
        password=body.password.get_secret_value(),
        target=sign_in.LoginTarget(Audience(body.audience), admin_network_allowed(request)),
        code=body.totp_code,
    )
    return token_response(sign_in.sign_in(context, credentials, origin))


@router.post("/refresh", dependencies=[public()])
async def refresh(
    body: RefreshRequest, context: AuthContextDep, origin: RequestOriginDep
) -> TokenResponse:
    """Exchange a refresh token for the next pair; using one twice ends the session."""
    session, account = sign_in.validate_refresh_token(context, body.refresh_token, origin)
    access_token = _access_token(session)
    _session, refresh_token = context.sessions.rotate(body.refresh_token)
    return TokenResponse(
        access_token=access_token,
        expires_in=int(ACCESS_TOKEN_LIFETIME.total_seconds()),
        refresh_token=refresh_token,
        user=UserSummary.model_validate(account),
    )


@router.post("/logout", status_code=204)
async def logout(principal: CurrentAccount, context: AuthContextDep) -> None:
    """End the session of this request."""
    context.sessions.revoke(principal.session_id, principal.user_id)


def token_response(result: sign_in.SignInResult) -> TokenResponse:
    """Return the first token pair of a new session."""
    return TokenResponse(
        access_token=_access_token(result.session),
        expires_in=int(ACCESS_TOKEN_LIFETIME.total_seconds()),
        refresh_token=result.credential,
        user=UserSummary.model_validate(result.account),
    )


def _access_token(session: Session) -> str:
    return sign(session, issuer=settings.public_origin(), key_arn=settings.signing_keys()[0])
