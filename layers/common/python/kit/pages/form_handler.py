"""Handling of a posted form: read it, run the action, or render the page again with the errors."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from kit.errors import DomainError, NotFound
from kit.http.models import Request as Body
from kit.pages.form import UNPROCESSABLE, FormErrors, read_form


class EmptyForm(Body):
    """Form with a button only."""


class VersionForm(Body):
    """Form with a button, and the version of the record that the page showed."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


async def handle_form[F: BaseModel](
    request: Request,
    model: type[F],
    action: Callable[[F], Response],
    render_errors: Callable[[FormErrors, int], Response],
    *,
    savepoint: Callable[[], AbstractContextManager[None]] = nullcontext,
    prefix: str = "",
    field_names: Mapping[str, str] | None = None,
) -> Response:
    """Read the form as `model` and run `action`; on errors render the form again with the entered values.

    `render_errors` gets the form and the status. It is not called for `NotFound`, which has no form to show.
    `savepoint` (`UnitOfWork.savepoint`) isolates the action where the error page reads from the database after a
    refused statement. `field_names` maps field names of the use case to those of the form.
    """
    form = await read_form(request, model, prefix=prefix)
    if isinstance(form, FormErrors):
        return render_errors(form, UNPROCESSABLE)
    try:
        with savepoint():
            return action(form)
    except NotFound:
        raise
    except DomainError as error:
        error.field = (field_names or {}).get(error.field or "", error.field)
        return render_errors(FormErrors.from_error(error, form, prefix=prefix), error.status)
