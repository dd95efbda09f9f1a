"""What people write to one another: how long it may be, and without what nobody sees."""

import re

from kit.errors import Invalid
from kit.text_fields import CONTROL_CHARACTERS, normalize_line_ends

LONGEST_TEXT = LONGEST_NOTE = 2000
LONGEST_ADDRESS = LONGEST_REASON = 500
_UNSEEN = re.compile(f"[{CONTROL_CHARACTERS}]")


def written(text: str, most: int, field: str, code: str = "text-too-long") -> str:
    """Return a text as it is kept, with lines as everywhere else; or refuse it, naming the field."""
    text = str(normalize_line_ends(text)).strip()
    if len(text) > most:
        raise Invalid(code, f"Up to {most} characters.", field=field)
    if _UNSEEN.search(text):
        raise Invalid(
            "text-unseen", "There are characters in it that nobody sees: type it anew.", field=field
        )
    return text
