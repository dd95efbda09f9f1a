"""Routing of requests in an HTTP API.

The order of API Gateway: the most specific path that has a route for the method, segment by
segment (a literal before a variable before `{proxy+}`), a method before ANY, `$default` last.
A trailing slash counts: `/login/` is not `/login`, but `/login/{proxy+}` matches it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from local.template.specs import HttpRoute


@dataclass(frozen=True)
class Match:
    """Route of a request, and the decoded path variables."""

    route: HttpRoute
    parameters: Mapping[str, str]


class Router:
    """Router of one API's routes."""

    def __init__(self, routes: Iterable[HttpRoute]) -> None:
        routes = tuple(routes)
        self._default = next((route for route in routes if route.path == "$default"), None)
        self._routes = sorted(
            ((_segments(route.path), route) for route in routes if route is not self._default),
            key=lambda pair: _rank(pair[0], pair[1].method),
        )

    def match(self, method: str, path: str) -> Match | None:
        """Return the route for a method and an encoded path, or None."""
        segments = _segments(path)
        for pattern, route in self._routes:
            if route.method in (method, "ANY"):
                parameters = _parameters(pattern, segments)
                if parameters is not None:
                    return Match(route, parameters)
        return Match(self._default, {}) if self._default else None


def _segments(path: str) -> tuple[str, ...]:
    path = path.removeprefix("/")
    return tuple(path.split("/")) if path else ()


def _rank(pattern: tuple[str, ...], method: str) -> tuple[object, ...]:
    """Return the sort key of a route; more specific routes come first."""
    kinds = [2 if _greedy(part) else 1 if _variable(part) else 0 for part in pattern]
    return kinds, method == "ANY"


def _variable(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")


def _greedy(part: str) -> bool:
    return part.startswith("{") and part.endswith("+}")


def _parameters(pattern: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    """Return the variables of a matching pattern, or None if it does not match."""
    found = {}
    if pattern and _greedy(pattern[-1]):
        *pattern_head, last = pattern
        if len(segments) < len(pattern):
            return None
        found[last[1:-2]] = unquote("/".join(segments[len(pattern_head) :]))
        pattern, segments = tuple(pattern_head), segments[: len(pattern_head)]
    if len(pattern) != len(segments):
        return None
    for part, segment in zip(pattern, segments, strict=True):
        if _variable(part):
            if not segment:
                return None
            found[part[1:-1]] = unquote(segment)
        elif part != unquote(segment):
            return None
    return found
