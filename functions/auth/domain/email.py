"""E-mail addresses: validation, and the normal form that is unique."""

import re
from typing import NewType

from kit.errors import Invalid
from kit.i18n import gettext as _

EmailAddress = NewType("EmailAddress", str)
"""Valid e-mail address, as its owner spells it."""

MAX_LENGTH = 254

# The pattern of HTML's `input type=email`, with at least one dot in the domain. ASCII only: mail
# services deliver no other local part, and lower() is then the whole of case folding.
_PATTERN = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+"
)


def parse_email(text: str) -> EmailAddress:
    """Return the e-mail address in `text`; raise `Invalid` if it is malformed."""
    address = text.strip()
    if len(address) > MAX_LENGTH or not _PATTERN.fullmatch(address):
        raise Invalid(
            "email-malformed",
            _("This is not an e-mail address: write name@example.com."),
            field="email",
        )
    return EmailAddress(address)


def normalize_email(address: str) -> str:
    """Return the form under which an address is unique: A@x.org becomes a@x.org."""
    return address.strip().lower()
