"""Check of redirect targets that arrive in a form or a query."""

import re

# Paths of this site only: a text that begins with two slashes, or hides them behind a backslash, names another host.
_SAFE_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}")


def safe_path(text: str) -> str:
    """Return `text` if it is a path of this site, otherwise the path of the start page."""
    return text if _SAFE_PATH.fullmatch(text) else "/"
