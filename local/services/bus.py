"""EventBridge: serves PutEvents to any AWS SDK and delivers by the template's rules.

Endpoint of `AWS_ENDPOINT_URL_EVENTBRIDGE`. The response is sent after every matching queue has
the event on disk, so that an accepted event is not lost when the process is killed.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from local.services import patterns
from local.services.targets import Targets
from local.template import Physical, Template
from local.template.specs import Rule

__all__ = ["EventBus"]

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]

_MAX_ENTRIES = 10
_MAX_BYTES = 256 * 1024
_REQUIRED = ("Source", "DetailType", "Detail")


class _RequestError(Exception):
    """Error of the request, reported to the caller."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class EventBus:
    """Event buses of the template; an ASGI application."""

    def __init__(
        self,
        template: Template,
        physical: Physical,
        targets: Targets,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._physical = physical
        self._targets = targets
        self._now = now
        self._buses = {"default"} | {bus.name for bus in template.buses}
        self._rules = [rule for rule in template.rules if rule.pattern and rule.enabled]
        self._patterns = {}
        resolver = template.resolver(physical)
        for rule in self._rules:
            pattern = resolver.value(rule.resource, rule.pattern)
            patterns.check(pattern)
            self._patterns[rule.resource.key] = pattern
            for target in rule.targets:
                targets.check(rule.resource, target)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request of the AWS JSON 1.1 protocol."""
        if scope["type"] != "http":
            return
        body = await Request(scope, receive).body()
        operation = dict(scope["headers"]).get(b"x-amz-target", b"").decode().rpartition(".")[2]
        try:
            status, answer = 200, await self._call(operation, body)
        except _RequestError as refusal:
            status, answer = 400, {"__type": refusal.code, "message": refusal.message}
        await _respond(send, status, answer)

    async def _call(self, operation: str, body: bytes) -> Mapping[str, Any]:
        if operation != "PutEvents":
            message = f"the local bus serves PutEvents, not {operation or 'a request without one'}"
            raise _RequestError("UnknownOperationException", message)
        entries = json.loads(body).get("Entries", [])
        if not 1 <= len(entries) <= _MAX_ENTRIES:
            bound = "greater than or equal to 1" if not entries else "less than or equal to 10"
            message = (
                "1 validation error detected: Value at 'entries' failed to satisfy constraint:"
                f" Member must have length {bound}"
            )
            raise _RequestError("ValidationException", message)
        if sum(map(_size, entries)) > _MAX_BYTES:
            message = "Total size of the entries in the request is over the limit."
            raise _RequestError("ValidationException", message)
        results = [await self.put(entry) for entry in entries]
        return {
            "FailedEntryCount": sum("ErrorCode" in result for result in results),
            "Entries": results,
        }

    async def put(self, entry: Mapping[str, Any]) -> dict[str, str]:
        """Deliver one entry of PutEvents; return its result entry."""
        try:
            event, bus = self._event(entry), self._bus(entry)
        except _RequestError as refusal:
            return {"ErrorCode": refusal.code, "ErrorMessage": refusal.message}
        await self.publish(bus, event)
        return {"EventId": str(event["id"])}

    async def publish(self, bus: str, event: Mapping[str, Any]) -> None:
        """Deliver a complete event to every rule of a bus that matches it."""
        for rule in self._rules:
            if _bus_name(rule) == bus and patterns.matches(
                self._patterns[rule.resource.key], event
            ):
                for target in rule.targets:
                    payload = self._targets.input(rule.resource, target, event)
                    await self._targets.deliver(target, payload)

    def _bus(self, entry: Mapping[str, Any]) -> str:
        name = str(entry.get("EventBusName") or "default").rpartition("/")[2]
        if name not in self._buses:
            raise _RequestError("ResourceNotFoundException", f"Event bus {name} does not exist.")
        return name

    def _event(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        for name in _REQUIRED:
            if not entry.get(name):
                message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
                raise _RequestError("InvalidArgument", message)
        if entry["Source"].startswith("aws."):
            raise _RequestError("NotAuthorizedForSourceException", "Not authorized for the source.")
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            raise _RequestError("MalformedDetail", "Detail is malformed.")
        moment = entry.get("Time")
        time = self._now() if moment is None else datetime.fromtimestamp(float(moment), UTC)
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": self._physical.account,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._physical.region,
            "resources": entry.get("Resources", []),
            "detail": detail,
        }


def _bus_name(rule: Rule) -> str:
    return "default" if rule.bus is None else str(rule.bus.properties["Name"])


def _size(entry: Mapping[str, Any]) -> int:
    fields = (*(entry.get(name) or "" for name in _REQUIRED), *entry.get("Resources", ()))
    return sum(len(str(value).encode()) for value in fields) + (14 if "Time" in entry else 0)


async def _respond(send: Send, status: int, answer: Mapping[str, Any]) -> None:
    headers = [
        (b"content-type", b"application/x-amz-json-1.1"),
        (b"x-amzn-requestid", str(uuid.uuid4()).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
