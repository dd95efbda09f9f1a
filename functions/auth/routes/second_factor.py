"""Two-step sign-in."""

from fastapi import APIRouter

from auth.dependencies import InContext, Keeper
from auth.domain.accounts import Account
from auth.schemas import (
    AppCodeRequest,
    EnrolmentResponse,
    FactorRequest,
    FactorResponse,
    PasswordRequest,
    RecoveryCodesResponse,
)
from auth.service import second_factor
from auth.service.context import Context
from auth.service.sign_in import confirm_password
from kit.auth import Principal
from kit.http import API

router = APIRouter(prefix=f"{API}/auth/totp", tags=["auth"])


@router.get("")
async def state(principal: Keeper, context: InContext) -> FactorResponse:
    """Return whether two-step sign-in is on."""
    return FactorResponse.model_validate(second_factor.state(context, principal.user_id))


@router.post("")
async def enrol(body: PasswordRequest, principal: Keeper, context: InContext) -> EnrolmentResponse:
    """Make a secret for an authenticator app; it counts once its first code was verified."""
    account = _confirmed(context, principal, body)
    return EnrolmentResponse.model_validate(second_factor.enrol(context, account))


@router.post("/verify")
async def verify(
    body: AppCodeRequest, principal: Keeper, context: InContext
) -> RecoveryCodesResponse:
    """Turn two-step sign-in on with the app's first code; the recovery codes are shown once."""
    account = context.account(principal.user_id)
    codes = second_factor.confirm(context, account, body.code)
    return RecoveryCodesResponse(recovery_codes=codes)


@router.post("/disable", status_code=204)
async def disable(body: FactorRequest, principal: Keeper, context: InContext) -> None:
    """Turn two-step sign-in off."""
    second_factor.disable(context, _confirmed(context, principal, body), body.code)


@router.post("/recovery-codes")
async def recovery_codes(
    body: FactorRequest, principal: Keeper, context: InContext
) -> RecoveryCodesResponse:
    """Replace the recovery codes; the new ones are shown once."""
    account = _confirmed(context, principal, body)
    codes = second_factor.renew_recovery_codes(context, account, body.code)
    return RecoveryCodesResponse(recovery_codes=codes)


def _confirmed(context: Context, principal: Principal, body: PasswordRequest) -> Account:
    account = context.account(principal.user_id)
    confirm_password(context, account, body.password.get_secret_value(), "password")
    return account
