"""Opening an account, signing in, staying signed in, signing out."""

from fastapi import APIRouter, Request

from auth import settings
from auth.dependencies import FromVisitor, InContext, Keeper
from auth.domain.personal_data import PrivateDetails
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
from auth.service import register as opening
from auth.service import sign_in as signing_in
from contracts.identity import Role
from kit.auth import Audience, Session, admin_network_allowed, public
from kit.auth.tokens import LIFE, sign
from kit.http import API

router = APIRouter(prefix=f"{API}/auth", tags=["auth"])

_CHECK_MAIL = Message(message="Check your e-mail: we sent you a link, if this address is yours.")


@router.post("/register", status_code=202, dependencies=[public()])
async def register(body: RegisterRequest, context: InContext, visitor: FromVisitor) -> Message:
    """Open an account; the answer is the same whether or not the address has one already."""
    application = opening.Application(
        email=body.email,
        password=body.password.get_secret_value(),
        role=Role(body.role),
        details=PrivateDetails(body.first_name, body.last_name, body.phone),
    )
    opening.register(context, application, visitor)
    return _CHECK_MAIL


@router.post("/resend-verification", status_code=202, dependencies=[public()])
async def resend_verification(
    body: EmailRequest, context: InContext, visitor: FromVisitor
) -> Message:
    """Send the link that confirms the address again."""
    opening.resend_verification(context, body.email, visitor)
    return _CHECK_MAIL


@router.post("/verify-email", dependencies=[public()])
async def verify_email(body: TokenRequest, context: InContext, visitor: FromVisitor) -> Message:
    """Confirm the address with the token of the link."""
    opening.verify_email(context, body.token, visitor)
    return Message(message="Your address is confirmed: you can sign in.")


@router.post("/login", dependencies=[public()])
async def login(
    request: Request, body: LoginRequest, context: InContext, visitor: FromVisitor
) -> TokenResponse:
    """Sign in; with two-step sign-in on, `totpCode` is needed too (401, code `totp-required`)."""
    attempt = signing_in.Attempt(
        email=body.email,
        password=body.password.get_secret_value(),
        entry=signing_in.Entry(Audience(body.audience), admin_network_allowed(request)),
        code=body.totp_code,
    )
    return tokens_of(signing_in.sign_in(context, attempt, visitor))


@router.post("/refresh", dependencies=[public()])
async def refresh(body: RefreshRequest, context: InContext, visitor: FromVisitor) -> TokenResponse:
    """Trade a refresh token for the next pair; showing one twice ends the session."""
    session, account = signing_in.renewable(context, body.refresh_token, visitor)
    access_token = _access_token(session)
    _, refresh_token = context.sessions.rotate(body.refresh_token)
    return TokenResponse(
        access_token=access_token,
        expires_in=int(LIFE.total_seconds()),
        refresh_token=refresh_token,
        user=UserSummary.model_validate(account),
    )


@router.post("/logout", status_code=204)
async def logout(principal: Keeper, context: InContext) -> None:
    """End the session that makes this call."""
    context.sessions.revoke(principal.session_id, principal.user_id)


def tokens_of(signed_in: signing_in.SignedIn) -> TokenResponse:
    """Return the first pair of tokens of a new session."""
    return TokenResponse(
        access_token=_access_token(signed_in.session),
        expires_in=int(LIFE.total_seconds()),
        refresh_token=signed_in.credential,
        user=UserSummary.model_validate(signed_in.account),
    )


def _access_token(session: Session) -> str:
    return sign(session, issuer=settings.public_origin(), key_arn=settings.signing_keys()[0])
