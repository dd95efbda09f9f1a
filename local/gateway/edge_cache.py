"""CloudFront's cache of public responses, in memory; off by default.

Off, every page shows the current data, for development. On, the cache proves that a purge reaches stored responses.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from local.gateway.edge import filter_cookies
from local.gateway.messages import Request, Response
from local.template.specs import Behaviour

_SHARED = re.compile(r"s-maxage=(\d+)")

type Key = tuple[str, ...]


@dataclass
class EdgeCache:
    """Stored responses by cache key, each until it expires."""

    now: Callable[[], datetime]
    on: bool = False
    _kept: dict[Key, tuple[datetime, Response]] = field(default_factory=dict)

    def find(self, behaviour: Behaviour | None, request: Request) -> Response | None:
        """Return the stored response, or 304 if the viewer's copy is still valid."""
        key = self._key(behaviour, request)
        if key is None or key not in self._kept:
            return None
        until, response = self._kept[key]
        if until <= self.now():
            del self._kept[key]
            return None
        hit = response.with_headers([("x-cache", "Hit from cloudfront")])
        tag = next((v for n, v in response.headers if n.lower() == "etag"), "")
        if tag and tag in request.header("if-none-match"):
            return Response(304, hit.headers)
        return hit

    def without_condition(self, behaviour: Behaviour | None, request: Request) -> Request:
        """Return the request without conditional headers, so that the origin sends the whole response."""
        if self._key(behaviour, request) is None:
            return request
        kept = (
            (n, v) for n, v in request.headers if n not in {"if-none-match", "if-modified-since"}
        )
        return Request(**{**vars(request), "headers": tuple(kept)})

    def store(self, behaviour: Behaviour | None, request: Request, response: Response) -> None:
        """Store a response whose Cache-Control permits it."""
        key = self._key(behaviour, request)
        policy = next((v for n, v in response.headers if n.lower() == "cache-control"), "")
        seconds = _SHARED.search(policy)
        if key is None or behaviour is None or response.status != 200 or seconds is None:
            return
        longest = min(int(seconds[1]), behaviour.max_ttl)
        if longest:
            self._kept[key] = (self.now() + timedelta(seconds=longest), response)

    def purge(self, paths: Iterable[str]) -> None:
        """Remove the responses of these paths; a path that ends in `*` matches every path with that prefix."""
        for pattern in paths:
            exact = re.sub(r"([?\[])", r"[\1]", pattern)
            for key in [key for key in self._kept if fnmatchcase(key[1], exact)]:
                del self._kept[key]

    def _key(self, behaviour: Behaviour | None, request: Request) -> Key | None:
        if not self.on or behaviour is None or not behaviour.max_ttl or request.method != "GET":
            return None
        address = f"{request.path}?{request.query}" if request.query else request.path
        key_headers = (request.header(name) for name in sorted(behaviour.key_headers))
        cookies = filter_cookies(request.header("cookie"), behaviour.key_cookies)
        packed = "gzip" if "gzip" in request.header("accept-encoding") else ""
        return (behaviour.pattern, address, packed, cookies, *key_headers)
