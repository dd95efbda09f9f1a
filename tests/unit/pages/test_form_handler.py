"""Forms of pages: reading, running the action, and showing errors again."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import pytest
from fastapi import Request, Response
from pydantic import Field

from kit.errors import Conflict, NotFound
from kit.http import Request as Body
from kit.pages import UNPROCESSABLE, EmptyForm, FormErrors, VersionForm, handle_form, redirect
from tests.unit.pages.conftest import MakeRequest


class NameForm(Body):
    name: Annotated[str, Field(max_length=5)]


class Savepoints:
    """Savepoints that record their ends."""

    def __init__(self) -> None:
        self.ends: list[str] = []

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        try:
            yield
        except Exception:
            self.ends.append("rolled back")
            raise
        self.ends.append("released")


def handle(
    request: Request,
    action: Callable[[NameForm], Response],
    savepoints: Savepoints,
    **options: dict[str, str],
) -> tuple[Response, FormErrors | None]:
    shown: list[FormErrors] = []

    def render_errors(form: FormErrors, status: int) -> Response:
        shown.append(form)
        return Response(status_code=status)

    answer = asyncio.run(
        handle_form(
            request,
            NameForm,
            action,
            render_errors,
            savepoint=savepoints.savepoint,
            field_names=options.get("field_names"),
        )
    )
    return answer, shown[0] if shown else None


def test_handle_form_valid_returns_result_of_action(request_for: MakeRequest) -> None:
    savepoints = Savepoints()
    answer, form = handle(
        request_for(fields=[("name", "Mira")]), lambda read: redirect(f"/{read.name}"), savepoints
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/Mira")
    assert (form, savepoints.ends) == (None, ["released"])


def test_handle_form_invalid_renders_errors_without_action(request_for: MakeRequest) -> None:
    savepoints = Savepoints()
    answer, form = handle(
        request_for(fields=[("name", "Mirabella")]), lambda _: pytest.fail("ran"), savepoints
    )
    assert form is not None
    assert (answer.status_code, form.value("name")) == (UNPROCESSABLE, "Mirabella")
    assert form.error("name") == "Use at most 5 characters."
    assert savepoints.ends == []


def test_handle_form_refused_action_renders_error_at_field(request_for: MakeRequest) -> None:
    def refuse(_: NameForm) -> Response:
        raise Conflict("name-taken", "Choose another name.", field="slug")

    savepoints = Savepoints()
    answer, form = handle(
        request_for(fields=[("name", "Mira")]), refuse, savepoints, field_names={"slug": "name"}
    )
    assert form is not None
    assert (answer.status_code, form.error("name")) == (409, "Choose another name.")
    assert form.value("name") == "Mira"
    assert savepoints.ends == ["rolled back"]


def test_handle_form_not_found_is_raised(request_for: MakeRequest) -> None:
    def miss(_: NameForm) -> Response:
        raise NotFound("name-not-found", "There is no such name.")

    with pytest.raises(NotFound):
        handle(request_for(fields=[("name", "Mira")]), miss, Savepoints())


def test_empty_form_with_field_and_version_form_without_version_are_refused() -> None:
    with pytest.raises(ValueError, match="extra_forbidden"):
        EmptyForm.model_validate({"name": "Mira"})
    with pytest.raises(ValueError, match="missing"):
        VersionForm.model_validate({})
    assert VersionForm.model_validate({"version": "3"}).version == 3
