"""Error pages of the client book for browsers, in a neutral layout."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from crm.pages.context import locked_layout, pages
from crm.pages.pending_form import save
from crm.pages.unlock import unlock_address
from crm.service.key_rollback_guard import ROLLBACK_DETECTED
from kit.errors import DomainError, Forbidden, Unauthenticated
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, redirect

_HEADINGS = {
    404: N_("Page not found"),
    409: N_("Changed in the meantime"),
    410: N_("Client book deleted"),
    412: N_("Changed in the meantime"),
    422: N_("Check your input"),
    423: N_("Locked"),
    429: N_("Too many attempts"),
    503: N_("Temporarily unavailable"),
}
_WHAT_TO_DO = {
    409: N_("Go back, reload the page and try again."),
    412: N_("Go back, reload the page and try again."),
    422: N_("Go back and check what you entered."),
    423: N_("Unlock your client book, then go back and send the form again."),
    429: N_("Wait a few minutes, then try again."),
    503: N_("Nothing is lost. Try again in a minute; check first whether it was done already."),
}


def is_page(request: Request) -> bool:
    """Tell whether a browser requests a page."""
    is_api = request.url.path.startswith("/api/")
    return not is_api and "text/html" in request.headers.get("accept", "")


async def error_page(request: Request, error: DomainError) -> Response | None:
    """Return the page for an error; None for errors handled elsewhere, such as a missing login.

    A form sent to a locked workspace is carried over by the unlock page.
    """
    slug = request.path_params.get("slug")
    if not slug or not is_page(request) or isinstance(error, Unauthenticated | Forbidden):
        return None
    provider = f"/{slug}/crm"
    if error.status == 423 and request.method == "GET":
        part = request.url.path.removeprefix(provider)
        return redirect(unlock_address(provider, part))
    if error.status == 423 and (
        pending_form := await save(request, request.url.path.removeprefix(provider))
    ):
        form, reason = (
            Form({"pendingForm": pending_form}),
            _("%(reason)s Your input is not lost.", reason=error.message),
        )
        return _show(
            request, "unlock.html", provider, error, heading=_("Locked"), form=form, reason=reason
        )
    return _page(request, provider, error)


def _page(request: Request, provider: str, error: DomainError) -> HTMLResponse:
    return _show(
        request,
        "error.html",
        provider,
        error,
        heading=_heading(error),
        detail=error.message,
        what_to_do="" if error.code == ROLLBACK_DETECTED else _(_WHAT_TO_DO.get(error.status, "")),
        code=error.code,
        error_status=error.status,
    )


def _heading(error: DomainError) -> str:
    if error.code == ROLLBACK_DETECTED:
        return _("Access refused")
    return _(_HEADINGS.get(error.status, N_("Something went wrong")))


def _show(
    request: Request, template: str, provider: str, error: DomainError, **context: Any
) -> HTMLResponse:
    retry_after = error.retry_after
    headers = {"retry-after": str(retry_after)} if retry_after is not None else None
    return pages.render(
        request, template, error.status, headers=headers, **(locked_layout(provider) | context)
    )
