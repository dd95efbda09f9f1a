"""Session cookies of browsers: one per audience, so that one room's cookie opens no other.

`__Host-` binds a cookie to this very host and path `/`. The CRM's has a path of its own and therefore the weaker
prefix. Values are opaque: `<session id>.<secret>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from starlette.responses import Response


class Audience(StrEnum):
    """The room that a session opens."""

    SITE = "site"
    ADMIN = "admin"
    CRM = "crm"


@dataclass(frozen=True, slots=True)
class CookieSettings:
    """How one audience's cookie is named and sent back."""

    name: str
    same_site: Literal["lax", "strict"]


COOKIES = {
    Audience.SITE: CookieSettings("__Host-sid", "lax"),
    Audience.ADMIN: CookieSettings("__Host-adm", "strict"),
    Audience.CRM: CookieSettings("__Secure-crm", "strict"),
}
UNLOCK_COOKIE = "__Secure-crm-key"
"""Beside the CRM's session, on the same path: what opens the vault. Alone it is worth nothing, and it goes with it."""
COOKIE_NAMES = frozenset(kind.name for kind in COOKIES.values())


def set_session_cookie(
    response: Response, audience: Audience, value: str, *, max_age: int, path: str = "/"
) -> None:
    """Give the browser its session for `audience`; `max_age` in seconds."""
    kind = _cookie_settings(audience, path)
    response.set_cookie(
        kind.name,
        value,
        max_age=max_age,
        path=path,
        secure=True,
        httponly=True,
        samesite=kind.same_site,
    )


def clear_session_cookie(response: Response, audience: Audience, *, path: str = "/") -> None:
    """Take the session for `audience` from the browser."""
    kind = _cookie_settings(audience, path)
    response.delete_cookie(
        kind.name, path=path, secure=True, httponly=True, samesite=kind.same_site
    )


def set_unlock_cookie(response: Response, value: str, *, max_age: int, path: str) -> None:
    """Give the browser what opens the vault; `path` is the CRM's, `max_age` in seconds."""
    response.set_cookie(
        UNLOCK_COOKIE,
        value,
        max_age=max_age,
        path=path,
        secure=True,
        httponly=True,
        samesite="strict",
    )


def clear_unlock_cookie(response: Response, *, path: str) -> None:
    """Take what opens the vault from the browser."""
    response.delete_cookie(UNLOCK_COOKIE, path=path, secure=True, httponly=True, samesite="strict")


def _cookie_settings(audience: Audience, path: str) -> CookieSettings:
    kind = COOKIES[audience]
    if kind.name.startswith("__Host-") and path != "/":
        raise ValueError("browsers drop a __Host- cookie with a path of its own")
    return kind
