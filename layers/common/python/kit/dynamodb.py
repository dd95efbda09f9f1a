"""Calling DynamoDB: a condition that does not hold is an answer, everything else is an outage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.errors import Unavailable


def call_dynamodb(call: Callable[[], Any], away: Unavailable, *, conditional: bool = False) -> Any:
    """Return what `call` returns, None where `conditional` and its condition did not hold; else raise `away`."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except ClientError as error:
        if conditional and _is_refusal(error.response):
            return None
        raise away from error
    except BotoCoreError as error:
        raise away from error


def _is_refusal(answer: Any) -> bool:
    # A transaction is also cancelled by a conflict or a throttle, and those say nothing about its conditions.
    reasons = {reason.get("Code") for reason in answer.get("CancellationReasons", ())}
    return (
        answer["Error"]["Code"] == "ConditionalCheckFailedException"
        or "ConditionalCheckFailed" in reasons
    )
