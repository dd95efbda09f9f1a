"""Redirects after a form, and the check of the path that a caller asks to return to."""

from fastapi.responses import RedirectResponse


def redirect(path: str) -> RedirectResponse:
    """Redirect to `path` with 303, so that reloading the page does not repeat the POST."""
    return RedirectResponse(path, status_code=303)


def safe_path(text: str | None, default: str) -> str:
    """Return `text` if it is a path of this site, else `default`: prevents open redirects."""
    if text and text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable():
        return text
    return default
