"""ASGI application of the developer console: pages without scripts, and the same data as JSON."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.console.guard import refusal
from local.console.views import LIMITS, Views, jsonable
from local.services.context import CloudServices
from local.services.messages import LINK
from local.services.schedules import Scheduler

__all__ = ["console_app"]

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type AdvanceClock = Callable[[timedelta], Awaitable[None]]

_TEMPLATES = Path(__file__).with_name("templates")
_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'"
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"
_UNITS = {"minutes": 60, "hours": 3_600, "days": 86_400}
_BODY_LIMIT = 10_000


def console_app(
    services: CloudServices, scheduler: Scheduler, *, url: str, advance_clock: AdvanceClock
) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """Return the console of a running cloud."""
    pages = _Pages(services, scheduler, url, advance_clock)
    return _GuardedApp(Starlette(routes=pages.routes()))


class _GuardedApp:
    def __init__(self, app: Starlette) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            client = request.client.host if request.client else ""
            if reason := refusal(request.method, client, request.headers):
                await PlainTextResponse(f"{reason}\n", 403)(scope, receive, send)
                return
            await self._app(scope, receive, send)


class _Pages:
    def __init__(
        self, services: CloudServices, scheduler: Scheduler, url: str, advance_clock: AdvanceClock
    ) -> None:
        self._services = services
        self._scheduler = scheduler
        self._url = url
        self._advance_clock = advance_clock
        self._views = Views(services, scheduler)
        self._templates = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"moment": _format_time, "linked": _linkify}

    def routes(self) -> list[Route]:
        views = self._views
        json_views: dict[str, Callable[[Request], Any]] = {
            "mail": lambda request: views.mail(request.query_params.get("to", "")),
            "sms": lambda _: views.sms(),
            "schedules": lambda _: views.schedules(),
            "queues": lambda _: views.queues(),
            "invalidations": lambda _: views.invalidations(),
            "clock": lambda _: views.clock(),
            "resources": lambda _: views.resources(),
            "log": lambda request: views.log(*_log_filter(request)),
            "limits": lambda _: list(LIMITS),
        }
        return [
            Route("/_local", self._mail),
            Route("/_local/schedules", self._schedules),
            Route("/_local/queues", self._queues),
            Route("/_local/edge", self._edge),
            Route("/_local/log", self._log),
            Route("/_local/resources", self._resources),
            Route("/_local/style.css", self._style),
            Route("/_local/mail/{message_id}", self._mail_body),
            Route("/_local/schedules/{name}/run", self._run, methods=["POST"]),
            Route("/_local/clock/advance", self._advance, methods=["POST"]),
            *(_json_route(f"/_local/api/{name}", view) for name, view in json_views.items()),
        ]

    def _mail(self, request: Request) -> Response:
        to = request.query_params.get("to", "")
        return self._page("mail", mails=self._views.mail(to), texts=self._views.sms(), to=to)

    def _schedules(self, request: Request) -> Response:
        return self._page(
            "schedules", schedules=self._views.schedules(), ran=request.query_params.get("ran", "")
        )

    def _queues(self, _: Request) -> Response:
        return self._page("queues", queues=self._views.queues())

    def _edge(self, _: Request) -> Response:
        return self._page(
            "edge", invalidations=self._views.invalidations(), cache_on=self._services.edge_cache.on
        )

    def _log(self, request: Request) -> Response:
        function, request_id = _log_filter(request)
        lines, names = self._views.log(function, request_id), self._views.functions()
        return self._page(
            "log", lines=lines, functions=names, function=function, request_id=request_id
        )

    def _resources(self, _: Request) -> Response:
        return self._page("resources", resources=self._views.resources(), limits=LIMITS)

    def _style(self, _: Request) -> Response:
        css = (_TEMPLATES / "style.css").read_text()
        return Response(css, media_type="text/css", headers={"cache-control": "no-cache"})

    def _mail_body(self, request: Request) -> Response:
        """Show a mail as its recipient sees it, without scripts, forms or remote content."""
        wanted = request.path_params["message_id"]
        for mail in self._views.mail():
            if mail.id == wanted:
                headers = {"content-security-policy": _MAIL_POLICY}
                return HTMLResponse(mail.html or f"<pre>{escape(mail.text)}</pre>", headers=headers)
        return PlainTextResponse("there is no such mail\n", 404)

    async def _run(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._views.schedule_names():
            return PlainTextResponse("the template has no such schedule\n", 404)
        await self._scheduler.run_now(name)
        return _redirect_or_json(request, f"/_local/schedules?ran={name}", {"ran": name})

    async def _advance(self, request: Request) -> Response:
        """Take `amount` and `unit` of a form, or `{"seconds": ...}`."""
        try:
            await self._advance_clock(_duration(await _body(request), request))
        except (ValueError, KeyError, TypeError) as error:
            return PlainTextResponse(f"{error}\n", 400)
        return _redirect_or_json(request, "/_local/schedules", jsonable(self._views.clock()))

    def _page(self, tab: str, **context: object) -> Response:
        template = self._templates.get_template(f"{tab}.html")
        html = template.render(tab=tab, clock=self._views.clock(), url=self._url, **context)
        headers = {"content-security-policy": _POLICY, "cache-control": "no-store"}
        headers |= {"referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}
        return HTMLResponse(html, headers=headers)


def _json_route(path: str, view: Callable[[Request], Any]) -> Route:
    def endpoint(request: Request) -> Response:
        return JSONResponse(jsonable(view(request)), headers={"cache-control": "no-store"})

    return Route(path, endpoint)


def _log_filter(request: Request) -> tuple[str, str]:
    asked = request.query_params
    return asked.get("function", ""), asked.get("request_id", "")


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_LIMIT:
            raise ValueError("the body is too long")
    return body


def _duration(body: bytes, request: Request) -> timedelta:
    if request.headers.get("content-type", "").startswith("application/json"):
        return timedelta(seconds=float(json.loads(body)["seconds"]))
    fields = dict(parse_qsl(body.decode()))
    return timedelta(seconds=float(fields["amount"]) * _UNITS[fields["unit"]])


def _redirect_or_json(request: Request, page: str, answer: object) -> Response:
    """Redirect a browser to a console page; return JSON to other callers."""
    if "text/html" in request.headers.get("accept", ""):
        return Response(status_code=303, headers={"location": page})
    return JSONResponse(answer)


def _format_time(value: datetime | float | None) -> str:
    if value is None:
        return "never"
    moment = datetime.fromtimestamp(value).astimezone() if isinstance(value, float) else value
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _linkify(text: str) -> Markup:
    """Escape a text and turn its addresses into links."""
    parts, last = [], 0
    for found in LINK.finditer(text):
        parts.append(escape(text[last : found.start()]))
        parts.append(Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(found[0]))
        last = found.end()
    return Markup("").join([*parts, escape(text[last:])])
