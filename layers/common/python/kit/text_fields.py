"""Patterns of text fields: the permitted characters, and normalised line ends."""

CONTROL_CHARACTERS = r"\x00-\x08\x0b-\x1f\x7f\u2028-\u202e\u2066-\u2069"
"""Control characters and bidirectional overrides, as the content of a character class of `re`."""
LINE = rf"^[^{CONTROL_CHARACTERS}\t\n]+$"
"""Pattern of a single-line text."""
TEXT = rf"^[^{CONTROL_CHARACTERS}]*$"
"""Pattern of a multi-line text."""


def normalize_line_ends(value: object) -> object:
    """Return a text with LF line ends, since browsers send CRLF; return any other value unchanged."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value
