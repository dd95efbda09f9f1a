"""Aurora PostgreSQL: reachable from the security group of the SQL functions only, over TLS only.

The owner of all objects is the master user, whose password RDS creates, stores and rotates in Secrets
Manager; only the migrations read it. Every other function signs in with an IAM token as its own role.
"""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from constructs import Construct

from stacks.constructs.nag import acknowledge
from stacks.constructs.network import DATABASE, Network
from stacks.settings import Settings

NAME = "hellomahi"
OWNER = "hellomahi_owner"
PORT = 5432


class Database(Construct):
    """Cluster with its parameters and its owner role."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        network: Network,
        key: kms.IKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, construct_id)
        identifier = settings.name("db")
        log_group = logs.LogGroup(
            self,
            "LogGroup",
            log_group_name=f"/aws/rds/cluster/{identifier}/postgresql",
            retention=settings.log_retention,
            removal_policy=removal_policy,
        )
        self.cluster = self._cluster(identifier, settings, network, key, removal_policy)
        self.cluster.node.add_dependency(log_group)
        if not settings.retain:
            acknowledge(
                self.cluster,
                {"AwsSolutions-RDS10": "Holds made-up data only, and is meant to be destroyed."},
            )
        self.cluster.connections.allow_default_port_from(
            network.functions, "Functions that use SQL"
        )
        if self.cluster.secret is None:
            raise ValueError("the cluster has no managed master password")
        restored = settings.restored
        self.owner_secret_arn = restored.secret_arn if restored else self.cluster.secret.secret_arn
        self.resource_id = (
            restored.resource_id if restored else self.cluster.cluster_resource_identifier
        )

    def _cluster(
        self,
        identifier: str,
        settings: Settings,
        network: Network,
        key: kms.IKey,
        removal_policy: RemovalPolicy,
    ) -> rds.DatabaseCluster:
        engine = rds.DatabaseClusterEngine.aurora_postgres(
            version=rds.AuroraPostgresEngineVersion.VER_18_6
        )
        size = settings.database
        return rds.DatabaseCluster(
            self,
            "Cluster",
            cluster_identifier=identifier,
            engine=engine,
            parameter_group=self._parameters(engine),
            credentials=rds.Credentials.from_username(OWNER),
            manage_master_user_password=True,
            default_database_name=NAME,
            port=PORT,
            iam_authentication=True,
            enable_data_api=True,
            storage_encrypted=True,
            storage_encryption_key=key,
            vpc=network.vpc,
            vpc_subnets=DATABASE,
            writer=rds.ClusterInstance.serverless_v2("Writer"),
            readers=[
                rds.ClusterInstance.serverless_v2(f"Reader{n}", scale_with_writer=n == 1)
                for n in range(1, size.readers + 1)
            ],
            serverless_v2_min_capacity=size.min_acu,
            serverless_v2_max_capacity=size.max_acu,
            serverless_v2_auto_pause_duration=None if size.min_acu else Duration.minutes(10),
            backup=rds.BackupProps(
                retention=Duration.days(size.backup_days), preferred_window="02:00-03:00"
            ),
            preferred_maintenance_window="sun:03:30-sun:04:30",
            cloudwatch_logs_exports=["postgresql"],
            copy_tags_to_snapshot=True,
            deletion_protection=settings.retain,
            removal_policy=removal_policy,
        )

    def _parameters(self, engine: rds.IClusterEngine) -> rds.ParameterGroup:
        return rds.ParameterGroup(
            self,
            "Parameters",
            engine=engine,
            description="TLS only; slow statements are logged without their values",
            parameters={
                "rds.force_ssl": "1",
                "log_min_duration_statement": "1000",
                "log_parameter_max_length": "0",
                "log_parameter_max_length_on_error": "0",
                "log_error_verbosity": "terse",
                "idle_in_transaction_session_timeout": "30000",
            },
        )
