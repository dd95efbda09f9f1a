"""How much one client may ask for at once: requests hold no time, but each wants an answer."""

from kit.errors import Conflict

MOST_OPEN, MOST_OPEN_WITH_ONE = 10, 5
"""Requests of a client that wait for an answer: at all providers, and at one."""


def require_room(open_requests: int, with_this_one: int) -> None:
    """Refuse one more request of a client who waits for enough answers already."""
    if with_this_one >= MOST_OPEN_WITH_ONE:
        raise Conflict(
            "requests-full-here",
            f"{MOST_OPEN_WITH_ONE} of your requests wait for this provider: wait for an answer, "
            "or take one back.",
        )
    if open_requests >= MOST_OPEN:
        raise Conflict(
            "requests-full",
            f"{MOST_OPEN} of your requests wait for an answer: wait, or take one back.",
        )
