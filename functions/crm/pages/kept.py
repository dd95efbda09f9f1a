"""A form that came to a locked book: it waits in the page that unlocks it, and is sent again from there.

It stays in the browser that wrote it: the page carries it packed, and nothing of it is stored with us.
"""

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request

from crm.pages.forms import way

LONGEST = 60_000
"""Bytes of a form, and of its text in the page."""
_CONTENT_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Kept:
    """Where it was sent to, below the room's address, and what it said."""

    part: str
    fields: list[tuple[str, str]]


async def keep(request: Request, part: str) -> str:
    """Return the form of a request as the page carries it; nothing, where it is none or too long.

    Forms outside people, visits and things to do are not kept: they may hold a passphrase.
    """
    sent_as = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method != "POST" or sent_as != _CONTENT_TYPE or not way(part):
        return ""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            return ""
    said = json.dumps({"part": part, "body": body.decode("ascii", "replace")})
    packed = base64.urlsafe_b64encode(zlib.compress(said.encode())).decode()
    return packed if len(packed) <= LONGEST else ""


def opened(packed: str) -> Kept | None:
    """Return what the page carried; nothing, where it is none of ours."""
    try:
        # It never grows beyond what was taken in.
        said = zlib.decompressobj().decompress(base64.urlsafe_b64decode(packed), 2 * LONGEST)
        found = json.loads(said)
        part, body = way(str(found["part"])), str(found["body"])
        fields = parse_qsl(body, keep_blank_values=True, max_num_fields=200)
    except (binascii.Error, zlib.error, ValueError, KeyError, TypeError):
        return None
    return Kept(part, fields) if part else None
