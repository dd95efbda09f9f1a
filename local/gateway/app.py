"""ASGI application of the gateway: CloudFront in front of the template's APIs and files."""

import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from local.gateway.authorizer import RequestAuthorizer
from local.gateway.connections import manage
from local.gateway.cors import CorsRules
from local.gateway.edge import Edge
from local.gateway.edge_cache import EdgeCache
from local.gateway.http import HttpGateway, internal_error, too_large
from local.gateway.messages import (
    BodyTooLargeError,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    problem,
    read_body,
)
from local.gateway.static import StaticFiles
from local.gateway.websocket import Limits, WebSocketGateway
from local.runtime.invocation import Invoker
from local.runtime.log import FunctionLog
from local.template import Physical, Resolver, Resource, Template
from local.template.specs import HttpApi


class Gateway:
    """Server of the template's distribution, HTTP API and WebSocket APIs.

    `replaced` maps a staged asset directory to the live one it was copied from, so that files
    built anew are served without a synthesis.
    """

    def __init__(
        self,
        template: Template,
        invoker: Invoker,
        *,
        physical: Physical,
        resolver: Resolver,
        log: FunctionLog,
        replaced: Mapping[Path, Path] | None = None,
        limits: Limits | None = None,
        country: str = "DE",
        cache: EdgeCache | None = None,
        slowness: float = 1.0,
    ) -> None:
        self._log = log
        self._edge = Edge(next(iter(template.distributions), None), resolver, country=country)
        self._cache = cache or EdgeCache(lambda: datetime.now(UTC))
        self._http = {
            api.resource.key: _http_gateway(api, invoker, physical, resolver, log, slowness)
            for api in template.http_apis
        }
        self._websocket = {
            api.resource.key: WebSocketGateway(
                api, invoker, api_id=resolver.physical(api.resource).ref, limits=limits
            )
            for api in template.websocket_apis
        }
        self._stages = {
            f"/{api.stage}": self._websocket[api.resource.key] for api in template.websocket_apis
        }
        self._files = {
            deployment.bucket.key: StaticFiles(
                tuple(d for d in template.deployments if d.bucket is deployment.bucket),
                replaced or {},
            )
            for deployment in template.deployments
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request or serve one WebSocket."""
        request = Request.from_scope(scope)
        if scope["type"] == "websocket":
            await self._serve_websocket(request, receive, send)
        elif scope["type"] == "http":
            response = await self._respond_or_fail(request, receive)
            await response.send(send, head=request.method == "HEAD")

    async def _respond_or_fail(self, request: Request, receive: Receive) -> Response:
        """Respond to a request; an unexpected error becomes a response 500."""
        try:
            return await self._respond(request, receive)
        except Exception as error:  # last resort: the client gets a response, the log the traceback
            trace = "".join(traceback.format_exception(error))
            self._log.add("gateway", request.id, trace, request.at)
            return internal_error(request)

    async def _serve_websocket(self, request: Request, receive: Receive, send: Send) -> None:
        behaviour = self._edge.behaviour(request.path)
        origin = self._websocket.get(behaviour.origin.key) if behaviour else None
        gateway = origin or self._stages.get(request.path.rstrip("/"))
        if gateway is None:
            await receive()
            text = "There is no WebSocket at this address."
            answer = problem(request, HTTPStatus.NOT_FOUND, "not-found", text)
            await answer.send(send, prefix="websocket.http")
            return
        await gateway.serve(self._edge.to_origin(behaviour, request), receive, send)

    async def _respond(self, request: Request, receive: Receive) -> Response:
        try:
            body = await read_body(receive)
        except BodyTooLargeError:
            return too_large(request)
        request = request.with_body(body)
        stage, managed, _ = request.path.partition("/@connections/")
        if managed and stage in self._stages:
            return await manage(self._stages[stage].connections, request)
        behaviour = self._edge.behaviour(request.path)
        if behaviour is None:
            origin = next(iter(self._http), None)
        else:
            origin = behaviour.origin.key
            if refusal := self._edge.refusal(behaviour, request):
                return self._edge.to_viewer(behaviour, refusal)
        onward = self._edge.to_origin(behaviour, request)
        if kept := self._cache.find(behaviour, onward):
            return kept
        whole = self._cache.without_condition(behaviour, onward)
        answer = self._edge.to_viewer(behaviour, await self._respond_from_origin(origin, whole))
        self._cache.store(behaviour, onward, answer)
        return answer

    async def _respond_from_origin(
        self, origin: tuple[str, str] | None, request: Request
    ) -> Response:
        if origin in self._files:
            return self._files[origin].respond(request, request.path.lstrip("/"))
        if origin in self._http:
            return await self._http[origin].handle(request)
        text = "Nothing is served at this address."
        return problem(request, HTTPStatus.NOT_FOUND, "not-found", text)


def _http_gateway(
    api: HttpApi,
    invoker: Invoker,
    physical: Physical,
    resolver: Resolver,
    log: FunctionLog,
    slowness: float,
) -> HttpGateway:
    cors = None
    if api.cors:
        cors = CorsRules(api.cors, tuple(resolver.text(api.resource, o) for o in api.cors.origins))
    return HttpGateway(
        api,
        invoker,
        log,
        api_id=resolver.physical(api.resource).ref,
        cors=cors,
        gatekeepers={
            spec.resource.key: RequestAuthorizer(spec, invoker, physical)
            for spec in api.authorizers
        },
        slowness=slowness,
    )


def websocket_rewrites(template: Template, resolver: Resolver, origin: str) -> dict[str, str]:
    """Return the map from deployed to local addresses of the WebSocket APIs, for a resolver's `rewrites`."""

    def address(api: Resource) -> str:
        return resolver.physical(api).attributes["ApiEndpoint"].partition("://")[2]

    socket = origin.replace("http", "ws", 1)
    found = {}
    for api in template.websocket_apis:
        found[f"https://{address(api.resource)}"] = origin
        found[f"wss://{address(api.resource)}"] = socket
    return found
