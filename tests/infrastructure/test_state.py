"""Tests of stateful resources: retention, protection, encryption and backups."""

import pytest

from tests.infrastructure.synth import Assembly, listed

STATEFUL = {
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
}
# A backup of these tables would retain data that the product promises to delete
# (docs/adr/0008-profile-view-counts-without-tracking-visitors.md).
NEVER_BACKED_UP = {"ViewCounters"}


def test_production_retains_stateful_resources(prod: Assembly) -> None:
    for resource in prod.resources:
        if resource.type in STATEFUL:
            assert resource.body["DeletionPolicy"] == "Retain", str(resource)
            assert resource.body["UpdateReplacePolicy"] == "Retain", str(resource)


def test_production_has_deletion_protection(prod: Assembly) -> None:
    assert prod.stack_properties("Data")["terminationProtection"] is True
    (cluster,) = prod.resources_of_type("AWS::RDS::DBCluster")
    assert cluster.properties["DeletionProtection"] is True
    for table in prod.resources_of_type("AWS::DynamoDB::Table"):
        assert table.properties["DeletionProtectionEnabled"] is True


def test_dev_stage_deletes_all_resources(dev: Assembly) -> None:
    assert not dev.stack_properties("Data").get("terminationProtection")
    for resource in dev.resources:
        assert resource.body.get("DeletionPolicy") != "Retain", str(resource)


def test_stateful_resources_are_in_data_stack(assembly: Assembly) -> None:
    found = {
        r.stack for r in assembly.resources if r.type in STATEFUL - {"AWS::SecretsManager::Secret"}
    }

    assert found == {"Data"}


def test_backups_have_retention(assembly: Assembly) -> None:
    (cluster,) = assembly.resources_of_type("AWS::RDS::DBCluster")
    assert cluster.properties["BackupRetentionPeriod"] == assembly.settings.database.backup_days
    if assembly.settings.is_prod:
        assert cluster.properties["BackupRetentionPeriod"] >= 30
    for table in assembly.resources_of_type("AWS::DynamoDB::Table"):
        recovery = table.properties["PointInTimeRecoverySpecification"]
        assert recovery["PointInTimeRecoveryEnabled"] is (table.id not in NEVER_BACKED_UP)


def test_everything_at_rest_is_encrypted(assembly: Assembly) -> None:
    (cluster,) = assembly.resources_of_type("AWS::RDS::DBCluster")
    assert cluster.properties["StorageEncrypted"] is True
    for table in assembly.resources_of_type("AWS::DynamoDB::Table"):
        assert table.properties["SSESpecification"]["SSEEnabled"] is True
    for queue in assembly.resources_of_type("AWS::SQS::Queue"):
        assert queue.properties["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("Sessions", ["session_id"]),
        ("RateLimits", ["key"]),
        ("ViewCounters", ["key", "part"]),
    ],
    ids=str,
)
def test_tables_have_ttl(assembly: Assembly, table: str, keys: list[str]) -> None:
    properties = assembly.get_resource("Data", table).properties

    assert [key["AttributeName"] for key in properties["KeySchema"]] == keys
    assert [key["KeyType"] for key in properties["KeySchema"]] == ["HASH", "RANGE"][: len(keys)]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}


def test_view_rights_are_split_between_writer_and_roll_up(assembly: Assembly) -> None:
    allowed = {
        function.id: {
            action
            for statement in assembly.statements(function)
            if "ViewCounters" in str(statement["Resource"])
            for action in listed(statement["Action"])
        }
        for function in assembly.functions
    }

    assert {name: actions for name, actions in allowed.items() if actions} == {
        "EscortsWeb": {"dynamodb:UpdateItem"},
        "EscortsScheduled": {"dynamodb:Query", "dynamodb:DeleteItem"},
    }


def test_database_accepts_tls_from_functions_only(assembly: Assembly) -> None:
    (cluster,) = assembly.resources_of_type("AWS::RDS::DBCluster")
    assert cluster.properties["EnableIAMDatabaseAuthentication"] is True
    assert cluster.properties["ManageMasterUserPassword"] is True
    (parameters,) = assembly.resources_of_type("AWS::RDS::DBClusterParameterGroup")
    assert parameters.properties["Parameters"]["rds.force_ssl"] == "1"
    for instance in assembly.resources_of_type("AWS::RDS::DBInstance"):
        assert instance.properties["PubliclyAccessible"] is False
    rules = [
        r
        for r in assembly.resources_of_type("AWS::EC2::SecurityGroupIngress")
        if "Database" in r.id
    ]
    assert len(rules) == 1
    assert "NetworkFunctions" in str(rules[0].properties["SourceSecurityGroupId"])


def test_statements_are_logged_without_their_values(assembly: Assembly) -> None:
    (parameters,) = assembly.resources_of_type("AWS::RDS::DBClusterParameterGroup")

    assert parameters.properties["Parameters"]["log_parameter_max_length"] == "0"
    assert parameters.properties["Parameters"]["log_error_verbosity"] == "terse"


def test_only_production_has_minimum_capacity(assembly: Assembly) -> None:
    (cluster,) = assembly.resources_of_type("AWS::RDS::DBCluster")
    scaling = cluster.properties["ServerlessV2ScalingConfiguration"]

    assert (scaling["MinCapacity"] > 0) is assembly.settings.is_prod
    assert ("SecondsUntilAutoPause" in scaling) is not assembly.settings.is_prod


def test_vpc_has_no_internet_access(assembly: Assembly) -> None:
    for kind in ("AWS::EC2::InternetGateway", "AWS::EC2::NatGateway"):
        assert list(assembly.resources_of_type(kind)) == []
