"""AWS clients: made once per environment, with timeouts that a person would wait for.

botocore's clients are boto3's without its resource layer, which nothing here uses and every cold start would load.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, overload

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client


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

    # Nobody waits for the bus: what it does not take at once, the relay sends.
    attempts = 2 if service == "events" else 3
    config = Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    return _session().create_client(service, config=config)


@cache
def _session() -> Any:
    from botocore.session import get_session

    return get_session()


def forget_clients() -> None:
    """Make new clients next time (tests point them elsewhere)."""
    _client.cache_clear()
    _session.cache_clear()
