"""HTML error page with the content of the problem+json error."""

from functools import cache

from fastapi import Request
from fastapi.responses import HTMLResponse

from kit.pages.renderer import TemplateRenderer

_HEADINGS = {
    401: "Please sign in",
    403: "This is not open to you",
    404: "There is nothing here",
    405: "That does not work here",
    409: "Something changed in the meantime",
    413: "That is too much at once",
    422: "Something needs a change",
    423: "This is locked",
    429: "Too many tries",
    500: "Something went wrong",
    503: "We are out of reach for a moment",
}
_ADVICE = {
    401: "Sign in, then try again.",
    403: "If you think you should be able to do this, sign in with another account.",
    404: "Check the address, or go back to the start page.",
    405: "Go back and use the buttons on the page.",
    409: "Go back, reload the page and try again.",
    413: "Send less: a smaller file, or a shorter text.",
    422: "Go back and check what you entered.",
    423: "Unlock it first, then try again.",
    429: "Wait a little, then try again.",
    503: "Nothing was changed. Please try again in a minute.",
}
_DEFAULT_ADVICE = "Nothing is wrong on your side. Please try again in a minute."


def render_problem(
    request: Request, status: int, title: str, detail: str, request_id: str
) -> HTMLResponse:
    """Return the response to a failed page request: a whole page, or an alert for htmx to swap in."""
    partial = request.headers.get("hx-request-type") == "partial"
    return _pages().render(
        request,
        "kit/problem_fragment.html" if partial else "kit/error.html",
        status,
        problem_status=status,
        title=_HEADINGS.get(status, title),
        detail=detail,
        what_to_do=_ADVICE.get(status, _DEFAULT_ADVICE),
        request_id=request_id,
    )


@cache
def _pages() -> TemplateRenderer:
    return TemplateRenderer("kit.pages")
