"""Types of text fields, with their permitted characters and lengths, for requests, forms and imported files."""

from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

from kit.text_fields import CONTROL_CHARACTERS, LINE, TEXT, normalize_line_ends

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=LINE)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=LINE)]
# One line of text, which may be empty.
ShortText = Annotated[
    str, StringConstraints(max_length=200, pattern=rf"^[^{CONTROL_CHARACTERS}\t\n]*$")
]
Text = Annotated[
    str, StringConstraints(max_length=10_000, pattern=TEXT), BeforeValidator(normalize_line_ends)
]
PhoneText = Annotated[str, StringConstraints(min_length=3, max_length=40, pattern=LINE)]
# Check only the shape of an address: sending a mail is the only test of whether it exists.
Email = Annotated[
    str,
    StringConstraints(
        max_length=254, pattern=r"^[^@\s<>\"(),:;\[\]\\]+@[^@\s<>\"(),:;\[\]\\]+\.[^@\s.]+$"
    ),
]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=LINE)]
# An id that a file names may be any text, and stands for a row's whole content if the file names none.
ImportKey = Annotated[str, StringConstraints(max_length=20_000)]
