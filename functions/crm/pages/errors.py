"""What a browser sees where the book stays shut, or something is refused: in the room's own plain frame."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from crm.pages.context import pages
from crm.pages.pending_form import save
from crm.pages.unlock import unlock_address
from crm.service.key_rollback_guard import REFUSED
from kit.errors import DomainError, Forbidden, Unauthenticated
from kit.pages import Form

_HEADINGS = {
    404: "There is nothing here",
    409: "Something changed in the meantime",
    410: "This book is gone",
    412: "Something changed in the meantime",
    422: "Something needs a change",
    423: "Locked",
    429: "Too many tries",
    503: "Out of reach for a moment",
}
_WHAT_TO_DO = {
    409: "Go back, reload the page and try again.",
    412: "Go back, reload the page and try again.",
    422: "Go back and check what you entered.",
    423: "Unlock it, then go back and send it again.",
    429: "Wait a little, then try again.",
    503: "Nothing is lost. Try again in a minute, and look first whether it was done already.",
}


def is_page(request: Request) -> bool:
    """Tell whether a browser asks for one of the room's pages."""
    is_api = request.url.path.startswith("/api/")
    return not is_api and "text/html" in request.headers.get("accept", "")


async def error_page(request: Request, refused: DomainError) -> Response | None:
    """Return the page for a refusal; none for one that is said elsewhere, as at the sign-in.

    A form that came to a locked book waits in the page that unlocks it.
    """
    slug = request.path_params.get("slug")
    if not slug or not is_page(request) or isinstance(refused, Unauthenticated | Forbidden):
        return None
    provider = f"/{slug}/crm"
    if refused.status == 423 and request.method == "GET":
        part = request.url.path.removeprefix(provider)
        return RedirectResponse(unlock_address(provider, part), status_code=303)
    if refused.status == 423 and (
        stored := await save(request, request.url.path.removeprefix(provider))
    ):
        form, why = Form({"kept": stored}), f"{refused.message} What you wrote is not lost."
        return _show(
            request, "unlock.html", provider, refused, heading="Locked", form=form, why=why
        )
    return _page(request, provider, refused)


def _page(request: Request, provider: str, refused: DomainError) -> HTMLResponse:
    return _show(
        request,
        "closed.html",
        provider,
        refused,
        heading=_heading(refused),
        detail=refused.message,
        what_to_do="" if refused.code == REFUSED else _WHAT_TO_DO.get(refused.status, ""),
        code=refused.code,
        closed_as=refused.status,
    )


def _heading(refused: DomainError) -> str:
    if refused.code == REFUSED:
        return "Your book stays shut"
    return _HEADINGS.get(refused.status, "Something went wrong")


def _show(
    request: Request, template: str, provider: str, refused: DomainError, **context: Any
) -> HTMLResponse:
    wait = refused.retry_after
    headers = {"retry-after": str(wait)} if wait is not None else None
    surroundings: dict[str, Any] = {
        "room": provider, "parts": (), "done": "", "idle_minutes": 0, "inside": False, "locks": False,
    }  # fmt: skip
    return pages.render(
        request, template, refused.status, headers=headers, **(surroundings | context)
    )
