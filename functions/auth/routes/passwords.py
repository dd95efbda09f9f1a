"""API to reset and change the password."""

from fastapi import APIRouter

from auth.dependencies import AuthContextDep, CurrentAccount, RequestOriginDep
from auth.schemas import ChangePasswordRequest, EmailRequest, Message, ResetPasswordRequest
from auth.service import passwords
from kit.auth import public
from kit.http import API
from kit.i18n import gettext as _

router = APIRouter(prefix=f"{API}/auth", tags=["auth"])


@router.post("/forgot-password", status_code=202, dependencies=[public()])
async def forgot_password(
    body: EmailRequest, context: AuthContextDep, origin: RequestOriginDep
) -> Message:
    """Send a reset link; the response is the same whether or not the address has an account."""
    passwords.request_password_reset(context, body.email, origin)
    return Message(
        message=_("Check your e-mail: we sent you a link, if this address has an account.")
    )


@router.post("/reset-password", dependencies=[public()])
async def reset_password(
    body: ResetPasswordRequest, context: AuthContextDep, origin: RequestOriginDep
) -> Message:
    """Set a new password with the token of a link; every session ends."""
    password = body.new_password.get_secret_value()
    passwords.reset_password(context, body.token, password, origin)
    return Message(message=_("Your password is changed: sign in with it."))


@router.post("/change-password", status_code=204)
async def change_password(
    body: ChangePasswordRequest, principal: CurrentAccount, context: AuthContextDep
) -> None:
    """Change the password after checking the current one; every other session ends."""
    passwords.change_password(
        context,
        principal,
        body.current_password.get_secret_value(),
        body.new_password.get_secret_value(),
    )
