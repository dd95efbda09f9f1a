"""The key table: one DynamoDB partition per tenant, read strongly consistent, written on conditions.

Items of a tenant: `bundle` (its keys, sealed), `inbox` (a public key), `client#<id>`, `session#<id>` and `locked` (how
often all sessions were locked). A condition that does not hold is an answer; any other failure is an outage, in which
nothing was written.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kit.aws import client
from kit.dynamodb import call_dynamodb
from kit.errors import Unavailable
from kit.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

type Item = dict[str, Any]
type Write = dict[str, Any]

BUNDLE = "bundle"
INBOX = "inbox"
LOCKED = "locked"
CLIENTS = "client#"
SESSIONS = "session#"
_READ_BATCH = 100
TRANSACTION_SIZE = 100
_MAX_TRIES = 4


class KeyTable:
    """The DynamoDB table `name` (keys `tenant` and `item`)."""

    def __init__(self, name: str) -> None:
        self._name = name

    def read(self, tenant: UUID, names: Sequence[str]) -> dict[str, Item]:
        """Return the items that exist, by name."""
        items: dict[str, Item] = {}
        for start in range(0, len(names), _READ_BATCH):
            keys = [_key(tenant, name) for name in names[start : start + _READ_BATCH]]
            for item in self._batch_get(keys):
                items[item["item"]["S"]] = item
        return items

    def transact(self, *writes: Any) -> bool:
        """Do all of the writes or none; tell whether their conditions held."""

        def once() -> Any:
            return client("dynamodb").transact_write_items(TransactItems=writes)

        return (
            _retry_conflicts(lambda: call_dynamodb(once, key_table_unavailable(), conditional=True))
            is not None
        )

    def update(
        self, tenant: UUID, name: str, expression: str, condition: str | None, values: Item
    ) -> Item | None:
        """Change one item and return it whole; None if the condition does not hold."""

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

        answer = _retry_conflicts(
            lambda: call_dynamodb(once, key_table_unavailable(), conditional=True)
        )
        return None if answer is None else answer.get("Attributes", {})

    def delete(self, tenant: UUID, names: Sequence[str]) -> None:
        """Delete the items; a missing item is no error.

        In transactions, since a batch write needs one permission for both deleting and putting: a function that may
        only destroy keys must not be able to put older ones back.
        """
        once = list(dict.fromkeys(names))
        for start in range(0, len(once), TRANSACTION_SIZE):
            batch = once[start : start + TRANSACTION_SIZE]
            self.transact(*(self.remove(tenant, name) for name in batch))

    def pages(self, tenant: UUID, prefix: str = "") -> Iterator[list[Item]]:
        """Yield the tenant's items with that name prefix, a page at a time."""
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
        items: list[Item] = []
        request: Any = {self._name: {"Keys": keys, "ConsistentRead": True}}
        for wait in _retry_pauses():
            answer = self._batch_get_once(request)
            items += answer["Responses"].get(self._name, [])
            request = answer.get("UnprocessedKeys")
            if not request:
                return items
            wait()
        raise key_table_unavailable()

    def _batch_get_once(self, request: Any) -> Any:
        return call_dynamodb(
            lambda: client("dynamodb").batch_get_item(RequestItems=request), key_table_unavailable()
        )


def client_item(client_id: UUID) -> str:
    """Return the name of the item with the client's keys."""
    return f"{CLIENTS}{client_id.hex}"


def session_item(session_id: str) -> str:
    """Return the name of the item of an unlocked session."""
    return f"{SESSIONS}{session_id}"


def key_table_unavailable() -> Unavailable:
    """Return the error for an unreachable key table or KMS."""
    return Unavailable(
        "keys-unavailable",
        _("Your encryption keys are unavailable at the moment: try again."),
        retry_after=5,
    )


def _key(tenant: UUID, name: str) -> Item:
    return {"tenant": {"S": str(tenant)}, "item": {"S": name}}


def _retry_pauses() -> Iterator[Callable[[], None]]:
    for attempt in range(_MAX_TRIES):
        yield lambda attempt=attempt: time.sleep(0.02 * 4**attempt)  # type: ignore[misc]


def _retry_conflicts(call: Callable[[], Any]) -> Any:
    """Call, and retry where two transactions met: that says nothing about their conditions."""
    for wait in _retry_pauses():
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
