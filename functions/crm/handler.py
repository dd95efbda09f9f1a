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
from kit.i18n import gettext as _

# An archive of four megabytes in base64 comes in, and Lambda takes six.
MAX_BODY = 5632 * 1024

app = create_app(
    title="CRM",
    routers=[*routers, *pages],
    database=Database.from_environment(),
    permissions=ROLE_PERMISSIONS,
    max_body=MAX_BODY,
)


async def _handle_vault_error(request: Request, error: Exception) -> Response:
    """Map a VaultError to problem+json for API clients, or redirect browsers to the unlock page."""
    assert isinstance(error, VaultError)  # noqa: S101 - narrows the handler's declared type
    domain_error = to_domain_error(error)
    return await error_page(request, domain_error) or domain_problem(request, domain_error)


async def _handle_domain_error(request: Request, error: Exception) -> Response:
    """Map a DomainError to problem+json, or to the CRM's neutral error page for browsers."""
    assert isinstance(error, DomainError)  # noqa: S101 - narrows the handler's declared type
    return await error_page(request, error) or domain_problem(request, error)


_default_validation_handler: Any = app.exception_handlers[RequestValidationError]


async def _handle_validation_error(request: Request, error: Exception) -> Response:
    """Answer 404 to browsers at an address with a malformed id, and 422 to API clients."""
    not_found = NotFound("not-found", _("There is no such page."))
    return await error_page(request, not_found) or await _default_validation_handler(request, error)


app.add_exception_handler(RequestValidationError, _handle_validation_error)
app.add_exception_handler(VaultError, _handle_vault_error)
app.add_exception_handler(DomainError, _handle_domain_error)
handler = lambda_handler(app)
