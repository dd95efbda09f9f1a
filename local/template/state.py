"""Readers of stateful resources, which must be provisioned, into typed specs."""

from collections.abc import Iterator

from local.template.assembly import Assembly, Resource, Value
from local.template.specs import Bucket, Bus, Index, Key, Queue, Secret, Table


def tables(assembly: Assembly) -> Iterator[Table]:
    """Yield every DynamoDB table."""
    for resource in assembly.resources("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"):
        properties = resource.properties
        ttl = properties.get("TimeToLiveSpecification", {})
        stream = properties.get("StreamSpecification", {})
        yield Table(
            resource=resource,
            name=properties.get("TableName"),
            keys=tuple(properties["KeySchema"]),
            attributes=tuple(properties["AttributeDefinitions"]),
            indexes=tuple(_indexes(resource)),
            ttl_attribute=ttl.get("AttributeName") if ttl.get("Enabled") else None,
            stream=stream.get("StreamViewType"),
        )


def _indexes(table: Resource) -> Iterator[Index]:
    for index in table.properties.get("GlobalSecondaryIndexes", ()):
        yield Index(index["IndexName"], tuple(index["KeySchema"]), index["Projection"])
    for index in table.properties.get("LocalSecondaryIndexes", ()):
        yield Index(index["IndexName"], tuple(index["KeySchema"]), index["Projection"], "local")


def queues(assembly: Assembly) -> Iterator[Queue]:
    """Yield every SQS queue."""
    for resource in assembly.resources("AWS::SQS::Queue"):
        properties = resource.properties
        redrive = properties.get("RedrivePolicy", {})
        target = redrive.get("deadLetterTargetArn")
        yield Queue(
            resource=resource,
            name=properties.get("QueueName"),
            visibility_timeout=properties.get("VisibilityTimeout", 30),
            retention=properties.get("MessageRetentionPeriod", 345_600),
            delay=properties.get("DelaySeconds", 0),
            fifo=properties.get("FifoQueue", False),
            dead_letter=assembly.trace(resource, target) if target else None,
            max_receives=redrive.get("maxReceiveCount"),
        )


def buckets(assembly: Assembly) -> Iterator[Bucket]:
    """Yield every S3 bucket."""
    for resource in assembly.resources("AWS::S3::Bucket"):
        properties = resource.properties
        notifications = properties.get("NotificationConfiguration", {})
        bridge = notifications.get("EventBridgeConfiguration", {})
        versioning = properties.get("VersioningConfiguration", {})
        yield Bucket(
            resource=resource,
            name=properties.get("BucketName"),
            notifications=notifications,
            event_bridge=bool(bridge.get("EventBridgeEnabled")),
            versioned=versioning.get("Status") == "Enabled",
        )


def keys(assembly: Assembly) -> Iterator[Key]:
    """Yield every KMS key with its aliases."""
    aliases: dict[tuple[str, str], list[str]] = {}
    for alias in assembly.resources("AWS::KMS::Alias"):
        target = assembly.trace(alias, alias.properties["TargetKeyId"])
        aliases.setdefault(target.key, []).append(alias.properties["AliasName"])
    for resource in assembly.resources("AWS::KMS::Key"):
        properties = resource.properties
        yield Key(
            resource=resource,
            spec=properties.get("KeySpec", "SYMMETRIC_DEFAULT"),
            usage=properties.get("KeyUsage", "ENCRYPT_DECRYPT"),
            rotation=properties.get("EnableKeyRotation", False),
            aliases=tuple(aliases.get(resource.key, ())),
        )


def secrets(assembly: Assembly) -> Iterator[Secret]:
    """Yield every Secrets Manager secret."""
    for resource in assembly.resources("AWS::SecretsManager::Secret"):
        properties = resource.properties
        generate: dict[str, Value] | None = properties.get("GenerateSecretString")
        value = properties.get("SecretString")
        yield Secret(resource, properties.get("Name"), value, generate)


def buses(assembly: Assembly) -> Iterator[Bus]:
    """Yield every EventBridge bus."""
    for resource in assembly.resources("AWS::Events::EventBus"):
        yield Bus(resource, resource.properties["Name"])
