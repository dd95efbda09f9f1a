"""What people write to one another: how long it may be, and without what nobody sees."""

import re

from kit.errors import Invalid

LONGEST_TEXT = LONGEST_NOTE = 2000
LONGEST_ADDRESS = LONGEST_REASON = 500
UNSEEN = r"\x00-\x08\x0b-\x1f\x7f\u2028-\u202e\u2066-\u2069"
"""Control characters, and those that turn the direction of writing around; for a class of `re`."""
_UNSEEN = re.compile(f"[{UNSEEN}]")


def written(text: str, most: int, field: str, code: str = "text-too-long") -> str:
    """Return a text as it is kept, with lines as everywhere else; or refuse it, naming the field."""
    text = text.replace("\r\n", "\n").strip()
    if len(text) > most:
        raise Invalid(code, f"Up to {most} characters.", field=field)
    if _UNSEEN.search(text):
        raise Invalid(
            "text-unseen", "There are characters in it that nobody sees: type it anew.", field=field
        )
    return text
