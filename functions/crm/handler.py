"""HTTP entry of the CRM: JSON API and pages."""

from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from contracts.identity import ROLE_PERMISSIONS
from crm.pages import routers as pages
from crm.pages.errors import error_page
from crm.routes import routers
from crm.service.error_mapping import to_domain_error
from crm.vault import VaultError
from kit.db import Database
from kit.errors import DomainError, NotFound
from kit.http import create_app, lambda_handler
from kit.http.problems import domain_problem

# An archive of four megabytes in base64 comes in, and Lambda takes six.
MAX_BODY = 5632 * 1024

app = create_app(
    title="CRM",
    routers=[*routers, *pages],
    database=Database.from_environment(),
    permissions=ROLE_PERMISSIONS,
    max_body=MAX_BODY,
)


async def _refused(request: Request, error: Exception) -> Response:
    """Answer what keeps the book shut; a browser is led to where it is opened."""
    assert isinstance(error, VaultError)  # noqa: S101 - narrows the handler's declared type
    refused = to_domain_error(error)
    return await error_page(request, refused) or domain_problem(request, refused)


async def _problem(request: Request, error: Exception) -> Response:
    """Answer any other refusal; to a browser in the room's own frame, which names nobody's house."""
    assert isinstance(error, DomainError)  # noqa: S101 - narrows the handler's declared type
    return await error_page(request, error) or domain_problem(request, error)


_otherwise: Any = app.exception_handlers[RequestValidationError]


async def _malformed(request: Request, error: Exception) -> Response:
    """Answer an address with something else than an id in it: to a browser, there is nothing."""
    nothing = NotFound("not-found", "There is nothing at this address.")
    return await error_page(request, nothing) or await _otherwise(request, error)


app.add_exception_handler(RequestValidationError, _malformed)
app.add_exception_handler(VaultError, _refused)
app.add_exception_handler(DomainError, _problem)
handler = lambda_handler(app)
