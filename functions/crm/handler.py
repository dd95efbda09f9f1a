"""HTTP entry of the CRM: JSON API and pages."""

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from contracts.identity import ROLE_PERMISSIONS
from crm.routes import routers
from crm.service.refusals import refusal
from crm.vault import VaultError
from kit.db import Database
from kit.http import create_app, lambda_handler
from kit.http.problems import domain_problem

app = create_app(
    title="CRM",
    routers=routers,
    database=Database.from_environment(),
    permissions=ROLE_PERMISSIONS,
)


async def _refused(request: Request, error: Exception) -> Response:
    """Answer what keeps the book shut; a browser is led to where it is opened."""
    assert isinstance(error, VaultError)  # noqa: S101 - narrows the handler's declared type
    refused = refusal(error)
    slug = request.path_params.get("slug")
    page = "text/html" in request.headers.get("accept", "") and "/api/" not in request.url.path
    if refused.status == 423 and page and request.method == "GET" and slug:
        return RedirectResponse(f"/{slug}/crm/unlock", status_code=303)
    return domain_problem(request, refused)


app.add_exception_handler(VaultError, _refused)
handler = lambda_handler(app)
