"""Redirects after a form, and the check of the path that a caller asks to return to."""

import re

from fastapi.responses import RedirectResponse

# A text that begins with two slashes, or hides them behind a backslash, names another host.
_SAFE_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}")


def redirect(path: str) -> RedirectResponse:
    """Redirect to `path` with 303, so that reloading the page does not repeat the POST."""
    return RedirectResponse(path, status_code=303)


def safe_path(text: str | None, default: str) -> str:
    """Return `text` if it is a path of this site, else `default`: prevents open redirects."""
    return text if text and _SAFE_PATH.fullmatch(text) else default
