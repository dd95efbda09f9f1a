"""Who is calling and what they may do: sessions, access tokens, cookies and the rules that routes declare."""

from kit.auth.access import (
    AccessRule,
    Principal,
    admin_network_allowed,
    public,
    requires,
    visitor,
)
from kit.auth.cookies import Audience, clear_session_cookie, set_session_cookie
from kit.auth.session_store import SessionStore
from kit.auth.sessions import LIFETIMES, Session

__all__ = [
    "LIFETIMES",
    "AccessRule",
    "Audience",
    "Principal",
    "Session",
    "SessionStore",
    "admin_network_allowed",
    "clear_session_cookie",
    "public",
    "requires",
    "set_session_cookie",
    "visitor",
]
