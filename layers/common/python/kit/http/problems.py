"""Error responses: RFC 9457 problem+json for API clients, the same messages as HTML for browsers."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from kit.context import request_id
from kit.errors import DomainError, Unauthenticated
from kit.i18n import N_, ngettext
from kit.i18n import gettext as _
from kit.validation import sentences

if TYPE_CHECKING:
    from fastapi import FastAPI

_TITLES = {
    404: ("not-found", N_("There is nothing at this address.")),
    405: ("method-not-allowed", N_("This address does not answer to that method.")),
    413: ("body-too-large", N_("This is more than we accept here.")),
}
INTERNAL = N_("Something went wrong on our side. Please try again in a moment.")


def problem(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    field: str | None = None,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the error response to `request`.

    JSON under `/api` and for callers that do not accept HTML; otherwise the error page.
    """
    title = HTTPStatus(status).phrase
    if _wants_page(request):
        from kit.pages import render_problem

        page = render_problem(
            request, status=status, title=title, detail=detail, request_id=request_id(request)
        )
        page.headers.update(headers or {})
        return page
    body: dict[str, Any] = {
        "type": f"urn:hellomahi:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": f"urn:hellomahi:request:{request_id(request)}",
    }
    if field:
        body["field"] = field
    if errors:
        body["errors"] = errors
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def domain_problem(request: Request, error: DomainError) -> Response:
    """Return the response to a domain error."""
    headers = {"retry-after": str(error.retry_after)} if error.retry_after is not None else {}
    if isinstance(error, Unauthenticated):
        if error.sign_in_at and request.method == "GET" and _wants_page(request):
            return _redirect_to_sign_in(request, error.sign_in_at)
        headers["www-authenticate"] = 'Bearer realm="hellomahi"'
    return problem(
        request, error.status, error.code, error.message, field=error.field, headers=headers
    )


def install(app: FastAPI) -> None:
    """Register the exception handlers of `app`."""

    async def on_domain(request: Request, error: Exception) -> Response:
        assert isinstance(error, DomainError)  # noqa: S101 - narrows the handler's declared type
        return domain_problem(request, error)

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
        errors = [
            {"field": field, "message": message}
            for field, message in sentences(error.errors()).items()
        ]
        first = errors[0]
        detail = (
            first["message"]
            if len(errors) == 1
            else ngettext(
                "%(count)s field needs a change.", "%(count)s fields need a change.", len(errors)
            )
        )
        return problem(
            request, 422, "invalid-input", detail, field=first["field"] or None, errors=errors
        )

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - as above
        code, detail = "refused", str(error.detail)
        if error.status_code in _TITLES:
            code, message = _TITLES[error.status_code]
            detail = _(message)
        return problem(request, error.status_code, code, detail, headers=dict(error.headers or {}))

    app.add_exception_handler(DomainError, on_domain)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)


def _redirect_to_sign_in(request: Request, page: str) -> Response:
    """Redirect a browser to the sign-in page and back; htmx replaces the whole page, not a part of it."""
    fragment = "hx-request" in request.headers
    back = "/" if fragment else request.url.path
    target = f"{page}?{urlencode({'next': back})}"
    if fragment:
        return Response(status_code=200, headers={"hx-redirect": target})
    return RedirectResponse(target, status_code=303)


def _wants_page(request: Request) -> bool:
    path = request.url.path
    if path.startswith(("/api/", "/.well-known/")):
        return False
    return "text/html" in request.headers.get("accept", "")
