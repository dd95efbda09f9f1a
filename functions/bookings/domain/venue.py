"""Where a meeting takes place: one word, whatever the flags of older clients say."""

from enum import StrEnum

from kit.errors import Invalid


class Venue(StrEnum):
    """At the provider's (incall), at the client's (outcall), or on the way together (travel)."""

    INCALL = "incall"
    OUTCALL = "outcall"
    TRAVEL = "travel"


def venue_of(
    venue: Venue | None, *, is_incall: bool | None = None, is_outcall: bool | None = None
) -> Venue:
    """Return the venue that a request means; the flags count where there is no word."""
    if is_incall and is_outcall:
        raise Invalid(
            "both-venues", "Choose one: at the provider's or at yours, not both.", field="venue"
        )
    flagged = Venue.INCALL if is_incall else Venue.OUTCALL if is_outcall else None
    if venue is None:
        if flagged is None:
            raise Invalid("venue-missing", "Say where: incall, outcall or travel.", field="venue")
        return flagged
    if flagged is not None and flagged is not venue:
        raise Invalid("both-venues", f"venue says {venue}, the flags say {flagged}.", field="venue")
    return venue
