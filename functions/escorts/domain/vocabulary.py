"""Vocabulary of profiles: stable keys and their labels."""

from collections.abc import Iterable

from kit.errors import Invalid

SERVICES = {
    "conversation": "Conversation",
    "couples": "Time with couples",
    "culture": "Theatre, opera and museums",
    "dance": "Dancing",
    "dinner": "Dinner date",
    "event": "Events and receptions",
    "intimacy": "Private time",
    "massage": "Massage",
    "overnight": "Overnight",
    "sport": "Sport and outdoors",
    "travel": "Travel companion",
    "video": "Video call",
}

# ISO 639-1
LANGUAGES = {
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "hu": "Hungarian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "mi": "Māori",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}

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
                f"Choose from these: {', '.join(sorted(allowed))}.",
                field=field,
            )
    return chosen
