"""CORS by an HTTP API's configuration: the gateway answers preflights and sets the headers."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from local.gateway.messages import Request, Response
from local.template.specs import Cors


@dataclass(frozen=True)
class CorsRules:
    """CORS configuration with resolved origins."""

    config: Cors
    origins: tuple[str, ...]

    def preflight(self, request: Request) -> Response | None:
        """Return the response to a preflight request, or None for any other request."""
        asked = request.header("access-control-request-method")
        if request.method != "OPTIONS" or not request.header("origin") or not asked:
            return None
        allowed = self._origin(request)
        if allowed is None or not ({"*", asked} & set(self.config.methods)):
            return Response(204)
        headers = [
            ("access-control-allow-methods", ",".join(self.config.methods)),
            ("access-control-allow-headers", ",".join(self.config.headers).lower()),
        ]
        if self.config.max_age is not None:
            headers.append(("access-control-max-age", str(self.config.max_age)))
        present = ((name, value) for name, value in headers if value)
        return Response(204, (*allowed, *present))

    def apply(self, request: Request, response: Response) -> Response:
        """Return the response with the API's CORS headers in place of the function's."""
        own = tuple(h for h in response.headers if not h[0].startswith("access-control-"))
        allowed = self._origin(request) if request.header("origin") else None
        exposed = ",".join(self.config.exposed)
        extra = (("access-control-expose-headers", exposed),) if allowed and exposed else ()
        return Response(response.status, (*own, *(allowed or ()), *extra), response.body)

    def _origin(self, request: Request) -> tuple[tuple[str, str], ...] | None:
        origin = request.header("origin")
        if "*" in self.origins:
            return (("access-control-allow-origin", "*"),)
        if not any(fnmatchcase(origin, pattern) for pattern in self.origins):
            return None
        allowed = (("access-control-allow-origin", origin), ("vary", "origin"))
        credentials = (("access-control-allow-credentials", "true"),)
        return allowed + credentials if self.config.credentials else allowed
