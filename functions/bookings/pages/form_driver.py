"""Form handling on a booking's page: run the action and redirect, or render the errors."""

from collections.abc import Callable, Mapping
from typing import Protocol

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from bookings.pages.forms import REFUSED
from kit.db import UnitOfWork
from kit.errors import DomainError, NotFound
from kit.pages import Form, FormErrors, read_form

FORMS = ("other", "reason", "propose", "note", "address")
"""Names of the forms on a booking's page; each has its own fields."""


class BookingFormPage(Protocol):
    """Request context of a booking's page with forms."""

    @property
    def request(self) -> Request:
        """The HTTP request."""

    @property
    def work(self) -> UnitOfWork:
        """The transaction."""

    def render_errors(self, status: int, forms: Mapping[str, Form]) -> Response:
        """Render the page with the errors of a refused form."""

    def redirect(self, after: object, done: str, /) -> Response:
        """Redirect to the result of the action."""


async def handle_form[F: BaseModel](
    page: BookingFormPage, model: type[F], name: str, action: Callable[[F], object], done: str
) -> Response:
    """Read the form `name` and run the action."""
    form = await read_form(page.request, model, prefix=name)
    if isinstance(form, FormErrors):
        return page.render_errors(REFUSED, {name: form})
    try:
        # A savepoint, since the error page reads from the database after a refused statement.
        with page.work.savepoint():
            after = action(form)
    except NotFound:
        raise
    except DomainError as error:
        return page.render_errors(
            error.status, {name: FormErrors.from_error(error, form, prefix=name)}
        )
    return page.redirect(after, done)


def build_forms(
    refused: Mapping[str, Form], values: Mapping[str, dict[str, str]]
) -> dict[str, Form]:
    """Return every form of the page: the refused ones, and the others with their saved values."""
    return {
        f"{name}_form": refused.get(name) or Form(values.get(name, {}), prefix=name)
        for name in FORMS
    }
