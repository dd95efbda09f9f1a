"""What people write, field by field, wherever they write it."""

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

from kit.http import Request
from kit.text_fields import CONTROL_CHARACTERS, LINE, TEXT, normalize_line_ends

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=LINE)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=LINE)]
# A line that may be left empty.
ShortText = Annotated[
    str, StringConstraints(max_length=200, pattern=rf"^[^{CONTROL_CHARACTERS}\t\n]*$")
]
Text = Annotated[
    str, StringConstraints(max_length=10_000, pattern=TEXT), BeforeValidator(normalize_line_ends)
]
PhoneText = Annotated[str, StringConstraints(min_length=3, max_length=40, pattern=LINE)]
# The shape of an address and no more: only writing to it shows whether it is one.
Email = Annotated[
    str,
    StringConstraints(
        max_length=254, pattern=r"^[^@\s<>\"(),:;\[\]\\]+@[^@\s<>\"(),:;\[\]\\]+\.[^@\s.]+$"
    ),
]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=LINE)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
MinorUnits = Annotated[int, Field(ge=0, le=10**12, description="In the currency's smallest unit.")]
Cursor = Annotated[str, StringConstraints(max_length=1024)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="The version that was read.")]
Limit = Annotated[int, Field(ge=1, le=100)]


OwnId = Annotated[
    UUID | None,
    Field(description="Yours, fresh for each: the same again adds nothing and shows it."),
]


class VersionBody(Request):
    """Which version was seen."""

    version: Version
