"""Accounts for a developer to sign in with. Local only, never deployed."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CLIENT", "CRM_PATH", "LOGINS", "PASSWORD", "PROVIDER", "STAFF", "Login"]

PASSWORD = "a kettle, two moons and 7 owls"  # noqa: S105 - printed at every start, for this machine


class Login(NamedTuple):
    """Account to sign in with."""

    who: str
    email: str
    role: str
    path: str


CLIENT = Login("client", "client@example.org", "client", "/login")
PROVIDER = Login("provider", "provider@example.org", "escort", "/login")
STAFF = Login("staff", "staff@example.org", "admin", "/staff/login")
LOGINS = (CLIENT, PROVIDER, STAFF)
# The demo provider's client book; its login page looks the same at every address.
CRM_PATH = "/beatrix-falk/crm"
