"""API of the second factor."""

from fastapi import APIRouter

from auth.dependencies import AuthContextDep, CurrentAccount
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
from auth.service.context import AuthContext
from auth.service.sign_in import confirm_password
from kit.auth import Principal
from kit.http import API

router = APIRouter(prefix=f"{API}/auth/totp", tags=["auth"])


@router.get("")
async def get_second_factor(principal: CurrentAccount, context: AuthContextDep) -> FactorResponse:
    """Return whether two-step sign-in is on."""
    return FactorResponse.model_validate(second_factor.get_factor_state(context, principal.user_id))


@router.post("")
async def start_enrolment(
    body: PasswordRequest, principal: CurrentAccount, context: AuthContextDep
) -> EnrolmentResponse:
    """Create a secret for an authenticator app, in force once its first code is verified."""
    account = _require_password(context, principal, body)
    return EnrolmentResponse.model_validate(second_factor.start_enrolment(context, account))


@router.post("/verify")
async def confirm_enrolment(
    body: AppCodeRequest, principal: CurrentAccount, context: AuthContextDep
) -> RecoveryCodesResponse:
    """Turn two-step sign-in on with the app's first code; the recovery codes are shown once."""
    account = context.require_account(principal.user_id)
    codes = second_factor.confirm_enrolment(context, account, body.code)
    return RecoveryCodesResponse(recovery_codes=codes)


@router.post("/disable", status_code=204)
async def disable_second_factor(
    body: FactorRequest, principal: CurrentAccount, context: AuthContextDep
) -> None:
    """Turn two-step sign-in off."""
    second_factor.disable_second_factor(
        context, _require_password(context, principal, body), body.code
    )


@router.post("/recovery-codes")
async def renew_recovery_codes(
    body: FactorRequest, principal: CurrentAccount, context: AuthContextDep
) -> RecoveryCodesResponse:
    """Replace the recovery codes; the new ones are shown once."""
    account = _require_password(context, principal, body)
    codes = second_factor.renew_recovery_codes(context, account, body.code)
    return RecoveryCodesResponse(recovery_codes=codes)


def _require_password(context: AuthContext, principal: Principal, body: PasswordRequest) -> Account:
    account = context.require_account(principal.user_id)
    confirm_password(context, account, body.password.get_secret_value(), "password")
    return account
