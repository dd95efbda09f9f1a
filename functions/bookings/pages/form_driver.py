"""Doing something to a booking from a page: on success the browser goes on, else it is told why."""

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
"""The forms of a booking's page, each with fields of its own."""


class Visit(Protocol):
    """One request of somebody at a booking's page."""

    @property
    def request(self) -> Request:
        """What was sent."""

    @property
    def work(self) -> UnitOfWork:
        """The transaction."""

    def again(self, status: int, forms: Mapping[str, Form]) -> Response:
        """Show the page again, with a form that was refused."""

    def see(self, after: object, said: str, /) -> Response:
        """Lead on to what became of it."""


async def act[F: BaseModel](
    visit: Visit, model: type[F], name: str, do: Callable[[F], object], said: str
) -> Response:
    """Read the form `name` and do what it asks for."""
    form = await read_form(visit.request, model, prefix=name)
    if isinstance(form, FormErrors):
        return visit.again(REFUSED, {name: form})
    try:
        # The database may refuse halfway: the page that says so reads on.
        with visit.work.savepoint():
            after = do(form)
    except NotFound:
        raise
    except DomainError as error:
        return visit.again(error.status, {name: FormErrors.from_error(error, form, prefix=name)})
    return visit.see(after, said)


def all_forms(given: Mapping[str, Form], values: Mapping[str, dict[str, str]]) -> dict[str, Form]:
    """Return every form of the page: those that were refused, and the others as they stand."""
    return {
        f"{name}_form": given.get(name) or Form(values.get(name, {}), prefix=name) for name in FORMS
    }
