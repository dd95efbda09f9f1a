"""Types of text fields, shared by all requests and forms."""

from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

from kit.text_fields import LINE, TEXT, normalize_line_ends

Name = Annotated[str, StringConstraints(min_length=2, max_length=100, pattern=LINE)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=LINE)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=LINE)]
Bio = Annotated[
    str, StringConstraints(max_length=1000, pattern=TEXT), BeforeValidator(normalize_line_ends)
]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500, pattern=TEXT)]
Word = Annotated[str, StringConstraints(max_length=40)]
Slug = Annotated[str, StringConstraints(max_length=60)]
