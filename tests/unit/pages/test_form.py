import asyncio
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from kit.errors import Conflict, Invalid, TooLarge
from kit.pages import Form, FormErrors, read_form
from kit.pages.form import MAX_BYTES, MAX_FIELDS
from tests.unit.pages.conftest import MakeRequest

type Languages = Annotated[list[Literal["en", "pt"]], Field(max_length=9)] | None
type Secret = SecretStr


class Sample(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(pattern=r"^\S+@\S+$", title="E-mail")]
    password: str = "unset"
    key: Annotated[Secret | None, Field(max_length=9)] = None
    first_name: Annotated[str | None, Field(alias="firstName", max_length=5)] = None
    role: Literal["client", "escort"] = "client"
    languages: Languages = None
    adult: bool = False
    about: str = ""
    body: Annotated[str, Field(max_length=3)] = ""


def read(request_for: MakeRequest, *fields: tuple[str, str]) -> Sample | FormErrors:
    return asyncio.run(read_form(request_for(fields=list(fields)), Sample))


def refused(request_for: MakeRequest, *fields: tuple[str, str]) -> FormErrors:
    form = read(request_for, *fields)
    assert isinstance(form, FormErrors)
    return form


def test_read_form_valid_returns_model(request_for: MakeRequest) -> None:
    data = read(
        request_for,
        ("email", " ada@example.org "),
        ("firstName", ""),
        ("languages", "pt"),
        ("adult", "on"),
        ("about", "one\r\ntwo\x00 "),
    )

    assert data == Sample(email="ada@example.org", languages=["pt"], adult=True, about="one\ntwo")


def test_read_form_repeated_list_field_is_list(request_for: MakeRequest) -> None:
    data = read(request_for, ("email", "a@b"), ("languages", "pt"), ("languages", "en"))

    assert isinstance(data, Sample)
    assert data.languages == ["pt", "en"]


def test_read_form_repeated_single_field_takes_last(request_for: MakeRequest) -> None:
    data = read(request_for, ("email", "a@b"), ("role", "client"), ("role", "escort"))

    assert isinstance(data, Sample)
    assert data.role == "escort"


def test_read_form_invalid_keeps_values_and_messages(request_for: MakeRequest) -> None:
    form = refused(request_for, ("email", "ada"), ("firstName", "Augusta"), ("languages", "xx"))

    assert form.value("email") == "ada"
    assert form.value("firstName") == "Augusta"
    assert form.selected("languages") == ["xx"]
    assert form.label("email") == "E-mail"
    assert form.label("firstName") == "First name"
    assert form.errors == {
        "email": "This does not look right: check the spelling.",
        "firstName": "Use at most 5 characters.",
        "languages": "Choose one of these: en, pt.",
    }


def test_read_form_field_named_body_keeps_its_name(request_for: MakeRequest) -> None:
    form = refused(request_for, ("email", "a@b"), ("body", "long"))

    assert form.errors == {"body": "Use at most 3 characters."}


def test_read_form_blank_field_is_absent(request_for: MakeRequest) -> None:
    assert refused(request_for, ("email", "  ")).error("email") == "Fill this in."


def test_read_form_secrets_are_neither_returned_nor_trimmed(request_for: MakeRequest) -> None:
    form = refused(request_for, ("password", " hunter2 "), ("key", "k"), ("email", ""))
    kept = read(request_for, ("email", "a@b"), ("password", " hunter2 "))

    assert form.values == {}
    assert isinstance(kept, Sample)
    assert kept.password == " hunter2 "


def test_read_form_unknown_field_is_form_error(request_for: MakeRequest) -> None:
    form = refused(request_for, ("email", "a@b"), ("isAdmin", "true"))

    assert form.errors == {"": "This field is unknown: remove it."}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"email=a", "application/json"),
        (b"--x", "multipart/form-data; boundary=x"),
        (b"email=%FF", "application/x-www-form-urlencoded"),
        (b"email=\xc3\xa9", "application/x-www-form-urlencoded"),
        (b"a=1&" * (MAX_FIELDS + 1), "application/x-www-form-urlencoded"),
    ],
)
def test_read_form_other_content_type_is_refused(
    request_for: MakeRequest, body: bytes, content_type: str
) -> None:
    request = request_for(body=body, headers={"content-type": content_type})

    with pytest.raises(Invalid):
        asyncio.run(read_form(request, Sample))


def test_read_form_too_large_stops_reading(request_for: MakeRequest) -> None:
    request = request_for(body=b"about=" + b"x" * MAX_BYTES)

    with pytest.raises(TooLarge):
        asyncio.run(read_form(request, Sample))


def test_form_errors_from_error_sets_field() -> None:
    data = Sample.model_validate(
        {"email": "ada@example.org", "password": "secret words", "firstName": "Ada"}
    )

    form = FormErrors.from_error(Conflict("email-taken", "Sign in instead.", field="email"), data)
    whole = FormErrors.from_error(Conflict("closed", "Not today."), data, prefix="close")

    assert form.errors == {"email": "Sign in instead."}
    assert form.value("firstName") == "Ada"
    assert form.value("password") == ""
    assert whole.errors == {"": "Not today."}
    assert whole.id("email") == "field-close-email"


def test_form_shows_given_values() -> None:
    form = Form({"price": 300, "languages": ["en"], "none": None})

    assert form.value("price") == "300"
    assert form.value("none") == ""
    assert form.value("languages") == ""
    assert form.selected("languages") == ["en"]
    assert form.selected("missing") == []
    assert form.error("price") == ""
