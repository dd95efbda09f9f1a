"""Select options of the filter form, in display order."""

from escorts.domain.vocabulary import LANGUAGES
from escorts.pages.filters import SORT_LABELS
from escorts.pages.labels import DURATIONS
from escorts.service.search import Total
from kit.pages.formatting import duration

AVAILABILITY_OPTIONS = [("tonight", "Tonight"), ("now", "Right now")]
DURATION_OPTIONS = [(str(minutes), duration(minutes)) for minutes in DURATIONS]
LANGUAGE_OPTIONS = sorted(LANGUAGES.items(), key=lambda item: item[1])
SORT_OPTIONS = list(SORT_LABELS.items())


def format_total(count: Total) -> str:
    """Return the number of results as a heading."""
    if count.capped:
        return f"{count.value}+ companions"
    return {0: "No companions", 1: "1 companion"}.get(count.value, f"{count.value} companions")
