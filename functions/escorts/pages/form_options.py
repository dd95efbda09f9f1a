"""What a visitor chooses from, in the order in which people look for it."""

from escorts.domain.vocabulary import LANGUAGES, SERVICES
from escorts.pages.filters import SORTS
from escorts.pages.labels import DURATIONS, VENUES_SOUGHT
from escorts.service.search import Total
from kit.pages.formatting import duration

WHEN = [("tonight", "Tonight"), ("now", "Right now")]
DURATION = [(str(minutes), duration(minutes)) for minutes in DURATIONS]
VENUE = [("", "Either"), *VENUES_SOUGHT.items()]
SERVICE = sorted(SERVICES.items(), key=lambda item: item[1])
LANGUAGE = sorted(LANGUAGES.items(), key=lambda item: item[1])
SORT = list(SORTS.items())


def total(count: Total) -> str:
    """Return how many there are, as a heading says it."""
    if count.capped:
        return f"{count.value}+ companions"
    return {0: "Nobody", 1: "1 companion"}.get(count.value, f"{count.value} companions")
