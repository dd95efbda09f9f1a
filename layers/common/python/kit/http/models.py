"""Base models of the JSON API: camelCase in JSON, snake_case in Python."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class ApiModel(BaseModel):
    """Base of request and response models."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        from_attributes=True,
        str_strip_whitespace=True,
    )


class Request(ApiModel):
    """Base of request bodies: an unknown field is refused, since the caller meant it to have an effect."""

    model_config = ConfigDict(extra="forbid")


class Response(ApiModel):
    """Base of response bodies."""


class Page[T](Response):
    """Page of a list; `next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None = None


class FieldProblem(Response):
    """Refused field, by its name in the API, and the message."""

    field: str
    message: str


class Problem(Response):
    """RFC 9457 problem details, the body of every error."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    field: str | None = None
    errors: list[FieldProblem] | None = None
