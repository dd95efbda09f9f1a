"""Age gate: the rule shared by all features with public answers.

No identity is involved: a browser or an API client states "18 or older".
"""

from collections.abc import Mapping
from typing import ClassVar

from kit.errors import DomainError
from kit.i18n import gettext as _

COOKIE = "__Host-age"
HEADER = "age-confirmed"
CONFIRMED = "18"


class AgeUnconfirmed(DomainError):
    """Error for a request without a confirmed age, where the viewer's law requires one."""

    status: ClassVar[int] = 451


def age_unconfirmed() -> AgeUnconfirmed:
    """Return the error for API clients without a confirmed age."""
    return AgeUnconfirmed(
        "age-confirmation-required",
        _(
            "The law at your location requires an age check: ask your user whether they are 18 "
            "or older, then send the header Age-Confirmed: 18."
        ),
    )


def has_confirmed(cookies: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Tell whether the request states that the user is old enough."""
    return CONFIRMED in (cookies.get(COOKIE), headers.get(HEADER))
