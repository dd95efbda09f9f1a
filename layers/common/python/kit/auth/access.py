"""Access rules: declared on a route, checked before it runs, listed by the authorization matrix test.

Deny by default: an app with a route without a rule does not start (`kit.http.app`). Ownership is checked elsewhere:
a rule says that a role may have such a resource at all, the use case checks the owner of this one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from kit.auth import tokens
from kit.auth.cookies import COOKIES, Audience
from kit.auth.network_binding import require_same_network
from kit.auth.session_store import SessionStore
from kit.auth.sessions import Session
from kit.context import client_ip
from kit.errors import Forbidden, Unauthenticated
from kit.i18n import gettext as _
from kit.settings import env_list, env_required

if TYPE_CHECKING:
    from fastapi import FastAPI

SIGN_IN_PAGES = {Audience.SITE: "/login", Audience.ADMIN: "/staff/login"}
# Roles whose admin session opens their own dashboard. The admin session of any other role, added ones too, is staff's.
DASHBOARD_ROLES = frozenset({"escort"})


@dataclass(frozen=True, slots=True)
class Principal:
    """Caller of a request: account, audience of the session, and permissions of the role."""

    user_id: UUID
    role: str
    audience: Audience
    session_id: str
    permissions: frozenset[str]


@dataclass(frozen=True)
class AccessRule:
    """Access rule of a route: a FastAPI dependency that yields the principal.

    `permissions`: one of them is needed. `audiences`: the session must be for one of them, tried in order.
    `optional`: every caller is allowed; a valid session is recognised, without one the principal is None.
    `sign_in_path`: the login page to which a browser without a session is redirected, with the path's own variables
    in it; if empty, the audience's page.
    """

    permissions: frozenset[str] = frozenset()
    audiences: tuple[Audience, ...] = ()
    optional: bool = False
    sign_in_path: str = ""

    @property
    def is_public(self) -> bool:
        """Tell whether a caller without a session is allowed."""
        return self.optional or not self.audiences

    async def __call__(self, request: Request) -> Principal | None:
        """Return the caller, or raise `Unauthenticated` (401) or `Forbidden` (403)."""
        if not self.audiences:
            return None
        try:
            principal = _authenticate(request, self.audiences)
        except (Unauthenticated, Forbidden) as error:
            if self.optional:
                return None
            if isinstance(error, Unauthenticated):
                error.sign_in_at = self._resolve_sign_in_path(request)
            raise
        if self.permissions and self.permissions.isdisjoint(principal.permissions):
            raise Forbidden("not-permitted", _("Your account's role does not allow this."))
        return principal

    def _resolve_sign_in_path(self, request: Request) -> str | None:
        if not self.sign_in_path:
            return SIGN_IN_PAGES.get(self.audiences[0])
        # Quoted, or a variable that begins with a backslash would lead a browser to another host.
        names = {name: quote(str(text), safe="") for name, text in request.path_params.items()}
        return self.sign_in_path.format_map(names)


def requires(
    *permissions: str,
    audience: Audience | tuple[Audience, ...] = Audience.SITE,
    sign_in_path: str = "",
) -> Any:
    """Declare that a route needs a session of `audience` whose role has one of `permissions`.

    Use as an annotation: `principal: Annotated[Principal, requires(Permission.READ_OWN_BOOKINGS)]`.
    """
    if not permissions:
        raise TypeError("name at least one permission")
    audiences = audience if isinstance(audience, tuple) else (audience,)
    return Depends(
        AccessRule(
            permissions=frozenset(permissions), audiences=audiences, sign_in_path=sign_in_path
        )
    )


def public() -> Any:
    """Declare that every caller may call a route: `dependencies=[public()]`."""
    return Depends(AccessRule())


def optional_session(*audiences: Audience) -> Any:
    """Declare a public route that recognises a session: `Annotated[Principal | None, optional_session()]`."""
    return Depends(AccessRule(audiences=audiences or (Audience.SITE,), optional=True))


def install_permissions(app: FastAPI, permissions: Mapping[str, Collection[str]]) -> None:
    """Set the permissions of each role on `app`."""
    app.state.permissions = {role: frozenset(names) for role, names in permissions.items()}


def admin_network_allowed(request: Request) -> bool:
    """Tell whether the caller's network may use the staff pages (`ADMIN_IP_ALLOWLIST`; empty: any)."""
    allowed = env_list("ADMIN_IP_ALLOWLIST")
    if not allowed:
        return True
    try:
        network = ipaddress.ip_network(client_ip(request))
    except ValueError:
        return False
    candidates = (ipaddress.ip_network(text, strict=False) for text in allowed)
    return any(one.version == network.version and network.subnet_of(one) for one in candidates)  # type: ignore[arg-type]


def _authenticate(request: Request, audiences: tuple[Audience, ...]) -> Principal:
    store = SessionStore(env_required("SESSIONS_TABLE"))
    session = _find_session(store, request, audiences)
    require_same_network(store, session, client_ip(request))
    staff = session.audience is Audience.ADMIN and session.role not in DASHBOARD_ROLES
    if staff and not admin_network_allowed(request):
        raise Forbidden("network-not-allowed", _("Staff pages are not open to this network."))
    permissions: dict[str, frozenset[str]] = request.app.state.permissions
    return Principal(
        user_id=session.user_id,
        role=session.role,
        audience=session.audience,
        session_id=session.id,
        permissions=permissions.get(session.role, frozenset()),
    )


def _find_session(
    store: SessionStore, request: Request, audiences: tuple[Audience, ...]
) -> Session:
    authorization = request.headers.get("authorization")
    if authorization is not None:
        # A caller that sends a token means it: an invalid one never falls back to a cookie.
        return _session_from_token(store, authorization, audiences)
    for audience in audiences:
        cookie = request.cookies.get(COOKIES[audience].name)
        session = store.by_credential(cookie) if cookie else None
        if session is not None and session.audience is audience:
            return session
    raise Unauthenticated("sign-in-needed", _("Sign in first."))


def _session_from_token(
    store: SessionStore, authorization: str, audiences: tuple[Audience, ...]
) -> Session:
    scheme, _space, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated(
            "token-refused", _("Send the access token as: Authorization: Bearer …")
        )
    claims = tokens.verify(
        token.strip(), issuer=env_required("PUBLIC_ORIGIN"), key_arns=env_list("SIGNING_KEY_ARNS")
    )
    if claims["aud"] not in audiences:
        raise Unauthenticated(
            "wrong-audience", _("This session is for another part: sign in here.")
        )
    session = store.get(claims["sid"], UUID(claims["sub"]))
    if session is None or session.audience != claims["aud"]:
        raise Unauthenticated("session-ended", _("This session has ended: sign in again."))
    return session
