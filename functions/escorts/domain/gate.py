"""The age gate: who is asked, and what the answer is called.

Nobody's identity is in it. What is remembered is that this browser said "18 or older", for 30 days.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from kit.errors import DomainError

COOKIE = "__Host-age"
HEADER = "age-confirmed"
CONFIRMED = "18"
REMEMBERED = timedelta(days=30)
# Our own paths alone: what begins with two slashes, or hides one, is another host.
_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}")


class AgeUnconfirmed(DomainError):
    """The law where the viewer is wants an age confirmed first."""

    status: ClassVar[int] = 451


def age_unconfirmed() -> AgeUnconfirmed:
    """Return what a client that shows no pages is told."""
    return AgeUnconfirmed(
        "age-confirmation-required",
        "Where you are, this is shown after confirming an age: ask your user whether they are 18 "
        "or older, then send the header Age-Confirmed: 18.",
    )


def has_confirmed(cookies: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Tell whether the request says that somebody is old enough."""
    return CONFIRMED in (cookies.get(COOKIE), headers.get(HEADER))


def own_path(text: str) -> str:
    """Return `text` if it is a path of ours, to go on there; else the start page."""
    return text if _OWN_PATH.fullmatch(text) else "/"
