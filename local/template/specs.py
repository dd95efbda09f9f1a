"""Typed views of the resources the local cloud serves.

Expressions that need physical names stay unresolved here (`Value`); ask a `Resolver`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from local.template.assembly import Resource, Value


@dataclass(frozen=True)
class FunctionSpec:
    """A Lambda function: its name is the construct id, e.g. `AuthWeb`."""

    name: str
    resource: Resource
    handler: str
    timeout: float  # seconds
    memory: int  # MiB
    environment: Mapping[str, Value] = field(repr=False)
    code: Path | None  # staged asset directory
    layers: tuple[Path, ...]  # staged asset directories, first wins
    concurrency: int | None = None  # reserved concurrent executions
    dead_letter: Resource | None = None  # queue of failed asynchronous invocations
    retries: int = 2  # of asynchronous invocations


@dataclass(frozen=True)
class HttpRoute:
    """One route of an HTTP API; `method` may be ANY, `path` "$default"."""

    method: str
    path: str
    function: str
    timeout: float = 30.0
    authorizer: Resource | None = None

    @property
    def key(self) -> str:
        """The route key as events carry it."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True)
class Cors:
    """Cross-origin configuration of an HTTP API."""

    origins: tuple[Value, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int | None = None


@dataclass(frozen=True)
class Authorizer:
    """A function that an HTTP API asks before it lets a request in (simple responses)."""

    resource: Resource
    function: str
    identity: tuple[str, ...]  # e.g. "$request.header.x-origin-verify"; all must be there
    ttl: float  # seconds an answer is kept for the same identity


@dataclass(frozen=True)
class HttpApi:
    """An HTTP API (payload format 2.0) with its routes."""

    resource: Resource
    routes: tuple[HttpRoute, ...]
    stage: str = "$default"
    cors: Cors | None = None
    authorizers: tuple[Authorizer, ...] = ()


@dataclass(frozen=True)
class WebSocketRoute:
    """One route of a WebSocket API; `responds` if it has a route response."""

    key: str
    function: str
    responds: bool = False
    timeout: float = 29.0


@dataclass(frozen=True)
class WebSocketApi:
    """A WebSocket API with its routes by key."""

    resource: Resource
    selection: str  # route selection expression, e.g. "$request.body.action"
    routes: Mapping[str, WebSocketRoute]
    stage: str = "live"


@dataclass(frozen=True)
class Target:
    """Where a rule or schedule delivers: a function (by alias or not), a queue, a bus."""

    resource: Resource
    input: Value = None  # constant input, maybe with expressions
    input_path: str | None = None
    input_transformer: Value = None
    dead_letter: Resource | None = None
    retries: int = 185
    max_age: int = 86_400  # seconds


@dataclass(frozen=True)
class Rule:
    """An EventBridge rule; `bus` is None for the default bus."""

    name: str
    resource: Resource
    bus: Resource | None
    pattern: Mapping[str, Value] | None
    schedule: str | None
    enabled: bool
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Schedule:
    """An EventBridge Scheduler schedule."""

    name: str
    resource: Resource
    expression: str  # rate(5 minutes), cron(...), at(...)
    timezone: str
    enabled: bool
    target: Target


@dataclass(frozen=True)
class EventSource:
    """A poller: queue or table stream to function."""

    resource: Resource
    source: Resource
    function: str
    batch_size: int
    window: float  # seconds to wait for a fuller batch
    partial_failures: bool  # ReportBatchItemFailures
    enabled: bool = True
    starting_position: str = "LATEST"
    retries: int = -1  # streams: -1 until the records expire
    filters: tuple[Mapping[str, Value], ...] = ()
    max_concurrency: int | None = None
    on_failure: Resource | None = None


@dataclass(frozen=True)
class Behaviour:
    """A CloudFront behaviour: `/static/*` to a bucket, `*` to an API."""

    pattern: str
    origin: Resource  # a bucket or an API
    origin_path: str = ""
    methods: frozenset[str] = frozenset({"GET", "HEAD"})
    origin_headers: Mapping[str, Value] = field(default_factory=dict)  # sent to the origin
    viewer_headers: frozenset[str] = frozenset()  # what CloudFront tells of the viewer
    headers: frozenset[str] | None = None  # what of the viewer's reaches the origin; None: all
    cookies: frozenset[str] | None = None
    dropped_query: frozenset[str] = frozenset()
    key_headers: frozenset[str] = frozenset()  # what tells one stored answer from another
    key_cookies: frozenset[str] = frozenset()
    max_ttl: int = 0  # seconds that an answer may be kept; 0: not at all
    response_headers: Mapping[str, str] = field(default_factory=dict)  # set on every answer
    removed_headers: frozenset[str] = frozenset()  # taken from every answer


@dataclass(frozen=True)
class Distribution:
    """A CloudFront distribution; the last behaviour is the default one (`*`)."""

    resource: Resource
    behaviours: tuple[Behaviour, ...]
    default_root_object: str = ""


@dataclass(frozen=True)
class BucketDeployment:
    """Files the stack uploads into a bucket."""

    bucket: Resource
    prefix: str
    sources: tuple[Path, ...]
    cache_control: str | None = None


@dataclass(frozen=True)
class Index:
    """A global or local secondary index."""

    name: str
    keys: tuple[Mapping[str, str], ...]
    projection: Mapping[str, Value]
    kind: Literal["global", "local"] = "global"


@dataclass(frozen=True)
class Table:
    """A DynamoDB table (AWS::DynamoDB::Table or GlobalTable), as create_table wants it."""

    resource: Resource
    name: Value  # None if CloudFormation names it
    keys: tuple[Mapping[str, str], ...]
    attributes: tuple[Mapping[str, str], ...]
    indexes: tuple[Index, ...] = ()
    ttl_attribute: str | None = None
    stream: str | None = None  # view type


@dataclass(frozen=True)
class Queue:
    """An SQS queue."""

    resource: Resource
    name: Value
    visibility_timeout: int
    retention: int
    delay: int
    fifo: bool
    dead_letter: Resource | None = None
    max_receives: int | None = None


@dataclass(frozen=True)
class Bucket:
    """An S3 bucket; `event_bridge` if its events go to the default bus."""

    resource: Resource
    name: Value
    notifications: Mapping[str, Value]
    event_bridge: bool
    versioned: bool


@dataclass(frozen=True)
class Key:
    """A KMS key."""

    resource: Resource
    spec: str
    usage: str
    rotation: bool
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Secret:
    """A Secrets Manager secret: a given string or a generated one."""

    resource: Resource
    name: Value
    value: Value  # None if generated
    generate: Mapping[str, Value] | None


@dataclass(frozen=True)
class Bus:
    """An EventBridge bus."""

    resource: Resource
    name: str
