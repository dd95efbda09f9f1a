"""Counters of views in DynamoDB: one item per profile and day, and what expires with the day.

    counts#<day>#<shard>   <profile>   v00 .. v23: views of the hour; s00 .. s23: marks of the hour
    salt#<day>             -           the day's salt, destroyed when the day is over
    allowance#<network>    -           n: views from there; u<visitor>: views of one browser there

The table has no backup: what is to be forgotten must not be in one. Losing it costs the views since
the last roll-up.
"""

import secrets
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from escorts.domain.views import (
    CATCH_UP,
    FORGOTTEN_AFTER,
    VIEWS_PER_NETWORK,
    VIEWS_PER_VISITOR,
    HourlyViews,
    Traces,
    day_of,
    end_of,
)
from kit.aws import client
from kit.dynamodb import call_dynamodb
from kit.errors import Unavailable

SHARDS = 8
"""A day's counters are spread over so many partitions, and read from as many."""
_ALONE = {"S": "-"}
# The salt of the latest day that this environment has counted on, and of no other.
_latest: dict[tuple[str, date], bytes] = {}


class ViewCounters:
    """Counts views in the DynamoDB table `table`."""

    def __init__(self, table: str) -> None:
        self._table = table

    def salt(self, day: date) -> bytes:
        """Return the day's salt: whoever asks first makes it, and everybody has the same."""
        known = _latest.get((self._table, day))
        if known is None:
            answer = self._update(
                {"key": {"S": f"salt#{day}"}, "part": _ALONE},
                "SET salt = if_not_exists(salt, :fresh), #ttl = if_not_exists(#ttl, :ttl)",
                {"#ttl": "ttl"},
                {":fresh": {"B": secrets.token_bytes(32)}, ":ttl": _until(day, FORGOTTEN_AFTER)},
                ReturnValues="ALL_NEW",
            )
            known = bytes(answer["Attributes"]["salt"]["B"])
            _latest.clear()
            _latest[self._table, day] = known
        return known

    def allow(self, day: date, traces: Traces) -> bool:
        """Take one view of what the network and the browser have left; False if that is nothing."""
        answer = self._update(
            {"key": {"S": f"allowance#{traces.network}"}, "part": _ALONE},
            "ADD #n :one, #u :one SET #ttl = :ttl",
            {"#n": "n", "#u": f"u{traces.visitor}", "#ttl": "ttl"},
            {
                ":one": {"N": "1"},
                ":network": {"N": str(VIEWS_PER_NETWORK)},
                ":visitor": {"N": str(VIEWS_PER_VISITOR)},
                ":ttl": _until(day, FORGOTTEN_AFTER),
            },
            ConditionExpression="(attribute_not_exists(#n) OR #n < :network)"
            " AND (attribute_not_exists(#u) OR #u < :visitor)",
        )
        return answer is not None

    def add(self, profile_id: UUID, moment: datetime, mark: int) -> None:
        """Count one view in its hour."""
        day, hour = day_of(moment), moment.hour
        shard = profile_id.int % SHARDS
        self._update(
            {"key": {"S": f"counts#{day}#{shard}"}, "part": {"S": str(profile_id)}},
            "ADD #v :one, #s :mark SET #ttl = :ttl",
            {"#v": f"v{hour:02}", "#s": f"s{hour:02}", "#ttl": "ttl"},
            {
                ":one": {"N": "1"},
                ":mark": {"NS": [str(mark)]},
                ":ttl": _until(day, CATCH_UP + timedelta(days=1)),
            },
        )

    def forget_salt(self, day: date) -> None:
        """Destroy the day's salt: from now on nobody can say who left which trace."""
        _latest.pop((self._table, day), None)
        call_dynamodb(
            lambda: client("dynamodb").delete_item(
                TableName=self._table, Key={"key": {"S": f"salt#{day}"}, "part": _ALONE}
            ),
            _away(),
        )

    def pages(self, day: date) -> Iterator[list[HourlyViews]]:
        """Yield every profile's counters of the day, a page at a time."""
        for shard in range(SHARDS):
            query: dict[str, Any] = {
                "TableName": self._table,
                "KeyConditionExpression": "#key = :key",
                "ExpressionAttributeNames": {"#key": "key"},
                "ExpressionAttributeValues": {":key": {"S": f"counts#{day}#{shard}"}},
                "ConsistentRead": True,
            }
            while True:
                answer = call_dynamodb(lambda: client("dynamodb").query(**query), _away())  # noqa: B023
                if answer["Items"]:
                    yield [_read(item) for item in answer["Items"]]
                if "LastEvaluatedKey" not in answer:
                    break
                query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _update(
        self,
        key: dict[str, Any],
        expression: str,
        names: dict[str, str],
        values: dict[str, Any],
        **options: Any,
    ) -> Any:
        return call_dynamodb(
            lambda: client("dynamodb").update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=expression,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                **options,
            ),
            _away(),
            conditional="ConditionExpression" in options,
        )


def _read(item: dict[str, Any]) -> HourlyViews:
    views = {int(name[1:]): int(value["N"]) for name, value in item.items() if name[0] == "v"}
    marks = {
        int(name[1:]): frozenset(map(int, value["NS"]))
        for name, value in item.items()
        if name[0] == "s"
    }
    return HourlyViews(UUID(item["part"]["S"]), views, marks)


def _until(day: date, after: timedelta) -> dict[str, str]:
    return {"N": str(int((end_of(day) + after).timestamp()))}


def _away() -> Unavailable:
    return Unavailable("views-unavailable", "Views cannot be counted right now.", retry_after=5)
