"""HTML error page with the content of the problem+json error."""

from functools import cache

from fastapi import Request
from fastapi.responses import HTMLResponse

from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages.renderer import TemplateRenderer

_HEADINGS = {
    401: N_("Please sign in"),
    403: N_("This is not open to you"),
    404: N_("There is nothing here"),
    405: N_("That does not work here"),
    409: N_("Something changed in the meantime"),
    413: N_("That is too much at once"),
    422: N_("Something needs a change"),
    423: N_("This is locked"),
    429: N_("Too many tries"),
    500: N_("Something went wrong"),
    503: N_("We are out of reach for a moment"),
}
_ADVICE = {
    401: N_("Sign in, then try again."),
    403: N_("If you think you should be able to do this, sign in with another account."),
    404: N_("Check the address, or go back to the start page."),
    405: N_("Go back and use the buttons on the page."),
    409: N_("Go back, reload the page and try again."),
    413: N_("Send less: a smaller file, or a shorter text."),
    422: N_("Go back and check what you entered."),
    423: N_("Unlock it first, then try again."),
    429: N_("Wait a little, then try again."),
    503: N_("Nothing was changed. Please try again in a minute."),
}
_DEFAULT_ADVICE = N_("Nothing is wrong on your side. Please try again in a minute.")


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
        title=_(_HEADINGS[status]) if status in _HEADINGS else title,
        detail=detail,
        what_to_do=_(_ADVICE.get(status, _DEFAULT_ADVICE)),
        request_id=request_id,
    )


@cache
def _pages() -> TemplateRenderer:
    return TemplateRenderer("kit.pages")
