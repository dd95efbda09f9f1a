"""Integration tests of provisioning: the same names at every start, existing resources are kept."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from local.services.emulator import ACCOUNT, Emulator
from local.services.provision import Provisioned, provision
from local.template import Physical, Resource, Template, TemplateError

TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "KeySchema": [{"AttributeName": "session_id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "session_id", "AttributeType": "S"}],
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
    },
}
INDEX = {
    "IndexName": "by_user",
    "KeySchema": [{"AttributeName": "user_id", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
RESOURCES: dict[str, Any] = {
    "Sessions": TABLE,
    "Queue": {
        "Type": "AWS::SQS::Queue",
        "Properties": {
            "VisibilityTimeout": 90,
            "RedrivePolicy": {
                "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]},
                "maxReceiveCount": 3,
            },
        },
    },
    "Dead": {"Type": "AWS::SQS::Queue", "Properties": {}},
    "Signing": {
        "Type": "AWS::KMS::Key",
        "Properties": {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
    },
    "Private": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True}},
    "Media": {
        "Type": "AWS::S3::Bucket",
        "Properties": {"VersioningConfiguration": {"Status": "Enabled"}},
    },
    "Origin": {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {
            "GenerateSecretString": {
                "PasswordLength": 40,
                "ExcludePunctuation": True,
                "SecretStringTemplate": '{"user": "edge"}',
                "GenerateStringKey": "token",
            }
        },
    },
}


class World:
    """Emulator with the resources of one stack."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.stack = f"T{uuid4().hex[:10]}"
        self.physical = Physical(region=emulator.region)

    def provision(self, resources: Mapping[str, Any] = RESOURCES) -> dict[str, Provisioned]:
        self.physical = Physical(region=self.emulator.region)
        template = Template.from_templates(**{self.stack: {"Resources": resources}})
        return {one.label: one for one in provision(template, self.emulator, self.physical)}

    def attribute(self, name: str, attribute: str) -> str:
        found = self.physical.get(Resource(self.stack, name, "", {}))
        assert found is not None
        return found.attributes[attribute]


@pytest.fixture
def world(emulator: Emulator) -> World:
    return World(emulator)


def test_second_provision_creates_nothing(world: World) -> None:
    first = world.provision()
    assert all(one.created for one in first.values())
    second = world.provision()
    assert not any(one.created for one in second.values())
    assert {one.label: one.name for one in first.values()} == {
        one.label: one.name for one in second.values()
    }


def test_table_gains_new_indexes_of_template(world: World) -> None:
    name = world.provision()["Sessions"].name
    dynamodb = world.emulator.client("dynamodb", ACCOUNT)
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert ttl["AttributeName"] == "ttl"
    dynamodb.put_item(TableName=name, Item={"session_id": {"S": "a"}, "user_id": {"S": "u"}})

    properties = TABLE["Properties"] | {  # type: ignore[operator]
        "GlobalSecondaryIndexes": [INDEX],
        "AttributeDefinitions": [
            {"AttributeName": "session_id", "AttributeType": "S"},
            {"AttributeName": "user_id", "AttributeType": "S"},
        ],
    }
    world.provision({"Sessions": TABLE | {"Properties": properties}})
    found = dynamodb.query(
        TableName=name,
        IndexName="by_user",
        KeyConditionExpression="user_id = :u",
        ExpressionAttributeValues={":u": {"S": "u"}},
    )
    assert found["Count"] == 1


def test_table_with_changed_key_is_refused(world: World) -> None:
    world.provision({"Sessions": TABLE})
    properties = TABLE["Properties"] | {  # type: ignore[operator]
        "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}]
    }
    with pytest.raises(TemplateError, match="make clean-data"):
        world.provision({"Sessions": TABLE | {"Properties": properties}})


def test_queue_has_settings_and_dead_letter_queue(world: World) -> None:
    url = world.provision()["Queue"].name
    sqs = world.emulator.client("sqs")
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert found["VisibilityTimeout"] == "90"
    policy = json.loads(found["RedrivePolicy"])
    assert policy["maxReceiveCount"] == 3
    assert policy["deadLetterTargetArn"] == world.attribute("Dead", "Arn")


def test_kms_keys_have_template_usage(world: World) -> None:
    world.provision()
    kms = world.emulator.client("kms")
    signing = kms.describe_key(KeyId=world.attribute("Signing", "Arn"))["KeyMetadata"]
    assert (signing["KeySpec"], signing["KeyUsage"]) == ("RSA_2048", "SIGN_VERIFY")
    private = world.attribute("Private", "KeyId")
    assert kms.get_key_rotation_status(KeyId=private)["KeyRotationEnabled"]


def test_secret_is_generated_once(world: World) -> None:
    def value() -> dict[str, str]:
        arn = world.provision()["Origin"].name
        manager = world.emulator.client("secretsmanager")
        read: dict[str, str] = json.loads(manager.get_secret_value(SecretId=arn)["SecretString"])
        return read

    first = value()
    assert first["user"] == "edge"
    assert len(first["token"]) == 40
    assert first["token"].isalnum()
    assert value() == first


def test_bucket_is_versioned(world: World) -> None:
    name = world.provision()["Media"].name
    status = world.emulator.client("s3").get_bucket_versioning(Bucket=name)["Status"]
    assert status == "Enabled"


def test_resource_removed_from_template_has_no_physical_name(world: World) -> None:
    world.provision()
    world.provision({"Sessions": TABLE})
    with pytest.raises(AssertionError):
        world.attribute("Dead", "Arn")
