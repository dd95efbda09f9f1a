"""Venue of a meeting: one value, also for the boolean flags of older API clients."""

from enum import StrEnum

from kit.errors import Invalid
from kit.i18n import gettext as _


class Venue(StrEnum):
    """At the provider's (incall), at the client's (outcall), or travelling together (travel)."""

    INCALL = "incall"
    OUTCALL = "outcall"
    TRAVEL = "travel"


def resolve_venue(
    venue: Venue | None, *, is_incall: bool | None = None, is_outcall: bool | None = None
) -> Venue:
    """Return the venue of a request; the flags count only without a venue."""
    if is_incall and is_outcall:
        raise Invalid(
            "both-venues",
            _("Choose one venue: at the provider's or at yours, not both."),
            field="venue",
        )
    flagged = Venue.INCALL if is_incall else Venue.OUTCALL if is_outcall else None
    if venue is None:
        if flagged is None:
            raise Invalid(
                "venue-missing", _("Choose a venue: incall, outcall or travel."), field="venue"
            )
        return flagged
    if flagged is not None and flagged is not venue:
        raise Invalid(
            "both-venues",
            _("venue says %(venue)s, the flags say %(flagged)s.", venue=venue, flagged=flagged),
            field="venue",
        )
    return venue
