"""Typed views of the resources that the local cloud serves.

Expressions that need physical names stay unresolved here (`Value`); ask a `Resolver`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from local.template.assembly import Resource, Value


@dataclass(frozen=True)
class FunctionSpec:
    """Lambda function; its name is the construct id, e.g. `AuthWeb`."""

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
    """Route of an HTTP API; `method` may be ANY, `path` "$default"."""

    method: str
    path: str
    function: str
    timeout: float = 30.0
    authorizer: Resource | None = None

    @property
    def key(self) -> str:
        """Return the route key in events."""
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
    """Lambda authorizer of an HTTP API (simple responses)."""

    resource: Resource
    function: str
    identity: tuple[str, ...]  # e.g. "$request.header.x-origin-verify"; all are required
    ttl: float  # seconds of caching for the same identity


@dataclass(frozen=True)
class HttpApi:
    """HTTP API (payload format 2.0) with its routes."""

    resource: Resource
    routes: tuple[HttpRoute, ...]
    stage: str = "$default"
    cors: Cors | None = None
    authorizers: tuple[Authorizer, ...] = ()


@dataclass(frozen=True)
class WebSocketRoute:
    """Route of a WebSocket API; `responds` if it has a route response."""

    key: str
    function: str
    responds: bool = False
    timeout: float = 29.0


@dataclass(frozen=True)
class WebSocketApi:
    """WebSocket API with its routes by key."""

    resource: Resource
    selection: str  # route selection expression, e.g. "$request.body.action"
    routes: Mapping[str, WebSocketRoute]
    stage: str = "live"


@dataclass(frozen=True)
class Target:
    """Target of a rule or schedule: a function (by alias or not), a queue, a bus."""

    resource: Resource
    input: Value = None  # constant input, maybe with expressions
    input_path: str | None = None
    input_transformer: Value = None
    dead_letter: Resource | None = None
    retries: int = 185
    max_age: int = 86_400  # seconds


@dataclass(frozen=True)
class Rule:
    """EventBridge rule; `bus` is None for the default bus."""

    name: str
    resource: Resource
    bus: Resource | None
    pattern: Mapping[str, Value] | None
    schedule: str | None
    enabled: bool
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Schedule:
    """EventBridge Scheduler schedule."""

    name: str
    resource: Resource
    expression: str  # rate(5 minutes), cron(...), at(...)
    timezone: str
    enabled: bool
    target: Target


@dataclass(frozen=True)
class EventSource:
    """Event source mapping from a queue or table stream to a function."""

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
    """CloudFront behaviour, e.g. `/static/*` to a bucket, `*` to an API."""

    pattern: str
    origin: Resource  # a bucket or an API
    origin_path: str = ""
    methods: frozenset[str] = frozenset({"GET", "HEAD"})
    origin_headers: Mapping[str, Value] = field(default_factory=dict)  # sent to the origin
    viewer_headers: frozenset[str] = frozenset()  # CloudFront's headers about the viewer
    headers: frozenset[str] | None = None  # forwarded from the viewer to the origin; None: all
    cookies: frozenset[str] | None = None
    dropped_query: frozenset[str] = frozenset()
    key_headers: frozenset[str] = frozenset()  # part of the cache key
    key_cookies: frozenset[str] = frozenset()
    max_ttl: int = 0  # seconds; 0: not cached
    response_headers: Mapping[str, str] = field(default_factory=dict)  # set on every response
    removed_headers: frozenset[str] = frozenset()  # removed from every response


@dataclass(frozen=True)
class Distribution:
    """CloudFront distribution; the last behaviour is the default one (`*`)."""

    resource: Resource
    behaviours: tuple[Behaviour, ...]
    default_root_object: str = ""


@dataclass(frozen=True)
class BucketDeployment:
    """Deployment of files into a bucket."""

    bucket: Resource
    prefix: str
    sources: tuple[Path, ...]
    cache_control: str | None = None


@dataclass(frozen=True)
class Index:
    """Global or local secondary index."""

    name: str
    keys: tuple[Mapping[str, str], ...]
    projection: Mapping[str, Value]
    kind: Literal["global", "local"] = "global"


@dataclass(frozen=True)
class Table:
    """DynamoDB table (AWS::DynamoDB::Table or GlobalTable), as the arguments of create_table."""

    resource: Resource
    name: Value  # None if CloudFormation generates it
    keys: tuple[Mapping[str, str], ...]
    attributes: tuple[Mapping[str, str], ...]
    indexes: tuple[Index, ...] = ()
    ttl_attribute: str | None = None
    stream: str | None = None  # view type


@dataclass(frozen=True)
class Queue:
    """SQS queue."""

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
    """S3 bucket; `event_bridge` if its events go to the default bus."""

    resource: Resource
    name: Value
    notifications: Mapping[str, Value]
    event_bridge: bool
    versioned: bool


@dataclass(frozen=True)
class Key:
    """KMS key."""

    resource: Resource
    spec: str
    usage: str
    rotation: bool
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Secret:
    """Secrets Manager secret: a given string or a generated one."""

    resource: Resource
    name: Value
    value: Value  # None if generated
    generate: Mapping[str, Value] | None


@dataclass(frozen=True)
class Bus:
    """EventBridge bus."""

    resource: Resource
    name: str
