"""Delivery to the targets of rules and schedules: a queue or a function."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from local.services.asynchronous import AsynchronousInvoker, SendToQueue
from local.template import Resolver, Resource, Template, TemplateError
from local.template.specs import Target

__all__ = ["Queues", "Targets"]

_FUNCTION, _QUEUE = "AWS::Lambda::Function", "AWS::SQS::Queue"


class Queues:
    """Sender to the emulator's queues by the template's resources."""

    def __init__(self, client: Any, resolver: Resolver) -> None:
        """`client` is a boto3 SQS client."""
        self._client = client
        self._resolver = resolver

    def send(self, queue: Resource, body: str) -> None:
        """Send a message to a queue; the message is on disk on return."""
        self._client.send_message(QueueUrl=self._resolver.physical(queue).ref, MessageBody=body)


class Targets:
    """Delivery of events to targets; an unsupported target is refused at start."""

    def __init__(
        self,
        template: Template,
        resolver: Resolver,
        send: SendToQueue,
        invoker: AsynchronousInvoker,
    ) -> None:
        self._template = template
        self._resolver = resolver
        self._send = send
        self._invoker = invoker

    def check(self, owner: Resource, target: Target) -> None:
        """Raise TemplateError for a target the local cloud does not serve."""
        if target.resource.type not in {_FUNCTION, _QUEUE}:
            raise TemplateError(f"{owner} delivers to {target.resource}, which is not served here")
        if target.input_transformer is not None:
            raise TemplateError(f"{owner} transforms its input, which is not served here")

    def input(self, owner: Resource, target: Target, event: Mapping[str, Any]) -> Any:
        """Return a target's input for an event: the whole event, a part, or a constant."""
        if target.input is not None:
            return json.loads(self._resolver.text(owner, target.input))
        part: Any = event
        for name in (target.input_path or "$").lstrip("$").strip(".").split("."):
            part = part[name] if name else part
        return part

    async def deliver(self, target: Target, payload: object) -> None:
        """Deliver to a target: a queue has the message on return, a function has been started."""
        if target.resource.type == _QUEUE:
            await asyncio.to_thread(self._send, target.resource, json.dumps(payload))
        else:
            self._invoker.start_invocation(self._template.function_name(target.resource), payload)
