"""Limit of open requests per client: requests hold no slot, but each needs an answer."""

from kit.errors import Conflict
from kit.i18n import gettext as _

MAX_OPEN_REQUESTS, MAX_OPEN_REQUESTS_PER_PROFILE = 10, 5
"""Open requests of a client: with all providers, and with one."""


def require_request_quota(open_requests: int, with_this_one: int) -> None:
    """Refuse another request of a client with too many open requests."""
    if with_this_one >= MAX_OPEN_REQUESTS_PER_PROFILE:
        raise Conflict(
            "too-many-requests-with-provider",
            _(
                "You have %(count)s open requests with this provider: wait for an answer, or cancel one.",
                count=MAX_OPEN_REQUESTS_PER_PROFILE,
            ),
        )
    if open_requests >= MAX_OPEN_REQUESTS:
        raise Conflict(
            "too-many-requests",
            _(
                "You have %(count)s open requests: wait for an answer, or cancel one.",
                count=MAX_OPEN_REQUESTS,
            ),
        )
