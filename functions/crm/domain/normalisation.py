"""Normalisation of phone numbers, addresses, names and tags to one spelling each.

A blind index compares exact values: with two spellings, two records of one person would never be found.
"""

import unicodedata

from kit.errors import Invalid
from kit.i18n import gettext as _


def normalize_phone(text: str, region: str | None = None) -> str:
    """Return a number in E.164; without a country code it is a number of `region` (ISO 3166, alpha 2).

    Raises `Invalid` for an impossible number.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        pass
    raise Invalid(
        "phone-malformed",
        _("Write the number with its country, for example +49 30 1234567."),
        field="phones",
    )


def known_region(region: str) -> str:
    """Return a region that has phone numbers; raise `Invalid` for any other."""
    import phonenumbers

    if region in phonenumbers.SUPPORTED_REGIONS:
        return region
    raise Invalid("region-unknown", _("Choose a country, for example DE."), field="defaultRegion")


def normalize_email(text: str) -> str:
    """Return an address without surrounding spaces, in lower case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def name_tokens(*names: str) -> set[str]:
    """Return the searchable words of a name, without accents and case."""
    plain = unicodedata.normalize("NFKD", " ".join(names)).casefold()
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return {word for word in "".join(s if s.isalnum() else " " for s in letters).split() if word}


def normalize_tag(text: str) -> str:
    """Return the form in which tags are compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
