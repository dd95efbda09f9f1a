"""Access check of `/_local`: only this machine, and no other site through its browser."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

__all__ = ["refusal"]

_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE = frozenset({"GET", "HEAD"})
_OWN_SITE = frozenset({"same-origin", "none"})


def refusal(method: str, client: str, headers: Mapping[str, str]) -> str | None:
    """Return the reason for refusing a request, or None if it is accepted."""
    try:
        local = ipaddress.ip_address(client).is_loopback
    except ValueError:
        local = False
    if not local:
        return "only this machine may look here"
    host = headers.get("host", "")
    # A foreign host name that resolves to this machine would make its page same-origin with the console.
    if urlsplit(f"//{host}").hostname not in _NAMES:
        return "use http://localhost"
    if method in _SAFE:
        return None
    site = headers.get("sec-fetch-site")
    if site is not None:
        return None if site in _OWN_SITE else "another site may not change anything here"
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return "another site may not change anything here"
    return None
