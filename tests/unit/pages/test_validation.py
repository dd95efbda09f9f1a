from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from kit.validation import field_name, field_problems, sentences


class Sample(BaseModel):
    count: Annotated[int, Field(ge=1, le=9)] = 1
    price: float = 1
    role: Literal["client", "escort"] = "client"
    day: date = date(2031, 1, 1)
    at: datetime = datetime(2031, 1, 1)  # noqa: DTZ001 - only the default
    who: UUID = UUID(int=0)
    flag: bool = False
    nick: Annotated[str, Field(min_length=3)] = "abc"
    own: str = ""
    custom: str = ""
    word: Annotated[str, Field(min_length=1)] = "x"
    tags: Annotated[list[str], Field(max_length=1)] = []

    @field_validator("own")
    @classmethod
    def _own(cls, value: str) -> str:
        if value:
            raise ValueError("Choose a city that we serve.")
        return value

    @field_validator("custom")
    @classmethod
    def _custom(cls, value: str) -> str:
        if value:
            raise PydanticCustomError("city_closed", "This city is closed.")
        return value


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("count", "private-input", "Enter a whole number."),
        ("count", 0, "Enter 1 or more."),
        ("count", 10, "Enter 9 or less."),
        ("price", "private-input", "Enter a number."),
        ("role", "private-input", "Choose one of these: client, escort."),
        ("day", "private-input", "Enter a date like 2031-05-24."),
        ("at", "private-input", "Enter a date and time like 2031-05-24T18:00:00Z."),
        ("who", "private-input", "This is not a valid id."),
        ("flag", "private-input", "Choose yes or no."),
        ("nick", "ab", "Use at least 3 characters."),
        ("nick", 5, "Enter text."),
        ("own", "private-input", "Choose a city that we serve."),
        ("custom", "private-input", "This city is closed."),
        ("word", "", "Fill this in."),
        ("tags", ["a", "b"], "Give at most 1."),
        ("tags", "private-input", "Send a list."),
    ],
)
def test_message_tells_what_to_enter(field: str, value: object, expected: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Sample.model_validate({field: value})

    assert sentences(caught.value.errors()) == {field: expected}


def test_message_of_unknown_type_does_not_repeat_input() -> None:
    class Either(BaseModel):
        value: str | bytes

    with pytest.raises(ValidationError) as caught:
        Either.model_validate({"value": 12345})

    assert field_problems(caught.value.errors()) == [
        {"field": "value.str", "message": "Enter text."},
        {"field": "value.bytes", "message": "Check this value."},
    ]


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (("body", "email"), "email"),
        (("query", "page"), "page"),
        (("body",), ""),
        (("body", "rates", 2, "amount"), "rates.2.amount"),
        (("email",), "email"),
    ],
)
def test_field_name_omits_request_part(location: tuple[int | str, ...], expected: str) -> None:
    assert field_name(location) == expected
