"""DynamoDB and KMS of the vault in memory, at the level of their clients.

Every call is counted: `stop_before` and `stop_after` are the number of the call at which the function is killed,
before or after its effect. `unavailable` makes a service unreachable, `throttled` makes it refuse.
"""

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from kit import aws

type Item = dict[str, Any]


class ProcessKilledError(BaseException):
    """The function was killed here; a BaseException, so that no error handler continues."""


class FakeCloud:
    """DynamoDB and KMS with a common count of calls."""

    def __init__(self) -> None:
        self.kms = FakeKms(self)
        self.dynamodb = FakeDynamoDB(self)
        self.calls: list[str] = []
        self.stop_before = 0
        self.stop_after = 0
        self.unavailable: set[str] = set()
        self.throttled: set[str] = set()

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replace the AWS clients."""
        monkeypatch.setattr(aws, "_client", lambda service: getattr(self, service))

    def call(self, service: str, name: str, work: Callable[[], Any]) -> Any:
        """Count the call and do its work, unless the service is unavailable or the function is killed."""
        self.calls.append(f"{service}.{name}")
        if service in self.unavailable:
            raise EndpointConnectionError(endpoint_url=f"https://{service}.test")
        if service in self.throttled:
            raise client_error("ThrottlingException", name)
        if len(self.calls) == self.stop_before:
            raise ProcessKilledError(name)
        answer = work()
        if len(self.calls) == self.stop_after:
            raise ProcessKilledError(name)
        return answer

    def count(self, name: str) -> int:
        """Return the number of calls of an operation."""
        return self.calls.count(name)


class FakeKms(BaseClient):
    """Symmetric keys that bind the encryption context, as KMS does; the SDK wants a real client's class."""

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud
        self.keys: dict[str, bytes] = {}
        self.disabled: set[str] = set()
        self.contexts: list[Item] = []

    def create_key(self) -> str:
        """Return the ARN of a new key."""
        arn = f"arn:aws:kms:eu-central-1:000000000000:key/{uuid4()}"
        self.keys[arn] = AESGCM.generate_key(256)
        return arn

    def generate_data_key(self, **asked: Any) -> Any:
        """Return a data key, in plaintext and wrapped."""

        def work() -> Item:
            plain = AESGCM.generate_key(256)[: asked["NumberOfBytes"]]
            return {"Plaintext": plain, **self._wrapped(asked, plain)}

        return self.cloud.call("kms", "generate_data_key", work)

    def encrypt(self, **asked: Any) -> Any:
        """Return a given key, wrapped."""
        return self.cloud.call("kms", "encrypt", lambda: self._wrapped(asked, asked["Plaintext"]))

    def decrypt(self, **asked: Any) -> Any:
        """Return the data key."""

        def work() -> Item:
            arn, _, rest = asked["CiphertextBlob"].partition(b"|")
            if arn.decode(errors="replace") != asked["KeyId"]:
                raise client_error("IncorrectKeyException", "Decrypt")
            try:
                plain = AESGCM(self._key(asked["KeyId"])).decrypt(
                    rest[:12], rest[12:], _context(asked)
                )
            except (InvalidTag, ValueError):
                raise client_error("InvalidCiphertextException", "Decrypt") from None
            return {"Plaintext": plain, "KeyId": asked["KeyId"]}

        return self.cloud.call("kms", "decrypt", work)

    def _wrapped(self, asked: Item, plain: bytes) -> Item:
        self.contexts.append(asked["EncryptionContext"])
        arn, nonce = asked["KeyId"], AESGCM.generate_key(128)[:12]
        wrapped = AESGCM(self._key(arn)).encrypt(nonce, plain, _context(asked))
        return {"CiphertextBlob": arn.encode() + b"|" + nonce + wrapped, "KeyId": arn}

    def _key(self, arn: str) -> bytes:
        if arn in self.disabled:
            raise client_error("DisabledException", "Decrypt")
        return self.keys[arn]


class FakeDynamoDB:
    """Table with the keys `tenant` and `item`; supports the expressions that the vault uses."""

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud
        self.items: dict[tuple[str, str], Item] = {}
        self.page = 1_000
        self.unprocessed = 0
        self.conflicts = 0

    def batch_get_item(self, *, RequestItems: Item) -> Any:  # noqa: N803
        """Return the existing items; leave all but the first unprocessed, `unprocessed` times."""

        def work() -> Item:
            [(table, request)] = RequestItems.items()
            assert request["ConsistentRead"]
            assert 0 < len(request["Keys"]) <= 100
            assert len({_name(key) for key in request["Keys"]}) == len(request["Keys"])
            now, later = self._split(request["Keys"])
            found = [deepcopy(self.items[_name(key)]) for key in now if _name(key) in self.items]
            rest = {table: {"Keys": later, "ConsistentRead": True}} if later else {}
            return {"Responses": {table: found}, "UnprocessedKeys": rest}

        return self.cloud.call("dynamodb", "batch_get_item", work)

    def transact_write_items(self, *, TransactItems: Any) -> Any:  # noqa: N803
        """Write all of the items or none."""

        def work() -> Item:
            assert 0 < len(TransactItems) <= 100
            if self.conflicts:
                self.conflicts -= 1
                raise client_error(
                    "TransactionCanceledException", "Transact", "TransactionConflict"
                )
            for one in TransactItems:
                [write] = one.values()
                if not self._holds(_name(write.get("Key") or write["Item"]), write):
                    code = "ConditionalCheckFailed"
                    raise client_error("TransactionCanceledException", "TransactWriteItems", code)
            for one in TransactItems:
                if "Put" in one:
                    item = deepcopy(one["Put"]["Item"])
                    self.items[_name(item)] = item
                elif "Delete" in one:
                    self.items.pop(_name(one["Delete"]["Key"]), None)
            return {}

        return self.cloud.call("dynamodb", "transact_write_items", work)

    def update_item(self, **asked: Any) -> Any:
        """Change one item."""

        def work() -> Item:
            name = _name(asked["Key"])
            if not self._holds(name, asked):
                raise client_error("ConditionalCheckFailedException", "UpdateItem")
            item = self.items.setdefault(name, dict(asked["Key"]))
            _update(item, asked["UpdateExpression"], asked.get("ExpressionAttributeValues", {}))
            return {"Attributes": deepcopy(item)}

        return self.cloud.call("dynamodb", "update_item", work)

    def query(self, **asked: Any) -> Any:
        """Return a page of the tenant's items with the prefix."""

        def work() -> Item:
            assert asked["ConsistentRead"]
            values = asked["ExpressionAttributeValues"]
            tenant, prefix = values[":tenant"]["S"], values.get(":prefix", {"S": ""})["S"]
            after = asked.get("ExclusiveStartKey", {"item": {"S": ""}})["item"]["S"]
            found = sorted(
                name
                for owner, name in self.items
                if owner == tenant and name.startswith(prefix) and name > after
            )
            page = [deepcopy(self.items[tenant, name]) for name in found[: self.page]]
            more = {"LastEvaluatedKey": page[-1]} if len(found) > self.page else {}
            return {"Items": page, **more}

        return self.cloud.call("dynamodb", "query", work)

    def _split(self, requests: list[Item]) -> tuple[list[Item], list[Item]]:
        if self.unprocessed and len(requests) > 1:
            self.unprocessed -= 1
            return requests[:1], requests[1:]
        return requests, []

    def _holds(self, name: tuple[str, str], asked: Item) -> bool:
        condition = asked.get("ConditionExpression")
        if condition is None:
            return True
        return all(self._is_so(name, one, asked) for one in condition.split(" AND "))

    def _is_so(self, name: tuple[str, str], condition: str, asked: Item) -> bool:
        item = self.items.get(name, {})
        if found := re.fullmatch(r"attribute_(not_)?exists\((\w+)\)", condition):
            return (_plain(found[2]) in item) != bool(found[1])
        found = re.fullmatch(r"(\w+) = (:\w+)", condition)
        assert found, condition
        value: Any = asked["ExpressionAttributeValues"][found[2]]
        return bool(item.get(_plain(found[1])) == value)


def _update(item: Item, expression: str, values: Item) -> None:
    unused = set(values)
    for verb, rest in re.findall(r"(SET|REMOVE|ADD) (.*?)(?= (?:SET|REMOVE|ADD) |$)", expression):
        for part in re.split(r", (?![^(]*\))", rest):
            unused -= set(re.findall(r":\w+", part))
            _change(item, verb, part, values)
    assert not unused, unused


def _change(item: Item, verb: str, part: str, values: Item) -> None:
    if verb == "REMOVE":
        item.pop(_plain(part), None)
    elif verb == "ADD":
        name, value = part.split(" ")
        old = int(item.get(_plain(name), {"N": "0"})["N"])
        item[name] = {"N": str(old + int(values[value]["N"]))}
    elif found := re.fullmatch(r"(\w+) = if_not_exists\(\1, (:\w+)\)", part):
        item.setdefault(_plain(found[1]), values[found[2]])
    elif found := re.fullmatch(r"(\w+) = \1 \+ (:\w+)", part):
        item[found[1]] = {"N": str(int(item[found[1]]["N"]) + int(values[found[2]]["N"]))}
    else:
        name, value = part.split(" = ")
        item[_plain(name)] = values[value]


def _plain(name: str) -> str:
    assert name.upper() not in ReservedKeywords.get_reserved_keywords(), name
    return name


def _name(key: Item) -> tuple[str, str]:
    return key["tenant"]["S"], key["item"]["S"]


def _context(asked: Item) -> bytes:
    return repr(sorted(asked.get("EncryptionContext", {}).items())).encode()


def client_error(code: str, operation: str, *reasons: str) -> ClientError:
    """Return the client error with that code."""
    answer: Any = {"Error": {"Code": code, "Message": "refused"}}
    if reasons:
        answer["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(answer, operation)
