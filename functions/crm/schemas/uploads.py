"""A file that a page's form sends, without any script: multipart/form-data (RFC 7578), the whole body at hand.

The house ships no parser for it, since one form alone needs it: the boundary is looked for, and what stands between two
of them is a part.
"""

import re
from dataclasses import dataclass

from fastapi import Request

from kit.errors import Invalid

_BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70})"?\s*(?:;|$)')
_NAME = re.compile(r'[;\s]name="([^"]*)"')
_FILE = re.compile(r'[;\s]filename="([^"]*)"')
_MOST_PARTS = 20
_MOST_HEADERS = 2_000
_LONGEST_FIELD = 10_000


@dataclass(frozen=True, slots=True)
class Upload:
    """The fields of the form by name, and its file."""

    fields: dict[str, str]
    file_name: str
    content: bytes


async def read_upload(request: Request) -> Upload:
    """Return what the form sends; raise `Invalid` for anything else."""
    found = _BOUNDARY.search(request.headers.get("content-type", ""))
    if not request.headers.get("content-type", "").startswith("multipart/form-data") or not found:
        raise _not_a_form()
    return parsed(await request.body(), found.group(1).rstrip())


def parsed(body: bytes, boundary: str) -> Upload:
    """Return the parts of a body."""
    # The first boundary may stand at the very beginning.
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if len(parts) < 3 or not parts[-1].startswith(b"--") or len(parts) > _MOST_PARTS + 2:
        raise _not_a_form()
    fields: dict[str, str] = {}
    file_name, content = "", b""
    for part in parts[1:-1]:
        head, blank, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not blank or len(head) > _MOST_HEADERS:
            raise _not_a_form()
        header = head.decode("utf-8", errors="replace")
        name = _NAME.search(header)
        if name is None:
            raise _not_a_form()
        if sent := _FILE.search(header):
            # Browsers once sent whole paths.
            file_name, content = re.split(r"[\\/]", sent.group(1))[-1][:200], data
        elif len(data) <= _LONGEST_FIELD:
            fields[name.group(1)] = data.decode("utf-8", errors="replace")
        else:
            raise _not_a_form()
    return Upload(fields, file_name, content)


def _not_a_form() -> Invalid:
    return Invalid(
        "not-a-form", "Choose a file and send it with the form on the page.", field="content"
    )
