"""A form sent to a locked workspace: the unlock page carries it, and it is sent again after unlocking.

It stays in the browser that sent it, sealed to the provider as booking updates are: a page that says "Locked" reveals
nothing of the form, and only the provider's workspace, unlocked in the same session, reads it. Nothing of it is stored
on the server.
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

MAX_FORM_BYTES = 60_000
"""Bytes of a form as sent."""
MAX_SEALED_CHARACTERS = 100_000
"""Characters of the sealed form in the page."""
_MAX_FIELDS = 200
_CONTENT_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class PendingForm:
    """The form's address below `/crm`, and its fields."""

    part: str
    fields: list[tuple[str, str]]


async def save(request: Request, part: str) -> str:
    """Return the sealed form of a request; empty if it has none, is too long or cannot be sealed.

    Forms outside clients, visits and tasks are not carried over: they may hold a passphrase.
    """
    owner: Principal | None = getattr(request.state, "owner", None)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (
        owner is None
        or request.method != "POST"
        or content_type != _CONTENT_TYPE
        or not safe_path(part)
    ):
        return ""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            return ""
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
        context = _context(owner.session_id)
        document = {"part": part, "fields": fields}
        sealed = Inbox(settings.keys_table()).seal(owner.user_id, document, context)
    except (ValueError, VaultError, Unavailable):
        return ""
    encoded = base64.urlsafe_b64encode(sealed).decode()
    return encoded if len(encoded) <= MAX_SEALED_CHARACTERS else ""


def restore(vault: OpenVault, session_id: str, encoded: str) -> PendingForm | None:
    """Open a sealed form; return None if it belongs to another workspace or session."""
    try:
        sealed = base64.urlsafe_b64decode(encoded)
        document: dict[str, Any] = vault.open_inbox(sealed, _context(session_id))
    except (binascii.Error, ValueError, VaultError):
        return None
    part = safe_path(document["part"])
    return PendingForm(part, [(name, text) for name, text in document["fields"]]) if part else None


def _context(session_id: str) -> dict[str, str]:
    return {"kind": "form", "session": session_id}
