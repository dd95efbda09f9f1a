"""Vocabulary of profiles: stable keys. Their labels are translated when they are shown."""

from collections.abc import Iterable

from kit.errors import Invalid
from kit.i18n import gettext as _

LANGUAGES = (
    "ar", "cs", "da", "de", "el", "en", "es", "fr", "hi", "hu", "it", "ja", "ko", "mi", "nl", "no",
    "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
"""Codes of languages (ISO 639-1)."""

# Words that match these keys in the free text about ethnicity.
ETHNICITIES = {
    "african": "African",
    "arab": "Arab",
    "asian": "Asian",
    "black": "Black",
    "caribbean": "Caribbean",
    "caucasian": "Caucasian",
    "european": "European",
    "indian": "Indian",
    "latina": "Latina",
    "maori": "Māori",
    "mixed": "Mixed",
    "pacific": "Pacific",
    "persian": "Persian",
    "slavic": "Slavic",
    "turkish": "Turkish",
}

CURRENCIES = ("AUD", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "NOK", "NZD", "PLN", "SEK", "USD")
"""Currency codes (ISO 4217); all of them have two decimals."""


def require_known(values: Iterable[str], known: Iterable[str], field: str) -> tuple[str, ...]:
    """Return `values` without duplicates, or refuse the first value that is not `known`."""
    allowed = frozenset(known)
    chosen = tuple(dict.fromkeys(values))
    for value in chosen:
        if value not in allowed:
            raise Invalid(
                f"unknown-{field.lower()}",
                _("Choose from these: %(keys)s.", keys=", ".join(sorted(allowed))),
                field=field,
            )
    return chosen
