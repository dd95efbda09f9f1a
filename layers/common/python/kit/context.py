"""Facts of a request that the gateway and the CDN supply: its id, the network and the country."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from kit.ids import new_id

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.types import Scope


def scope_request_id(scope: Scope) -> str:
    """Return the request id of the logs and the response: the gateway's own, or a new one outside Lambda."""
    state: dict[str, Any] = scope.setdefault("state", {})
    known: str | None = state.get("request_id")
    if known is None:
        event: dict[str, Any] = scope.get("aws.event") or {}
        known = event.get("requestContext", {}).get("requestId") or str(new_id())
        state["request_id"] = known
    return known


def request_id(request: HTTPConnection) -> str:
    """Return the id of `request`."""
    return scope_request_id(request.scope)


def client_ip(request: HTTPConnection) -> str:
    """Return the IP address of the caller's network.

    Behind the CDN that is `cloudfront-viewer-address` (set by the CDN, which drops a header of that name from outside;
    the gateway accepts only requests that passed the CDN), else the gateway's own source address. IPv6 is cut to its
    /64: one household, not one device.
    """
    viewer = request.headers.get("cloudfront-viewer-address")
    text = viewer.rpartition(":")[0].strip("[]") if viewer else ""
    if not text and request.client is not None:
        text = request.client.host
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def viewer_country(request: HTTPConnection) -> str:
    """Return the caller's country (ISO 3166-1) as the CDN sees it, or an empty text if unknown.

    Only the CDN sets `cloudfront-viewer-country`: it drops a header of that name from outside.
    """
    country = request.headers.get("cloudfront-viewer-country", "")
    known = len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()
    return country if known else ""
