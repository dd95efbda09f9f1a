"""Calls to DynamoDB: a failed condition is a result, every other error is an outage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.errors import Unavailable


def call_dynamodb(
    call: Callable[[], Any], unavailable: Unavailable, *, conditional: bool = False
) -> Any:
    """Return the result of `call`, or None if `conditional` and the condition failed.

    Raises `unavailable` for every other error.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except ClientError as error:
        if conditional and _is_failed_condition(error.response):
            return None
        raise unavailable from error
    except BotoCoreError as error:
        raise unavailable from error


def _is_failed_condition(answer: Any) -> bool:
    # A transaction is also cancelled by a conflict or a throttle, which say nothing about its conditions.
    reasons = {reason.get("Code") for reason in answer.get("CancellationReasons", ())}
    return (
        answer["Error"]["Code"] == "ConditionalCheckFailedException"
        or "ConditionalCheckFailed" in reasons
    )
