"""Session cookies: one per audience, so that the cookie of one audience is not valid for another.

`__Host-` binds a cookie to this very host and path `/`. The CRM's cookie has its own path and therefore the weaker
prefix. Values are opaque: `<session id>.<secret>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from starlette.responses import Response


class Audience(StrEnum):
    """Part of the product that a session is valid for: site, admin (staff and dashboards) or CRM."""

    SITE = "site"
    ADMIN = "admin"
    CRM = "crm"


@dataclass(frozen=True, slots=True)
class CookieSettings:
    """Name and SameSite policy of one audience's cookie."""

    name: str
    same_site: Literal["lax", "strict"]


COOKIES = {
    Audience.SITE: CookieSettings("__Host-sid", "lax"),
    Audience.ADMIN: CookieSettings("__Host-adm", "strict"),
    Audience.CRM: CookieSettings("__Secure-crm", "strict"),
}
UNLOCK_COOKIE = "__Secure-crm-key"
"""Cookie with the vault's unlock token, on the path of the CRM session, without which it is useless and is cleared."""
COOKIE_NAMES = frozenset(kind.name for kind in COOKIES.values())


def set_session_cookie(
    response: Response, audience: Audience, value: str, *, max_age: int, path: str = "/"
) -> None:
    """Set the browser's session cookie for `audience`; `max_age` in seconds."""
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
    """Clear the browser's session cookie for `audience`."""
    kind = _cookie_settings(audience, path)
    response.delete_cookie(
        kind.name, path=path, secure=True, httponly=True, samesite=kind.same_site
    )


def set_unlock_cookie(response: Response, value: str, *, max_age: int, path: str) -> None:
    """Set the cookie with the vault's unlock token; `path` is the CRM's, `max_age` in seconds."""
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
    """Clear the cookie with the vault's unlock token."""
    response.delete_cookie(UNLOCK_COOKIE, path=path, secure=True, httponly=True, samesite="strict")


def _cookie_settings(audience: Audience, path: str) -> CookieSettings:
    kind = COOKIES[audience]
    if kind.name.startswith("__Host-") and path != "/":
        raise ValueError("browsers drop a __Host- cookie with a path of its own")
    return kind
