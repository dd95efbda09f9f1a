"""Stack of all stateful resources and their network; protected and retained in production."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.constructs.base_stack import BaseStack
from stacks.constructs.database import Database
from stacks.constructs.nag import acknowledge
from stacks.constructs.naming import named
from stacks.constructs.network import Network
from stacks.settings import Settings


class DataStack(BaseStack):
    """Keys, VPC, Aurora, DynamoDB tables, the alarm topic."""

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(
            scope, "Data", settings, description="keys, network, databases", stateful=True
        )
        self.alarm_topic = self._alarm_topic()
        self.storage_key = self._key("StorageKey", "Encrypts the database and its backups")
        self.private_data_key = self._key("PrivateDataKey", "Seals private documents")
        # Only the CRM's functions may use the key, so that a mistake elsewhere decrypts no client book.
        self.crm_key = self._key("CrmKey", "Wraps the keys of providers' client books")
        self.signing_keys = [self._signing_key("SigningKeyA")]
        self.network = Network(self, "Network", settings)
        self.database = Database(
            self,
            "Database",
            settings=settings,
            network=self.network,
            key=self.storage_key,
            removal_policy=self.removal_policy,
        )
        self.sessions = self._table("Sessions", "session_id")
        self.sessions.add_global_secondary_index(
            index_name="by_user",
            partition_key=_string("user_id"),
            sort_key=_string("created_at"),
            projection_type=dynamodb.ProjectionType.ALL,
        )
        self.rate_limits = self._table("RateLimits", "key")
        # A separate table, so that restoring the database does not bring back keys that were destroyed here.
        self.crm_keys = self._table("CrmKeys", "tenant", "item")
        # No backup: it would retain for weeks the salts that must be destroyed after a day.
        self.view_counters = self._table("ViewCounters", "key", "part", backed_up=False)
        acknowledge(
            self.view_counters,
            {
                "AwsSolutions-DDB3": "Salts that are deleted after a day must not be in a backup (ADR 8)."
            },
        )

    def _alarm_topic(self) -> sns.Topic:
        topic = sns.Topic(self, "Alarms", topic_name=self.settings.name("alarms"), enforce_ssl=True)
        # A custom policy replaces the default one, which lets the account's alarms publish.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        topic.add_subscription(subscriptions.EmailSubscription(self.settings.alarm_email))
        return topic

    def _key(self, name: str, description: str) -> kms.Key:
        key = kms.Key(
            self,
            name,
            alias=self.settings.name(name.lower()),
            description=description,
            enable_key_rotation=True,
            removal_policy=self.removal_policy,
        )
        return named(key, name)

    def _signing_key(self, name: str) -> kms.Key:
        key = kms.Key(
            self,
            name,
            alias=self.settings.name(name.lower()),
            description="Signs access tokens; rotated by adding a second key, then swapping",
            key_spec=kms.KeySpec.RSA_2048,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            removal_policy=self.removal_policy,
        )
        return named(key, name)

    def _table(
        self, name: str, partition_key: str, sort_key: str = "", *, backed_up: bool = True
    ) -> dynamodb.Table:
        table = dynamodb.Table(
            self,
            name,
            partition_key=_string(partition_key),
            sort_key=_string(sort_key) if sort_key else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute="ttl",
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=backed_up
            ),
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            deletion_protection=self.settings.retain,
            removal_policy=self.removal_policy,
        )
        return named(table, name)


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
