"""Authentication and authorization: sessions, access tokens, cookies and the access rules of routes."""

from kit.auth.access import (
    AccessRule,
    Principal,
    admin_network_allowed,
    optional_session,
    public,
    requires,
)
from kit.auth.cookies import (
    UNLOCK_COOKIE,
    Audience,
    clear_session_cookie,
    clear_unlock_cookie,
    set_session_cookie,
    set_unlock_cookie,
)
from kit.auth.network_binding import require_same_network
from kit.auth.session_store import SessionStore
from kit.auth.sessions import LIFETIMES, Session

__all__ = [
    "LIFETIMES",
    "UNLOCK_COOKIE",
    "AccessRule",
    "Audience",
    "Principal",
    "Session",
    "SessionStore",
    "admin_network_allowed",
    "clear_session_cookie",
    "clear_unlock_cookie",
    "optional_session",
    "public",
    "require_same_network",
    "requires",
    "set_session_cookie",
    "set_unlock_cookie",
]
