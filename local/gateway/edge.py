"""CloudFront distribution: the origin of a path, and the changes to requests and responses.

Headers from the client with names that CloudFront or the origin check use are dropped, so that
no client can forge an address. Without a distribution in the template every request goes to the
API unchanged.
"""

from dataclasses import replace
from fnmatch import fnmatchcase
from http import HTTPStatus

from local.gateway.messages import Request, Response, problem
from local.template import Resolver
from local.template.specs import Behaviour, Distribution

_READING = {"GET", "HEAD", "OPTIONS"}
# CloudFront sets these headers itself, so the origin gets them under every policy.
_ALWAYS = {"accept-encoding", "if-none-match", "if-modified-since", "host"}


class Edge:
    """Behaviours of the distribution, in order."""

    def __init__(
        self, distribution: Distribution | None, resolver: Resolver, *, country: str = "DE"
    ) -> None:
        self._distribution = distribution
        self._resolver = resolver
        self._country = country
        self._origin_headers: dict[str, dict[str, str]] = {}

    def behaviour(self, path: str) -> Behaviour | None:
        """Return the first behaviour whose pattern matches the path."""
        if self._distribution is None:
            return None
        return next(b for b in self._distribution.behaviours if _pattern_matches(b.pattern, path))

    def refusal(self, behaviour: Behaviour, request: Request) -> Response | None:
        """Return CloudFront's own response to a method that the behaviour does not allow."""
        if request.method in behaviour.methods:
            return None
        text = "This address does not answer to that method."
        return problem(request, HTTPStatus.FORBIDDEN, "method-not-allowed", text)

    def to_origin(self, behaviour: Behaviour | None, request: Request) -> Request:
        """Return the request as sent to the origin."""
        set_here: dict[str, str] = {}
        if behaviour is not None:
            address = f"[{request.client}]" if ":" in request.client else request.client
            viewer_headers = {
                "cloudfront-viewer-address": f"{address}:{request.port}",
                "cloudfront-viewer-country": self._country,
            }
            set_here = {n: v for n, v in viewer_headers.items() if n in behaviour.viewer_headers}
            set_here |= self._headers_for_origin(behaviour)
        forwarded = request.header("x-forwarded-for")
        set_here |= {
            "x-forwarded-for": f"{forwarded}, {request.client}" if forwarded else request.client,
            "x-forwarded-proto": request.scheme.replace("ws", "http"),
            "x-forwarded-port": request.header("host").partition(":")[2] or "80",
        }
        passed = _forwarded_request(behaviour, request)
        kept = (
            (name, value)
            for name, value in passed.headers
            if name not in set_here and not name.startswith("cloudfront-")
        )
        return replace(passed, headers=(*kept, *set_here.items()))

    def to_viewer(self, behaviour: Behaviour | None, response: Response) -> Response:
        """Return the response as sent to the viewer."""
        if behaviour is None:
            return response
        headers = tuple(h for h in response.headers if h[0] not in behaviour.removed_headers)
        changed = Response(response.status, headers, response.body)
        return changed.with_headers(behaviour.response_headers.items())

    def _headers_for_origin(self, behaviour: Behaviour) -> dict[str, str]:
        """Return the origin's custom headers, which prove that the request came through CloudFront."""
        if self._distribution is None:
            return {}
        if behaviour.pattern not in self._origin_headers:
            owner = self._distribution.resource
            self._origin_headers[behaviour.pattern] = {
                name: self._resolver.text(owner, value)
                for name, value in behaviour.origin_headers.items()
            }
        return self._origin_headers[behaviour.pattern]


def _forwarded_request(behaviour: Behaviour | None, request: Request) -> Request:
    """Return the request with only the headers, cookies and query that the behaviour's policies forward."""
    if behaviour is None:
        return request
    headers = behaviour.headers
    kept = request.headers
    if headers is not None and request.method in _READING:
        kept = tuple((n, v) for n, v in kept if n in headers | _ALWAYS or n == "cookie")
    if behaviour.cookies is not None:
        kept = tuple(
            (n, v if n != "cookie" else filter_cookies(v, behaviour.cookies)) for n, v in kept
        )
        kept = tuple((n, v) for n, v in kept if n != "cookie" or v)
    pairs = (p for p in request.query.split("&") if p.split("=")[0] not in behaviour.dropped_query)
    return replace(request, headers=kept, query="&".join(pairs))


def filter_cookies(header: str, names: frozenset[str]) -> str:
    """Return a Cookie header with these cookies only."""
    parts = (part.strip() for part in header.split(";"))
    return "; ".join(part for part in parts if part.partition("=")[0] in names)


def _pattern_matches(pattern: str, path: str) -> bool:
    return pattern == "*" or fnmatchcase(path, pattern if pattern[0] in "/*" else f"/{pattern}")
