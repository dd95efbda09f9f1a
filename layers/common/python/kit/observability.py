"""Logs as JSON lines and metrics in CloudWatch's embedded format, by Powertools.

Log nothing private: ids of requests, names of routes, codes of errors; never bodies, e-mails, names or tokens.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.metrics import Metrics


@cache
def logger() -> Logger:
    """Return the function's logger (service and level come from the template's environment)."""
    from aws_lambda_powertools.logging import Logger

    return Logger(log_uncaught_exceptions=False)


@cache
def metrics() -> Metrics:
    """Return the function's metrics (namespace and service come from the template's environment)."""
    from aws_lambda_powertools.metrics import Metrics

    return Metrics()


def count(name: str, value: float = 1) -> None:
    """Add `value` to the CloudWatch metric `name`, for example `LoginRefused`."""
    from aws_lambda_powertools.metrics import MetricUnit

    metrics().add_metric(name=name, unit=MetricUnit.Count, value=value)


def log_failure(message: str, error: BaseException, **fields: str) -> None:
    """Log the type and the stack of an unexpected error.

    The error's text is left out: a driver quotes the row, a parser the input, and both may be private.
    """
    import traceback

    frames = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]
    extra = {"error": type(error).__name__, "stack": frames, **fields}
    logger().error(message, extra=extra)
