"""Provisioning of DynamoDB tables with their indexes, streams and expiry."""

from __future__ import annotations

from typing import Any

from local.services.provision.context import Context, Provisioned
from local.template import TemplateError
from local.template.specs import Table

__all__ = ["ensure_table"]


def ensure_table(context: Context, table: Table) -> Provisioned:
    """Create a table, or add indexes and settings that the template has gained since."""
    dynamodb = context.client("dynamodb")
    name = context.name(table.resource, table.name, limit=255)
    try:
        found, new = dynamodb.describe_table(TableName=name)["Table"], False
    except dynamodb.exceptions.ResourceNotFoundException:
        found, new = dynamodb.create_table(**_definition(table, name))["TableDescription"], True
    if not new:
        _refuse_other_keys(table, found)
        if _add_indexes(dynamodb, table, name, found):
            found = dynamodb.describe_table(TableName=name)["Table"]
    _expire(dynamodb, table, name)
    attributes = {"Arn": found["TableArn"]}
    if stream := found.get("LatestStreamArn"):
        attributes["StreamArn"] = stream
    return context.record("table", table.resource, name, attributes, new=new)


def _definition(table: Table, name: str) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "TableName": name,
        "KeySchema": list(table.keys),
        "AttributeDefinitions": list(table.attributes),
        "BillingMode": "PAY_PER_REQUEST",
    }
    for kind in ("global", "local"):
        if indexes := [_index(index) for index in table.indexes if index.kind == kind]:
            definition[f"{kind.title()}SecondaryIndexes"] = indexes
    if table.stream:
        definition["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": table.stream}
    return definition


def _index(index: Any) -> dict[str, Any]:
    return {
        "IndexName": index.name,
        "KeySchema": list(index.keys),
        "Projection": dict(index.projection),
    }


def _refuse_other_keys(table: Table, found: dict[str, Any]) -> None:
    if _sorted(found["KeySchema"]) != _sorted(table.keys):
        raise TemplateError(
            f"{table.resource} has another key now. AWS would replace the table and lose its"
            " items; here run `make clean-data`."
        )


def _sorted(keys: Any) -> list[tuple[str, str]]:
    return sorted((key["KeyType"], key["AttributeName"]) for key in keys)


def _add_indexes(dynamodb: Any, table: Table, name: str, found: dict[str, Any]) -> bool:
    existing = {index["IndexName"] for index in found.get("GlobalSecondaryIndexes", ())}
    missing = [i for i in table.indexes if i.kind == "global" and i.name not in existing]
    for index in missing:
        dynamodb.update_table(
            TableName=name,
            AttributeDefinitions=list(table.attributes),
            GlobalSecondaryIndexUpdates=[{"Create": _index(index)}],
        )
    return bool(missing)


def _expire(dynamodb: Any, table: Table, name: str) -> None:
    if not table.ttl_attribute:
        return
    now = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if now.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
        wanted = {"Enabled": True, "AttributeName": table.ttl_attribute}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)
