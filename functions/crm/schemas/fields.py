"""Field types shared by schemas and forms."""

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

from kit.http import Request
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
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
MinorUnits = Annotated[int, Field(ge=0, le=10**12, description="In the currency's smallest unit.")]
Cursor = Annotated[str, StringConstraints(max_length=1024)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="The version that was read.")]
Limit = Annotated[int, Field(ge=1, le=100)]


OwnId = Annotated[
    UUID | None,
    Field(
        description="Id chosen by the caller, new for each record: a repeated request returns the existing record."
    ),
]


class VersionBody(Request):
    """Request with the version that the caller read."""

    version: Version
