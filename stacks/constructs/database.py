"""Aurora PostgreSQL: reachable from the functions' security group only, by IAM token only.

The master user exists for the one statement that a database without users needs: it makes the owner role,
through the Data API, when the cluster is created. After that `hellomahi_owner` runs the migrations and every
function signs in as a role of its own.
"""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import custom_resources as cr
from constructs import Construct

from stacks.constructs.network import DATABASE, Network
from stacks.settings import Settings

NAME = "hellomahi"
OWNER = "hellomahi_owner"
PORT = 5432

_MAKE_OWNER = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN
    CREATE ROLE {OWNER} LOGIN CREATEROLE;
  END IF;
  GRANT rds_iam TO {OWNER} WITH ADMIN OPTION;
  GRANT ALL ON DATABASE {NAME} TO {OWNER};
  GRANT ALL ON SCHEMA public TO {OWNER};
END $$
"""


class Database(Construct):
    """The cluster, its parameters and its owner role."""

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
        self.cluster.connections.allow_default_port_from(
            network.functions, "Functions that use SQL"
        )
        self._make_owner(settings, key)

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
        cluster = rds.DatabaseCluster(
            self,
            "Cluster",
            cluster_identifier=identifier,
            engine=engine,
            parameter_group=self._parameters(engine),
            credentials=rds.Credentials.from_username("postgres"),
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
        return cluster

    def _parameters(self, engine: rds.IClusterEngine) -> rds.ParameterGroup:
        return rds.ParameterGroup(
            self,
            "Parameters",
            engine=engine,
            description="TLS only; slow statements are logged, but never the values in them",
            parameters={
                "rds.force_ssl": "1",
                "log_min_duration_statement": "1000",
                "log_parameter_max_length": "0",
                "log_parameter_max_length_on_error": "0",
                "log_error_verbosity": "terse",
                "idle_in_transaction_session_timeout": "30000",
            },
        )

    def _make_owner(self, settings: Settings, key: kms.IKey) -> None:
        secret = self.cluster.secret
        if secret is None:
            raise ValueError("the cluster has no managed master password")
        cluster_arn = self.cluster.cluster_arn
        owner = cr.AwsCustomResource(
            self,
            "Owner",
            resource_type="Custom::DatabaseOwner",
            on_update=cr.AwsSdkCall(
                service="rds-data",
                action="ExecuteStatement",
                parameters={
                    "resourceArn": cluster_arn,
                    "secretArn": secret.secret_arn,
                    "database": NAME,
                    "sql": _MAKE_OWNER.strip(),
                },
                physical_resource_id=cr.PhysicalResourceId.of(OWNER),
                output_paths=["numberOfRecordsUpdated"],
            ),
            policy=cr.AwsCustomResourcePolicy.from_statements(
                [
                    iam.PolicyStatement(
                        actions=["rds-data:ExecuteStatement"], resources=[cluster_arn]
                    ),
                    iam.PolicyStatement(
                        actions=["secretsmanager:GetSecretValue"], resources=[secret.secret_arn]
                    ),
                    iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key.key_arn]),
                ]
            ),
            install_latest_aws_sdk=False,
            log_group=logs.LogGroup(
                self,
                "OwnerLogGroup",
                retention=settings.log_retention,
                removal_policy=RemovalPolicy.DESTROY,
            ),
        )
        owner.node.add_dependency(self.cluster)
