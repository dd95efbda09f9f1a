"""What people write: which characters it may have, and how its lines end."""

CONTROL_CHARACTERS = r"\x00-\x08\x0b-\x1f\x7f\u2028-\u202e\u2066-\u2069"
"""Control characters, and those that turn the direction of writing around; for a class of `re`."""
LINE = rf"^[^{CONTROL_CHARACTERS}\t\n]+$"
"""The pattern of one line."""
TEXT = rf"^[^{CONTROL_CHARACTERS}]*$"
"""The pattern of several."""


def plain_lines(value: object) -> object:
    """Return a text with the line ends of everywhere else; browsers send others."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value
