"""The age gate: who is asked, and what the answer is called.

Nobody's identity is in it. What is remembered is that this browser said "18 or older", for 30 days.
"""

import re
from datetime import timedelta

REMEMBERED = timedelta(days=30)
# Our own paths alone: what begins with two slashes, or hides one, is another host.
_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}")


def own_path(text: str) -> str:
    """Return `text` if it is a path of ours, to go on there; else the start page."""
    return text if _OWN_PATH.fullmatch(text) else "/"
