"""Running services of the local cloud, for the code that triggers, shows or fills them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.clock import CloudClock
from local.database import ProductDatabase
from local.function_environment import FunctionEnvironment
from local.gateway.edge_cache import EdgeCache
from local.runtime.log import FunctionLog
from local.runtime.pool import Runtime
from local.services.bus import EventBus
from local.services.emulator import Emulator
from local.services.invalidations import Invalidations
from local.services.provision import Provisioned
from local.services.targets import Queues, Targets
from local.template import Physical, Template

__all__ = ["CloudServices"]


@dataclass(frozen=True)
class CloudServices:
    """Started services of one local cloud."""

    template: Template
    physical: Physical
    provisioned: tuple[Provisioned, ...]
    emulator: Emulator
    sqs: Any  # boto3 client
    database: ProductDatabase
    clock: CloudClock
    environment: FunctionEnvironment
    runtime: Runtime
    log: FunctionLog
    queues: Queues
    targets: Targets
    bus: EventBus
    edge_cache: EdgeCache
    invalidations: Invalidations
