"""Binding of CRM sessions to the network in which they began (docs/adr/0017-crm-sessions-bound-to-a-network.md).

The network is not the exact address, since a household or a carrier uses several: a /24 of IPv4 or a /48 of IPv6.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Protocol

from kit.auth.cookies import Audience
from kit.errors import Unauthenticated
from kit.i18n import gettext as _

if TYPE_CHECKING:
    from kit.auth.sessions import Session

BOUND_AUDIENCES = frozenset({Audience.CRM})
_PREFIX_LENGTH = {4: 24, 6: 48}


class NetworkUpdater(Protocol):
    """Session store that records the network of a session."""

    def update_network(self, session: Session, network: str) -> None:
        """Record that a session is used from `network`."""
        ...


def is_same_network(first: str, second: str) -> bool:
    """Tell whether two addresses (or networks, as `client_ip` returns them) are in the same network."""
    if first == second:
        return True
    places = [_network_of(text) for text in (first, second)]
    return None not in places and places[0] == places[1]


def require_same_network(store: NetworkUpdater, session: Session, network: str) -> None:
    """End a session that is used from another network than it began in; raise `Unauthenticated`.

    A session with `network_change_allowed` continues, and is listed with the network it was last used from.
    """
    if session.audience not in BOUND_AUDIENCES or is_same_network(session.network, network):
        return
    store.update_network(session, network)
    if not session.network_change_allowed:
        raise network_changed_error()


def network_changed_error() -> Unauthenticated:
    """Return the error for a session that was used from another network."""
    message = _("Your network changed, so this session has ended: sign in again.")
    return Unauthenticated("network-changed", message)


def _network_of(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    length = min(_PREFIX_LENGTH[network.version], network.prefixlen)
    return network.supernet(new_prefix=length)
