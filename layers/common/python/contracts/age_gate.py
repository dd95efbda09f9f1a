"""The age gate's rule, which every feature asks by whose public answers it stands.

Nobody's identity is in it: a browser, or a client, says "18 or older".
"""

from collections.abc import Mapping
from typing import ClassVar

from kit.errors import DomainError

COOKIE = "__Host-age"
HEADER = "age-confirmed"
CONFIRMED = "18"


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
