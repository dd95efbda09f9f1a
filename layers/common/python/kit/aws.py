"""AWS clients: one per service and environment, with timeouts that a person would wait for.

botocore's clients are boto3's without the resource layer, which no code here uses and every cold start would load.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client


class Timeouts(NamedTuple):
    """Seconds to connect and to wait for the response of one call, and the number of attempts."""

    connect: float
    read: float
    attempts: int

    @property
    def longest_call(self) -> float:
        """Return the seconds after which a call to one address has ended, the pauses between its attempts included."""
        pauses = sum(2.0**number for number in range(self.attempts - 1))
        return self.attempts * (self.connect + self.read) + pauses


DEFAULT_TIMEOUTS = Timeouts(connect=2, read=5, attempts=3)
# Short for the bus, because the relay sends the events that a request could not send. The second attempt is for a
# connection that was closed while Lambda had frozen the environment.
TIMEOUTS = {"events": Timeouts(connect=1, read=3, attempts=2)}


@overload
def client(service: Literal["cloudfront"]) -> CloudFrontClient: ...
@overload
def client(service: Literal["dynamodb"]) -> DynamoDBClient: ...
@overload
def client(service: Literal["events"]) -> EventBridgeClient: ...
@overload
def client(service: Literal["kms"]) -> KMSClient: ...
@overload
def client(service: Literal["secretsmanager"]) -> SecretsManagerClient: ...
@overload
def client(service: Literal["sesv2"]) -> SESV2Client: ...
def client(service: str) -> Any:
    """Return the environment's client for `service` (endpoint and region come from the environment)."""
    return _client(service)


@cache
def _client(service: str) -> Any:
    from botocore.config import Config

    timeouts = TIMEOUTS.get(service, DEFAULT_TIMEOUTS)
    config = Config(
        connect_timeout=timeouts.connect,
        read_timeout=timeouts.read,
        retries={"mode": "standard", "total_max_attempts": timeouts.attempts},
    )
    return _session().create_client(service, config=config)


@cache
def _session() -> Any:
    from botocore.session import get_session

    return get_session()


def reset_clients() -> None:
    """Discard the cached clients (tests point new ones elsewhere)."""
    _client.cache_clear()
    _session.cache_clear()
