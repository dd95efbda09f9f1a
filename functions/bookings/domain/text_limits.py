"""Length limits of user-written texts, and removal of invisible characters."""

import re

from kit.errors import Invalid
from kit.i18n import gettext as _
from kit.text_fields import CONTROL_CHARACTERS, normalize_line_ends

MAX_TEXT = MAX_NOTE = 2000
MAX_ADDRESS = MAX_REASON = 500
_INVISIBLE = re.compile(f"[{CONTROL_CHARACTERS}]")


def clean_text(text: str, most: int, field: str, code: str = "text-too-long") -> str:
    """Return a text with normalised line ends, or refuse it and name the field."""
    text = str(normalize_line_ends(text)).strip()
    if len(text) > most:
        raise Invalid(code, _("Up to %(most)s characters.", most=most), field=field)
    if _INVISIBLE.search(text):
        raise Invalid(
            "invisible-characters",
            _("The text contains invisible characters: type it again."),
            field=field,
        )
    return text
