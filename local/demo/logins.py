"""The accounts a developer signs in with. Local only: nothing deploys them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CLIENT", "CRM_PATH", "LOGINS", "PASSWORD", "PROVIDER", "STAFF", "Login"]

PASSWORD = "a kettle, two moons and 7 owls"  # noqa: S105 - printed at every start, for this machine


class Login(NamedTuple):
    """Somebody to be."""

    who: str
    email: str
    role: str
    path: str


CLIENT = Login("client", "client@example.org", "client", "/login")
PROVIDER = Login("provider", "provider@example.org", "escort", "/login")
STAFF = Login("staff", "staff@example.org", "admin", "/staff/login")
LOGINS = (CLIENT, PROVIDER, STAFF)
# The provider's private room; its door looks like one at any address.
CRM_PATH = "/beatrix-falk/crm"
