"""Event sources of functions: HTTP routes, schedules, and the event bus through a queue."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs import alarms
from stacks.constructs.nag import acknowledge
from stacks.constructs.naming import named

BATCH = 10
TRIES = 5


@dataclass(frozen=True)
class Throttle:
    """Requests per second, and burst, that a route accepts from all callers together."""

    rate: float
    burst: int
    cached: bool = False
    """Whether CloudFront may cache responses; Cache-Control of a response says whether, and for how long."""


STANDARD = Throttle(rate=500, burst=1000)
PUBLIC = Throttle(rate=500, burst=1000, cached=True)
HASHING = Throttle(rate=50, burst=100)
"""Routes that hash passwords: each request costs a quarter of a second of processor time."""


class InvokedFunction(Construct):
    """Base of functions with event sources."""

    label: str
    live: lambda_.Alias
    timeout: Duration
    concurrency: int | None
    alarm_topic: sns.ITopic
    schedules_enabled: bool
    scheduled: bool
    """Whether a schedule has configured the asynchronous invocation."""
    dead_letters: sqs.Queue | None


class Api(Protocol):
    """Parts of the HTTP API that routes use."""

    http: apigateway.HttpApi
    authorizer: apigateway.IHttpRouteAuthorizer
    server_errors: cloudwatch.Alarm
    throttles: dict[str, Throttle]


def connect_routes(function: InvokedFunction, api: Api, throttles: Mapping[str, Throttle]) -> None:
    """Add a route for each key, all with one integration and one permission."""
    integration = integrations.HttpLambdaIntegration(
        "Integration", function.live, scope_permission_to_route=False
    )
    for key, throttle in throttles.items():
        apigateway.HttpRoute(
            function,
            re.sub(r"\W+", "-", key).strip("-"),
            http_api=api.http,
            route_key=_route_key(key),
            integration=integration,
            authorizer=api.authorizer,
        )
        api.throttles[key] = throttle


def _route_key(key: str) -> apigateway.HttpRouteKey:
    if key == "$default":
        return apigateway.HttpRouteKey.DEFAULT
    method, path = key.split(" ", 1)
    return apigateway.HttpRouteKey.with_(path, apigateway.HttpMethod[method])


def connect_schedule(
    function: InvokedFunction,
    name: str,
    when: scheduler.ScheduleExpression,
    payload: Mapping[str, str],
) -> None:
    """Invoke the function on a schedule; failed events go to its dead-letter queue."""
    queue = _dead_letters_of(function)
    if not function.scheduled:
        function.live.configure_async_invoke(
            on_failure=destinations.SqsDestination(queue), retry_attempts=1
        )
        function.scheduled = True
    scheduler.Schedule(
        function,
        name,
        schedule=when,
        description=f"{function.label}: {name}",
        enabled=function.schedules_enabled,
        target=scheduler_targets.LambdaInvoke(
            function.live,
            input=scheduler.ScheduleTargetInput.from_object(dict(payload)),
            dead_letter_queue=queue,
            retry_attempts=2,
            max_event_age=Duration.hours(1),
        ),
    )


def connect_queue(
    function: InvokedFunction,
    bus: events.IEventBus,
    name: str,
    *,
    source: str | Sequence[str],
    detail_type: str | Sequence[str],
) -> None:
    """Deliver events from the bus through a rule and a queue; after `TRIES` they go to the dead-letter queue."""
    dead_letters = _dead_letters_of(function)
    types, sources_ = _as_list(detail_type), _as_list(source)
    queue = named(
        sqs.Queue(
            function,
            "Queue",
            visibility_timeout=Duration.seconds(6 * function.timeout.to_seconds()),
            retention_period=Duration.days(4),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=TRIES),
        ),
        name,
    )
    events.Rule(
        function,
        "Rule",
        event_bus=bus,
        description=f"{', '.join(types)} to {name}",
        event_pattern=events.EventPattern(source=sources_, detail_type=types),
        targets=[targets.SqsQueue(queue, dead_letter_queue=dead_letters)],
    )
    function.live.add_event_source(
        sources.SqsEventSource(
            queue,
            batch_size=BATCH,
            report_batch_item_failures=True,
            max_concurrency=function.concurrency,
        )
    )


def _as_list(one: str | Sequence[str]) -> list[str]:
    return [one] if isinstance(one, str) else list(one)


def dead_letter_queue(function: InvokedFunction) -> sqs.Queue:
    """Return the dead-letter queue of a function, watched by an alarm."""
    queue = sqs.Queue(
        function,
        "DeadLetters",
        retention_period=Duration.days(14),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
    )
    acknowledge(
        queue, {"AwsSolutions-SQS3": "This is a dead-letter queue itself; an alarm watches it."}
    )
    alarms.watch_dead_letters(queue, queue, function.label, function.alarm_topic)
    return named(queue, f"{function.label}DeadLetters")


def _dead_letters_of(function: InvokedFunction) -> sqs.Queue:
    if function.dead_letters is None:
        raise ValueError(f"{function.label} has event sources and needs a dead-letter queue")
    return function.dead_letters
