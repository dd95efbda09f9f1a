"""Second factor of an account: enrolment of an authenticator app, its codes, recovery codes."""

from dataclasses import dataclass
from uuid import UUID

from auth.domain import totp
from auth.domain.accounts import Account
from auth.domain.mails import MailPurpose
from auth.service.context import AuthContext
from auth.service.mail_queue import enqueue_mail
from auth.service.throttles import Throttle, check_rate_limit
from kit.errors import InvalidState, Unauthenticated
from kit.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Secret for the authenticator app, as text and as the URI of a QR code."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class FactorState:
    """State of the second factor: whether it is on, and how many recovery codes are left."""

    enabled: bool
    recovery_codes_left: int


def get_factor_state(context: AuthContext, user_id: UUID) -> FactorState:
    """Return the state of the account's second factor."""
    return FactorState(
        has_second_factor(context, user_id), context.factors.count_recovery_codes(user_id)
    )


def has_second_factor(context: AuthContext, user_id: UUID) -> bool:
    """Tell whether login needs a code."""
    factor = context.factors.get(user_id)
    return factor is not None and factor.confirmed_at is not None


def start_enrolment(context: AuthContext, account: Account) -> Enrolment:
    """Create a secret, in force once its first code is confirmed."""
    secret = totp.new_secret()
    if not context.factors.start_enrolment(
        account.id, context.encryption.encrypt_totp_secret(account.id, secret)
    ):
        raise InvalidState(
            "totp-on", _("Two-step sign-in is on: turn it off first to change the app.")
        )
    return _build_enrolment(account, secret)


def get_pending_enrolment(context: AuthContext, account: Account) -> Enrolment | None:
    """Return the enrolment that waits for its first code, or None."""
    factor = context.factors.get(account.id)
    if factor is None or factor.confirmed_at is not None:
        return None
    return _build_enrolment(
        account, context.encryption.decrypt_totp_secret(account.id, factor.encrypted_secret)
    )


def confirm_enrolment(context: AuthContext, account: Account, code: str) -> list[str]:
    """Turn the second factor on; return the recovery codes, which are shown only once."""
    check_rate_limit(context, Throttle.SECOND_FACTOR, account.id)
    factor = context.factors.get(account.id)
    if factor is None or factor.confirmed_at is not None:
        raise InvalidState("totp-not-waiting", _("There is no enrolment to confirm: start one."))
    secret = context.encryption.decrypt_totp_secret(account.id, factor.encrypted_secret)
    step = totp.find_accepted_step(secret, code, context.now(), factor.last_step)
    if step is None:
        raise _wrong_code_error("code")
    if not context.factors.confirm(account.id, step, context.now()):
        raise InvalidState("totp-not-waiting", _("There is no enrolment to confirm: start one."))
    enqueue_mail(context, account.id, MailPurpose.TWO_STEP_CHANGED, "on")
    return _replace_recovery_codes(context, account.id)


def disable_second_factor(context: AuthContext, account: Account, code: str) -> None:
    """Turn the second factor off."""
    if has_second_factor(context, account.id):
        consume_code(context, account.id, code, field="code")
        enqueue_mail(context, account.id, MailPurpose.TWO_STEP_CHANGED, "off")
    context.factors.delete(account.id)


def renew_recovery_codes(context: AuthContext, account: Account, code: str) -> list[str]:
    """Replace the recovery codes; return the new ones, which are shown only once."""
    if not has_second_factor(context, account.id):
        raise InvalidState("totp-off", _("Two-step sign-in is off: turn it on first."))
    consume_code(context, account.id, code, field="code")
    return _replace_recovery_codes(context, account.id)


def consume_code(context: AuthContext, user_id: UUID, code: str, *, field: str) -> None:
    """Consume a code of the app or a recovery code; raise `Unauthenticated` if it is not valid."""
    check_rate_limit(context, Throttle.SECOND_FACTOR, user_id)
    if totp.looks_like_totp(code):
        is_valid = _consume_totp(context, user_id, code)
    else:
        is_valid = context.factors.consume_recovery_code(user_id, totp.hash_recovery_code(code))
    if not is_valid:
        raise _wrong_code_error(field)


def _consume_totp(context: AuthContext, user_id: UUID, code: str) -> bool:
    factor = context.factors.get(user_id)
    if factor is None or factor.confirmed_at is None:
        return False
    secret = context.encryption.decrypt_totp_secret(user_id, factor.encrypted_secret)
    step = totp.find_accepted_step(secret, code, context.now(), factor.last_step)
    return step is not None and context.factors.consume_step(user_id, step)


def _replace_recovery_codes(context: AuthContext, user_id: UUID) -> list[str]:
    codes = totp.new_recovery_codes()
    context.factors.replace_recovery_codes(user_id, map(totp.hash_recovery_code, codes))
    return codes


def _build_enrolment(account: Account, secret: bytes) -> Enrolment:
    return Enrolment(totp.encode_base32(secret), totp.provisioning_uri(secret, account.email))


def _wrong_code_error(field: str) -> Unauthenticated:
    return Unauthenticated(
        "totp-wrong",
        _("This code is wrong, or was used before: wait for the next one."),
        field=field,
    )
