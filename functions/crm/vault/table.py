"""The key table: one DynamoDB partition per tenant, read strongly consistent, written on conditions.

Items of a tenant: `bag` (its keys, sealed), `inbox` (a public key), `client#<id>`, `session#<id>` and `locked` (how
often panic was called). A condition that does not hold is an answer; everything else is an outage, in which nothing
was written.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kit.aws import client
from kit.dynamodb import call_dynamodb
from kit.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

type Item = dict[str, Any]
type Write = dict[str, Any]

BAG = "bag"
INBOX = "inbox"
LOCKED = "locked"
CLIENTS = "client#"
SESSIONS = "session#"
_READ_AT_ONCE = 100
TRANSACT_AT_ONCE = 100
_TRIES = 4


class KeyTable:
    """The DynamoDB table `name` (keys `tenant` and `item`)."""

    def __init__(self, name: str) -> None:
        self._name = name

    def read(self, tenant: UUID, names: Sequence[str]) -> dict[str, Item]:
        """Return those of the items that are there, by name."""
        found: dict[str, Item] = {}
        for start in range(0, len(names), _READ_AT_ONCE):
            keys = [_key(tenant, name) for name in names[start : start + _READ_AT_ONCE]]
            for item in self._batch_get(keys):
                found[item["item"]["S"]] = item
        return found

    def transact(self, *writes: Any) -> bool:
        """Do all of the writes or none; tell whether their conditions held."""

        def once() -> Any:
            return client("dynamodb").transact_write_items(TransactItems=writes)

        return (
            _patiently(lambda: call_dynamodb(once, key_table_unavailable(), conditional=True))
            is not None
        )

    def update(
        self, tenant: UUID, name: str, expression: str, condition: str | None, values: Item
    ) -> Item | None:
        """Change one item and return it whole; None where the condition does not hold."""

        def once() -> Any:
            more: Any = {"ExpressionAttributeValues": values} if values else {}
            if condition is not None:
                more["ConditionExpression"] = condition
            return client("dynamodb").update_item(
                TableName=self._name,
                Key=_key(tenant, name),
                UpdateExpression=expression,
                ReturnValues="ALL_NEW",
                **more,
            )

        answer = _patiently(lambda: call_dynamodb(once, key_table_unavailable(), conditional=True))
        return None if answer is None else answer.get("Attributes", {})

    def delete(self, tenant: UUID, names: Sequence[str]) -> None:
        """Delete the items; those that are not there are no error.

        In transactions, since a batch of writes is one right for deleting and for putting: whoever may only destroy
        keys must not be able to put older ones back.
        """
        once = list(dict.fromkeys(names))
        for start in range(0, len(once), TRANSACT_AT_ONCE):
            some = once[start : start + TRANSACT_AT_ONCE]
            self.transact(*(self.remove(tenant, one) for one in some))

    def pages(self, tenant: UUID, prefix: str = "") -> Iterator[list[Item]]:
        """Yield the tenant's items whose names begin so, a page at a time."""
        expression, values = "tenant = :tenant", {":tenant": {"S": str(tenant)}}
        if prefix:
            expression += " AND begins_with(#item, :prefix)"
            values[":prefix"] = {"S": prefix}
        arguments: dict[str, Any] = {
            "TableName": self._name,
            "ConsistentRead": True,
            "KeyConditionExpression": expression,
            "ExpressionAttributeValues": values,
        }
        if prefix:
            arguments["ExpressionAttributeNames"] = {"#item": "item"}
        while True:
            answer = call_dynamodb(
                lambda: client("dynamodb").query(**arguments), key_table_unavailable()
            )
            yield answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def put(
        self, tenant: UUID, name: str, attributes: Mapping[str, Any], **condition: Any
    ) -> Write:
        """Return the write of a whole item, for `transact`."""
        item = {**_key(tenant, name), **attributes}
        return {"Put": {"TableName": self._name, "Item": item, **condition}}

    def remove(self, tenant: UUID, name: str, **condition: Any) -> Write:
        """Return the deletion of an item, for `transact`."""
        return {"Delete": {"TableName": self._name, "Key": _key(tenant, name), **condition}}

    def check(self, tenant: UUID, name: str, **condition: Any) -> Write:
        """Return a condition on an item that is not written itself, for `transact`."""
        return {"ConditionCheck": {"TableName": self._name, "Key": _key(tenant, name), **condition}}

    def _batch_get(self, keys: list[Item]) -> Iterable[Item]:
        found: list[Item] = []
        request: Any = {self._name: {"Keys": keys, "ConsistentRead": True}}
        for wait in _pauses():
            answer = self._batch_get_once(request)
            found += answer["Responses"].get(self._name, [])
            request = answer.get("UnprocessedKeys")
            if not request:
                return found
            wait()
        raise key_table_unavailable()

    def _batch_get_once(self, request: Any) -> Any:
        return call_dynamodb(
            lambda: client("dynamodb").batch_get_item(RequestItems=request), key_table_unavailable()
        )


def client_item(client_id: UUID) -> str:
    """Return the name of the item that holds the client's keys."""
    return f"{CLIENTS}{client_id.hex}"


def session_item(session_id: str) -> str:
    """Return the name of the item that an unlocked session has."""
    return f"{SESSIONS}{session_id}"


def key_table_unavailable() -> Unavailable:
    """Return the error for a key that is out of reach for a moment."""
    return Unavailable(
        "keys-unavailable", "Your keys are out of reach for a moment: try again.", retry_after=5
    )


def _key(tenant: UUID, name: str) -> Item:
    return {"tenant": {"S": str(tenant)}, "item": {"S": name}}


def _pauses() -> Iterator[Callable[[], None]]:
    for attempt in range(_TRIES):
        yield lambda attempt=attempt: time.sleep(0.02 * 4**attempt)  # type: ignore[misc]


def _patiently(call: Callable[[], Any]) -> Any:
    """Call; again where two transactions met, which says nothing about their conditions."""
    for wait in _pauses():
        try:
            return call()
        except Unavailable as error:
            if not _is_conflict(error.__cause__):
                raise
            last = error
            wait()
    raise last


def _is_conflict(cause: BaseException | None) -> bool:
    answer: Any = getattr(cause, "response", {})
    reasons = {reason.get("Code") for reason in answer.get("CancellationReasons", ())}
    code = answer.get("Error", {}).get("Code")
    return code == "TransactionConflictException" or "TransactionConflict" in reasons
