"""Shapes of the JSON API: camelCase outside, snake_case inside."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class ApiModel(BaseModel):
    """What every request and response shares."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        from_attributes=True,
        str_strip_whitespace=True,
    )


class Request(ApiModel):
    """A body sent to us: an unknown field is refused by name, since it was meant to do something."""

    model_config = ConfigDict(extra="forbid")


class Response(ApiModel):
    """A body sent by us."""


class Page[T](Response):
    """One page of a list; `next_cursor` is absent (null) on the last."""

    items: list[T]
    next_cursor: str | None = None


class FieldProblem(Response):
    """One field that was refused, in the API's own spelling."""

    field: str
    message: str


class Problem(Response):
    """RFC 9457 problem details, the form of every error here."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    field: str | None = None
    errors: list[FieldProblem] | None = None
