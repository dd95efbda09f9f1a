"""Parser of a file upload from a page's form, without any script: multipart/form-data (RFC 7578), of a whole body.

No parser library is bundled for it, since one form alone needs it: the body is split at the boundary, and each piece
between two boundaries is a part.
"""

import re
from dataclasses import dataclass

from fastapi import Request

from kit.errors import Invalid

_BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70})"?\s*(?:;|$)')
_NAME = re.compile(r'[;\s]name="([^"]*)"')
_FILE = re.compile(r'[;\s]filename="([^"]*)"')
_MAX_PARTS = 20
_MAX_HEADER_BYTES = 2_000
_MAX_FIELD_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Upload:
    """Form fields by name, and the uploaded file."""

    fields: dict[str, str]
    file_name: str
    content: bytes


async def read_upload(request: Request) -> Upload:
    """Return the upload of a request; raise `Invalid` for any other body."""
    found = _BOUNDARY.search(request.headers.get("content-type", ""))
    if not request.headers.get("content-type", "").startswith("multipart/form-data") or not found:
        raise _malformed_form()
    return parse_multipart(await request.body(), found.group(1).rstrip())


def parse_multipart(body: bytes, boundary: str) -> Upload:
    """Return the parts of a multipart body."""
    # The first boundary may stand at the very beginning.
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if len(parts) < 3 or not parts[-1].startswith(b"--") or len(parts) > _MAX_PARTS + 2:
        raise _malformed_form()
    fields: dict[str, str] = {}
    file_name, content = "", b""
    for part in parts[1:-1]:
        head, blank, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not blank or len(head) > _MAX_HEADER_BYTES:
            raise _malformed_form()
        header = head.decode("utf-8", errors="replace")
        name = _NAME.search(header)
        if name is None:
            raise _malformed_form()
        if sent := _FILE.search(header):
            # Browsers once sent whole paths.
            file_name, content = re.split(r"[\\/]", sent.group(1))[-1][:200], data
        elif len(data) <= _MAX_FIELD_BYTES:
            fields[name.group(1)] = data.decode("utf-8", errors="replace")
        else:
            raise _malformed_form()
    return Upload(fields, file_name, content)


def _malformed_form() -> Invalid:
    return Invalid(
        "not-a-form", "Choose a file and send it with the form on the page.", field="content"
    )
