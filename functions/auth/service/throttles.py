"""Rate limits of auth, in one table for review.

Attempts of strangers are counted by network and by the e-mail address tried, whether or not it has
an account, so that a limit does not tell which addresses have one.
"""

from datetime import timedelta
from enum import StrEnum

from auth.service.context import AuthContext


class Throttle(StrEnum):
    """Action that is limited, and the key that it is counted by."""

    REGISTER_NETWORK = "register:network"
    REGISTER_EMAIL = "register:email"
    SIGN_IN_NETWORK = "sign-in:network"
    SIGN_IN_ACCOUNT = "sign-in:account"
    SIGN_IN_SLUG = "sign-in:slug"
    SECOND_FACTOR = "second-factor:account"
    REFRESH_NETWORK = "refresh:network"
    MAIL_NETWORK = "mail:network"
    MAIL_EMAIL = "mail:email"
    LINK_NETWORK = "link:network"
    PASSWORD_ACCOUNT = "password:account"  # noqa: S105 - a counter, not a password


_LIMITS = {
    Throttle.REGISTER_NETWORK: (20, timedelta(hours=1)),
    Throttle.REGISTER_EMAIL: (5, timedelta(hours=1)),
    Throttle.SIGN_IN_NETWORK: (60, timedelta(minutes=10)),
    Throttle.SIGN_IN_ACCOUNT: (10, timedelta(minutes=15)),
    Throttle.SIGN_IN_SLUG: (10, timedelta(minutes=15)),
    Throttle.SECOND_FACTOR: (10, timedelta(hours=1)),
    Throttle.REFRESH_NETWORK: (300, timedelta(minutes=10)),
    Throttle.MAIL_NETWORK: (20, timedelta(hours=1)),
    Throttle.MAIL_EMAIL: (3, timedelta(hours=1)),
    Throttle.LINK_NETWORK: (60, timedelta(hours=1)),
    Throttle.PASSWORD_ACCOUNT: (10, timedelta(minutes=15)),
}


def check_rate_limit(context: AuthContext, throttle: Throttle, key: object) -> None:
    """Count one attempt; raise `RateLimited` above the limit."""
    limit, window = _LIMITS[throttle]
    context.limiter.hit(f"auth:{throttle}:{key}", limit=limit, window=window)
