"""How people are found again: phone numbers, addresses, names and tags in one spelling each.

What is compared by blind index must be spelled the same, or two entries for one person are never found.
"""

import unicodedata

from kit.errors import Invalid


def normalize_phone(text: str, region: str | None = None) -> str:
    """Return a number in E.164; without a country code it is one of `region` (ISO 3166, alpha 2).

    Raises `Invalid` for what cannot be a number.
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
        "Write the number with its country, for example +49 30 1234567.",
        field="phones",
    )


def known_region(region: str) -> str:
    """Return a region that phone numbers may be of; raise `Invalid` for any other."""
    import phonenumbers

    if region in phonenumbers.SUPPORTED_REGIONS:
        return region
    raise Invalid("region-unknown", "Choose a country, for example DE.", field="defaultRegion")


def normalize_email(text: str) -> str:
    """Return an address as it is compared: without spaces around it, in lower case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def name_tokens(*names: str) -> set[str]:
    """Return the words by which somebody is found, without accents and case."""
    plain = unicodedata.normalize("NFKD", " ".join(names)).casefold()
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return {word for word in "".join(s if s.isalnum() else " " for s in letters).split() if word}


def normalize_tag(text: str) -> str:
    """Return a tag as it is compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
