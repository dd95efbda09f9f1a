"""Lambda authorizer of an HTTP API, with simple responses that are cached."""

import time
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from local.gateway.messages import Request
from local.runtime.invocation import Invoker
from local.template import Physical
from local.template.specs import Authorizer


class RefusedError(Exception):
    """Error: the authorizer refused the request or failed."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class RequestAuthorizer:
    """Authorizer that invokes its function once per identity."""

    def __init__(self, spec: Authorizer, invoker: Invoker, physical: Physical) -> None:
        self._spec = spec
        self._invoker = invoker
        self._physical = physical
        self._known: dict[tuple[str, ...], tuple[float, dict[str, Any]]] = {}

    async def authorize(self, request: Request, event: dict[str, Any]) -> None:
        """Add the authorizer's context to the event, or raise `RefusedError`."""
        identity = tuple(_identity(request, source) for source in self._spec.identity)
        if not all(identity):
            raise RefusedError(HTTPStatus.UNAUTHORIZED)
        until, answer = self._known.get(identity, (0.0, {}))
        if not identity or until < time.monotonic():
            answer = await self._ask(event, identity)
            self._known[identity] = (time.monotonic() + self._spec.ttl, answer)
        if answer.get("isAuthorized") is not True:
            raise RefusedError(HTTPStatus.FORBIDDEN)
        if context := answer.get("context"):
            event["requestContext"]["authorizer"] = {"lambda": context}

    async def _ask(self, event: dict[str, Any], identity: tuple[str, ...]) -> dict[str, Any]:
        context = event["requestContext"]
        method, path = context["http"]["method"], context["http"]["path"]
        api = f"{context['apiId']}/{context['stage']}/{method}{path}"
        asked = {key: value for key, value in event.items() if key not in _NOT_ASKED}
        result = await self._invoker.invoke(
            self._spec.function,
            {
                **asked,
                "type": "REQUEST",
                "routeArn": self._physical.arn("execute-api", api),
                "identitySource": list(identity),
            },
        )
        if not result.ok or not isinstance(result.payload, dict):
            raise RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR)
        return result.payload


_NOT_ASKED = {"body", "isBase64Encoded"}


def _identity(request: Request, source: str) -> str:
    kind, _, name = source.removeprefix("$request.").partition(".")
    if kind == "header":
        return request.header(name.lower())
    return ",".join(parse_qs(request.query).get(name, ()))
