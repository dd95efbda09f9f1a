"""Two-step sign-in: enrolling an authenticator app, checking its codes, recovery codes."""

from dataclasses import dataclass
from uuid import UUID

from auth.domain import totp
from auth.domain.accounts import Account
from auth.domain.mails import MailPurpose
from auth.service.context import Context
from auth.service.mail_queue import request_mail
from auth.service.throttles import Throttle, count
from kit.errors import InvalidState, Unauthenticated


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the authenticator app needs, by hand or as a QR code."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class FactorState:
    """Whether two-step sign-in is on, and how many recovery codes are left."""

    enabled: bool
    recovery_codes_left: int


def state(context: Context, user_id: UUID) -> FactorState:
    """Return how two-step sign-in stands."""
    return FactorState(
        has_second_factor(context, user_id), context.factors.recovery_codes_left(user_id)
    )


def has_second_factor(context: Context, user_id: UUID) -> bool:
    """Tell whether signing in needs a code."""
    factor = context.factors.get(user_id)
    return factor is not None and factor.confirmed_at is not None


def enrol(context: Context, account: Account) -> Enrolment:
    """Make a secret that counts once its first code was shown."""
    secret = totp.new_secret()
    if not context.factors.begin(account.id, context.vault.seal_secret(account.id, secret)):
        raise InvalidState(
            "totp-on", "Two-step sign-in is on: turn it off first to change the app."
        )
    return _enrolment(account, secret)


def waiting_enrolment(context: Context, account: Account) -> Enrolment | None:
    """Return the enrolment that waits for its first code."""
    factor = context.factors.get(account.id)
    if factor is None or factor.confirmed_at is not None:
        return None
    return _enrolment(account, context.vault.open_secret(account.id, factor.secret_doc))


def confirm(context: Context, account: Account, code: str) -> list[str]:
    """Turn two-step sign-in on; return the recovery codes, which are shown this once."""
    count(context, Throttle.SECOND_FACTOR, account.id)
    factor = context.factors.get(account.id)
    if factor is None or factor.confirmed_at is not None:
        raise InvalidState("totp-not-waiting", "There is no enrolment to confirm: begin one.")
    secret = context.vault.open_secret(account.id, factor.secret_doc)
    step = totp.accepted_step(secret, code, context.now(), factor.last_step)
    if step is None:
        raise _wrong("code")
    if not context.factors.confirm(account.id, step, context.now()):
        raise InvalidState("totp-not-waiting", "There is no enrolment to confirm: begin one.")
    request_mail(context, account.id, MailPurpose.TWO_STEP_CHANGED, "turned on")
    return _new_codes(context, account.id)


def disable(context: Context, account: Account, code: str) -> None:
    """Turn two-step sign-in off."""
    if has_second_factor(context, account.id):
        spend_code(context, account.id, code, field="code")
        request_mail(context, account.id, MailPurpose.TWO_STEP_CHANGED, "turned off")
    context.factors.drop(account.id)


def renew_recovery_codes(context: Context, account: Account, code: str) -> list[str]:
    """Replace the recovery codes; return the new ones, which are shown this once."""
    if not has_second_factor(context, account.id):
        raise InvalidState("totp-off", "Two-step sign-in is off: turn it on first.")
    spend_code(context, account.id, code, field="code")
    return _new_codes(context, account.id)


def spend_code(context: Context, user_id: UUID, code: str, *, field: str) -> None:
    """Use up a code of the app or a recovery code; raise `Unauthenticated` where it is not good."""
    count(context, Throttle.SECOND_FACTOR, user_id)
    if totp.looks_like_totp(code):
        good = _spend_totp(context, user_id, code)
    else:
        good = context.factors.take_recovery_code(user_id, totp.recovery_code_hash(code))
    if not good:
        raise _wrong(field)


def _spend_totp(context: Context, user_id: UUID, code: str) -> bool:
    factor = context.factors.get(user_id)
    if factor is None or factor.confirmed_at is None:
        return False
    secret = context.vault.open_secret(user_id, factor.secret_doc)
    step = totp.accepted_step(secret, code, context.now(), factor.last_step)
    return step is not None and context.factors.spend_step(user_id, step)


def _new_codes(context: Context, user_id: UUID) -> list[str]:
    codes = totp.new_recovery_codes()
    context.factors.replace_recovery_codes(user_id, map(totp.recovery_code_hash, codes))
    return codes


def _enrolment(account: Account, secret: bytes) -> Enrolment:
    return Enrolment(totp.base32(secret), totp.provisioning_uri(secret, account.email))


def _wrong(field: str) -> Unauthenticated:
    return Unauthenticated(
        "totp-wrong",
        "This code is not right, or was used before: wait for the next one.",
        field=field,
    )
