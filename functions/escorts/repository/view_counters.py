"""View counters in DynamoDB: one item per profile and day, and items that expire with the day.

    counts#<day>#<shard>   <profile>   v00 .. v23: views of the hour; s00 .. s23: marks of the hour
    salt#<day>             -           the day's salt, deleted when the day is over
    allowance#<network>    -           n: views of the network; u<visitor>: views of one browser

The table has no backup, since a backup would keep deleted salts. Losing the table loses the views
since the last roll-up.
"""

import secrets
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from escorts.domain.views import (
    CATCH_UP,
    SALT_TTL,
    VIEWS_PER_NETWORK,
    VIEWS_PER_VISITOR,
    HourlyViews,
    VisitorMarks,
    end_of_day,
    utc_day,
)
from kit.aws import client
from kit.dynamodb import call_dynamodb
from kit.errors import Unavailable
from kit.i18n import gettext as _

SHARDS = 8
"""Number of partitions over which the counters of a day are spread."""
_NO_PART = {"S": "-"}
# Salt of the latest day that this execution environment counted; older salts are not kept.
_cached_salt: dict[tuple[str, date], bytes] = {}


class ViewCounters:
    """View counters in the DynamoDB table `table`."""

    def __init__(self, table: str) -> None:
        self._table = table

    def get_or_create_salt(self, day: date) -> bytes:
        """Return the day's salt; the first caller creates it, and all callers get the same one."""
        known = _cached_salt.get((self._table, day))
        if known is None:
            answer = self._update(
                {"key": {"S": f"salt#{day}"}, "part": _NO_PART},
                "SET salt = if_not_exists(salt, :fresh), #ttl = if_not_exists(#ttl, :ttl)",
                {"#ttl": "ttl"},
                {":fresh": {"B": secrets.token_bytes(32)}, ":ttl": _ttl(day, SALT_TTL)},
                ReturnValues="ALL_NEW",
            )
            known = bytes(answer["Attributes"]["salt"]["B"])
            _cached_salt.clear()
            _cached_salt[self._table, day] = known
        return known

    def consume_allowance(self, day: date, marks: VisitorMarks) -> bool:
        """Consume one view of the allowance of network and browser; return False if none is left."""
        answer = self._update(
            {"key": {"S": f"allowance#{marks.network}"}, "part": _NO_PART},
            "ADD #n :one, #u :one SET #ttl = :ttl",
            {"#n": "n", "#u": f"u{marks.visitor}", "#ttl": "ttl"},
            {
                ":one": {"N": "1"},
                ":network": {"N": str(VIEWS_PER_NETWORK)},
                ":visitor": {"N": str(VIEWS_PER_VISITOR)},
                ":ttl": _ttl(day, SALT_TTL),
            },
            ConditionExpression="(attribute_not_exists(#n) OR #n < :network)"
            " AND (attribute_not_exists(#u) OR #u < :visitor)",
        )
        return answer is not None

    def add_view(self, profile_id: UUID, moment: datetime, mark: int) -> None:
        """Add one view to the counters of its hour."""
        day, hour = utc_day(moment), moment.hour
        shard = profile_id.int % SHARDS
        self._update(
            {"key": {"S": f"counts#{day}#{shard}"}, "part": {"S": str(profile_id)}},
            "ADD #v :one, #s :mark SET #ttl = :ttl",
            {"#v": f"v{hour:02}", "#s": f"s{hour:02}", "#ttl": "ttl"},
            {
                ":one": {"N": "1"},
                ":mark": {"NS": [str(mark)]},
                ":ttl": _ttl(day, CATCH_UP + timedelta(days=1)),
            },
        )

    def delete_salt(self, day: date) -> None:
        """Delete the day's salt; without it the stored marks cannot be linked to a visitor."""
        _cached_salt.pop((self._table, day), None)
        call_dynamodb(
            lambda: client("dynamodb").delete_item(
                TableName=self._table, Key={"key": {"S": f"salt#{day}"}, "part": _NO_PART}
            ),
            _unavailable(),
        )

    def iter_pages(self, day: date) -> Iterator[list[HourlyViews]]:
        """Yield the day's counters of all profiles, page by page."""
        for shard in range(SHARDS):
            query: dict[str, Any] = {
                "TableName": self._table,
                "KeyConditionExpression": "#key = :key",
                "ExpressionAttributeNames": {"#key": "key"},
                "ExpressionAttributeValues": {":key": {"S": f"counts#{day}#{shard}"}},
                "ConsistentRead": True,
            }
            while True:
                answer = call_dynamodb(lambda: client("dynamodb").query(**query), _unavailable())  # noqa: B023
                if answer["Items"]:
                    yield [_to_hourly_views(item) for item in answer["Items"]]
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
            _unavailable(),
            conditional="ConditionExpression" in options,
        )


def _to_hourly_views(item: dict[str, Any]) -> HourlyViews:
    views = {int(name[1:]): int(value["N"]) for name, value in item.items() if name[0] == "v"}
    marks = {
        int(name[1:]): frozenset(map(int, value["NS"]))
        for name, value in item.items()
        if name[0] == "s"
    }
    return HourlyViews(UUID(item["part"]["S"]), views, marks)


def _ttl(day: date, after: timedelta) -> dict[str, str]:
    return {"N": str(int((end_of_day(day) + after).timestamp()))}


def _unavailable() -> Unavailable:
    return Unavailable("views-unavailable", _("Views cannot be counted right now."), retry_after=5)
