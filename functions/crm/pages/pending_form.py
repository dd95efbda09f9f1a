"""A form that came to a locked book: it waits in the page that unlocks it, and is sent again from there.

It stays in the browser that wrote it, sealed to the book's owner as news of bookings are: a page that says "Locked"
tells nobody what was written, and only her book, opened in the same session, reads it. Nothing of it is stored with us.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request

from crm import settings
from crm.pages.forms import safe_path
from crm.vault import Inbox, OpenVault, VaultError
from kit.auth import Principal
from kit.errors import Unavailable

LONGEST_FORM = 60_000
"""Bytes of a form as it was sent."""
LONGEST = 100_000
"""Characters of what the page carries."""
_MOST_FIELDS = 200
_CONTENT_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class PendingForm:
    """Where it was sent to, below the room's address, and what it said."""

    part: str
    fields: list[tuple[str, str]]


async def save(request: Request, part: str) -> str:
    """Return the form of a request as the page carries it; nothing, where it is none, too long or cannot be sealed.

    Forms outside people, visits and things to do are not kept: they may hold a passphrase.
    """
    owner: Principal | None = getattr(request.state, "owner", None)
    sent_as = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if owner is None or request.method != "POST" or sent_as != _CONTENT_TYPE or not safe_path(part):
        return ""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            return ""
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        context = _context(owner.session_id)
        document = {"part": part, "fields": fields}
        sealed = Inbox(settings.keys_table()).seal(owner.user_id, document, context)
    except (ValueError, VaultError, Unavailable):
        return ""
    carried = base64.urlsafe_b64encode(sealed).decode()
    return carried if len(carried) <= LONGEST else ""


def restore(vault: OpenVault, session_id: str, carried: str) -> PendingForm | None:
    """Return what the page carried; nothing, where it is none of this book and session."""
    try:
        sealed = base64.urlsafe_b64decode(carried)
        found: dict[str, Any] = vault.open_inbox(sealed, _context(session_id))
    except (binascii.Error, ValueError, VaultError):
        return None
    part = safe_path(found["part"])
    return PendingForm(part, [(name, text) for name, text in found["fields"]]) if part else None


def _context(session_id: str) -> dict[str, str]:
    return {"kind": "form", "session": session_id}
