"""Rate limits in DynamoDB: fixed windows counted atomically, shared by every environment of a function.

A fixed window admits at most twice the limit around its edge, which is enough against guessing and needs one write
per attempt. Keys are hashed: the table stores no IP address and no account.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from kit import clock
from kit.aws import client
from kit.dynamodb import call_dynamodb
from kit.errors import RateLimited, Unavailable
from kit.i18n import gettext as _
from kit.i18n import ngettext


class RateLimiter:
    """Rate limiter: counts attempts by key in the DynamoDB table `table`."""

    def __init__(self, table: str, now: clock.Clock = clock.now) -> None:
        self._table = table
        self._now = now

    def hit(self, key: str, *, limit: int, window: timedelta) -> None:
        """Count one attempt for `key`; raise `RateLimited` above `limit` attempts in a window.

        Fails closed: raises `Unavailable` if the table is unreachable.
        """
        seconds, start, moment = self._window(window)
        answer = call_dynamodb(
            lambda: client("dynamodb").update_item(
                TableName=self._table,
                Key={"key": {"S": _hashed(f"{key}|{seconds}|{start}")}},
                UpdateExpression="ADD tries :one SET #ttl = if_not_exists(#ttl, :ttl)",
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":ttl": {"N": str(start + 2 * seconds)},
                },
                ReturnValues="UPDATED_NEW",
            ),
            _rate_limits_unavailable(),
        )
        if int(answer["Attributes"]["tries"]["N"]) > limit:
            wait = start + seconds - moment
            raise RateLimited(
                "too-many-tries",
                ngettext(
                    "Too many tries: wait %(count)s second.",
                    "Too many tries: wait %(count)s seconds.",
                    wait,
                ),
                retry_after=wait,
            )

    def refund(self, key: str, *, window: timedelta) -> None:
        """Take back one attempt that should not count; no effect if its window has ended since."""
        seconds, start, _ = self._window(window)
        call_dynamodb(
            lambda: client("dynamodb").update_item(
                TableName=self._table,
                Key={"key": {"S": _hashed(f"{key}|{seconds}|{start}")}},
                UpdateExpression="ADD tries :back",
                ConditionExpression="tries > :none",
                ExpressionAttributeValues={":back": {"N": "-1"}, ":none": {"N": "0"}},
            ),
            _rate_limits_unavailable(),
            conditional=True,
        )

    def _window(self, window: timedelta) -> tuple[int, int, int]:
        """Return the length and the start of the current window, and the current time, in seconds."""
        seconds = int(window.total_seconds())
        moment = int(self._now().timestamp())
        return seconds, moment - moment % seconds, moment


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _rate_limits_unavailable() -> Unavailable:
    return Unavailable(
        "throttle-unavailable", _("We cannot check this right now: try again."), retry_after=5
    )
