"""HTTP API: routes, CORS, and the responses for failed functions."""

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus

from local.gateway.authorizer import RefusedError, RequestAuthorizer
from local.gateway.cors import CorsRules
from local.gateway.events import MalformedResultError, http_event, http_response
from local.gateway.messages import Request, Response, problem
from local.gateway.routing import Match, Router
from local.runtime.invocation import InvocationResult, Invoker, TooManyRequestsError
from local.runtime.log import FunctionLog
from local.template.specs import HttpApi

_EVENT_LIMIT = 6 * 1024 * 1024  # Lambda's limit
_INTERNAL = "Something went wrong on our side. Nothing you need to change; try again in a moment."
_BUSY = "This takes longer than it should. Try again in a moment."


class HttpGateway:
    """Gateway that invokes the function of a request's route."""

    def __init__(
        self,
        api: HttpApi,
        invoker: Invoker,
        log: FunctionLog,
        *,
        api_id: str,
        cors: CorsRules | None = None,
        gatekeepers: Mapping[tuple[str, str], RequestAuthorizer] | None = None,
        slowness: float = 1.0,
    ) -> None:
        self._router = Router(api.routes)
        self._stage = api.stage
        self._api_id = api_id
        self._invoker = invoker
        self._log = log
        self._cors = cors
        self._gatekeepers = gatekeepers or {}
        self._slowness = slowness

    async def handle(self, request: Request) -> Response:
        """Answer a request."""
        if self._cors and (preflight := self._cors.preflight(request)):
            return preflight
        response = await self._route(request)
        if self._cors:
            response = self._cors.apply(request, response)
        return response.with_headers([("apigw-requestid", request.id)])

    async def _route(self, request: Request) -> Response:
        match = self._router.match(request.method, request.path)
        if match is None:
            text = "There is nothing at this address."
            return problem(request, HTTPStatus.NOT_FOUND, "not-found", text)
        event = http_event(request, match, api_id=self._api_id, stage=self._stage)
        if len(request.body) > _EVENT_LIMIT * 3 // 4 and len(json.dumps(event)) > _EVENT_LIMIT:
            return too_large(request)
        try:
            async with asyncio.timeout(match.route.timeout * self._slowness):
                if match.route.authorizer:
                    await self._gatekeepers[match.route.authorizer.key].authorize(request, event)
                result = await self._invoker.invoke(match.route.function, event)
        except RefusedError as refused:
            self._log_failure(match, request, "", f"not let in by its authorizer: {refused}")
            return problem(request, refused.status, "refused", "This request is not let in.")
        except TimeoutError:
            self._log_failure(match, request, "", "no answer within the integration's timeout")
            return _unavailable(request)
        except TooManyRequestsError:
            self._log_failure(match, request, "", "throttled, every environment is busy")
            return _unavailable(request)
        return self._response(request, match, result)

    def _response(self, request: Request, match: Match, result: InvocationResult) -> Response:
        if result.timed_out:
            self._log_failure(match, request, result.request_id, "timed out")
            return _unavailable(request)
        if not result.ok:
            self._log_failure(match, request, result.request_id, f"failed, {result.error_type}")
            return internal_error(request)
        try:
            return http_response(result.payload)
        except MalformedResultError as error:
            self._log_failure(match, request, result.request_id, f"returned no response: {error}")
            return internal_error(request)

    def _log_failure(self, match: Match, request: Request, invocation: str, what: str) -> None:
        """Log a line with the request id of the response and the id of the invocation."""
        line = f"[ERROR] {match.route.key} {what} (request {request.id})"
        self._log.add(match.route.function, invocation, line, request.at)


def internal_error(request: Request) -> Response:
    """Return the response 500 without details of the error."""
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "internal", _INTERNAL)


def _unavailable(request: Request) -> Response:
    retry = (("retry-after", "1"),)
    return problem(request, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", _BUSY, retry)


def too_large(request: Request) -> Response:
    """Return the response to a body over the gateway's or Lambda's limit."""
    text = "This is more than we accept here."
    return problem(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", text)
