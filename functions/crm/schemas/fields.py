"""Field types shared by schemas and forms."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from crm.domain.text_fields import Email, Line, Name, PhoneText, ShortText, Tag, Text
from kit.http import Request

__all__ = ["Email", "Line", "Name", "PhoneText", "ShortText", "Tag", "Text"]

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
