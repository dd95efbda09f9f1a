"""Lambda function of a feature, with its role, log group, alias and alarms, and only the granted rights.

Feature stacks call `add_routes`, `add_schedule` and `add_event_queue` to connect a function, and the `grant_*`
methods to give it rights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs import alarms, event_sources
from stacks.constructs.assets import FUNCTIONS, code
from stacks.constructs.database import NAME, OWNER, PORT
from stacks.constructs.layers import RUNTIME
from stacks.constructs.nag import acknowledge, managed_policy
from stacks.constructs.naming import named, resource_of
from stacks.constructs.network import FUNCTIONS as SUBNETS

if TYPE_CHECKING:
    from stacks.constructs.event_sources import Api, Throttle
    from stacks.data_stack import DataStack

_NETWORK_INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
CERTIFICATE_PATH = "/opt/certs/rds-global-bundle.pem"
NO_QUEUE = "NoDeadLetterQueue"


@dataclass(frozen=True, kw_only=True)
class FunctionProps:
    """Properties of a function."""

    module: str
    """Module of the entry point: `handler` is functions/<feature>/handler.py, whose function is named `handler` too."""
    db_user: str | None = None
    """PostgreSQL role of the function; without one the function is outside the VPC."""
    memory: int = 1024
    timeout: Duration = field(default_factory=lambda: Duration.seconds(15))
    concurrency: int | None = None
    """Reserved concurrency in production, so that the database's connections suffice."""
    no_dead_letter_queue: str | None = None
    """Reason why no failed event can be lost; without a reason the function has a dead-letter queue."""
    content: Mapping[str, Path] = field(default_factory=dict)
    """Further folders of the asset."""


class FeatureFunction(event_sources.InvokedFunction):
    """Lambda function with an alias named `live`."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        props: FunctionProps,
        *,
        feature: str,
        data: DataStack,
        layers: Sequence[lambda_.ILayerVersion],
    ) -> None:
        super().__init__(scope, name)
        self.feature, self.props, self.data, self.settings = feature, props, data, data.settings
        self.timeout, self.concurrency = props.timeout, props.concurrency
        self.alarm_topic, self.schedules_enabled = data.alarm_topic, data.settings.schedules
        self.label = f"{feature.capitalize()}{name}"
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.function = named(self._function(name, layers), self.label)
        self.live = named(
            lambda_.Alias(self, "Live", alias_name="live", version=self.function.current_version),
            f"{self.label}Live",
        )
        self.scheduled = False
        self.dead_letters = self._dead_letters(props.no_dead_letter_queue)
        if props.db_user and props.db_user != OWNER:
            self._grant_database(props.db_user)
        self.errors = alarms.watch_function(
            self, self.live, self.alarm_topic, label=self.label, timeout=self.timeout
        )

    def _function(self, name: str, layers: Sequence[lambda_.ILayerVersion]) -> lambda_.Function:
        props, physical = self.props, self.settings.name(f"{self.feature}-{name.lower()}")
        in_vpc = props.db_user is not None
        group = logs.LogGroup(
            self,
            "LogGroup",
            log_group_name=f"/aws/lambda/{physical}",
            retention=self.settings.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        function = lambda_.Function(
            self,
            "Function",
            function_name=physical,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"{self.feature}.{props.module}.handler",
            code=code(self, {self.feature: FUNCTIONS / self.feature, **props.content}),
            layers=list(layers),
            role=self.role,
            memory_size=props.memory,
            timeout=props.timeout,
            reserved_concurrent_executions=(
                props.concurrency if self.settings.reserve_concurrency else None
            ),
            environment=self._environment(),
            log_group=group,
            tracing=lambda_.Tracing.ACTIVE,
            vpc=self.data.network.vpc if in_vpc else None,
            vpc_subnets=SUBNETS if in_vpc else None,
            security_groups=[self.data.network.functions] if in_vpc else None,
        )
        self._grant_logs(group, in_vpc=in_vpc)
        acknowledge(
            function,
            {
                "AwsSolutions-L1": "The tests and uv.lock are for Python 3.13, the version of every function."
            },
        )
        return function

    def _environment(self) -> dict[str, str]:
        common = {
            "STAGE": self.settings.stage.value,
            "PUBLIC_ORIGIN": self.settings.public_origin,
            "LOG_LEVEL": self.settings.log_level,
            "POWERTOOLS_SERVICE_NAME": self.feature,
            "POWERTOOLS_METRICS_NAMESPACE": "HelloMahi",
        }
        if not self.props.db_user:
            return common
        return common | {
            "DB_HOST": self.data.database.cluster.cluster_endpoint.hostname,
            "DB_PORT": str(PORT),
            "DB_NAME": NAME,
            "DB_USER": self.props.db_user,
            "DB_SSLMODE": "verify-full",
            "DB_SSLROOTCERT": CERTIFICATE_PATH,
        }

    def _dead_letters(self, reason: str | None) -> sqs.Queue | None:
        if reason is None:
            return event_sources.dead_letter_queue(self)
        resource_of(self.function).add_metadata(NO_QUEUE, reason)
        return None

    # -- rights ------------------------------------------------------------------------------------

    def grant_actions(self, actions: Sequence[str], resources: Sequence[str]) -> Self:
        """Allow `actions` on exactly `resources`."""
        statement = iam.PolicyStatement(actions=list(actions), resources=list(resources))
        self.role.add_to_policy(statement)
        return self

    def environment(self, **variables: str) -> Self:
        """Add environment variables."""
        for name, value in variables.items():
            self.function.add_environment(name, value)
        return self

    def grant_table(self, variable: str, table: dynamodb.Table, *operations: str) -> Self:
        """Allow exactly these DynamoDB operations on a table, whose name is the value of `variable`."""
        resources = [table.table_arn]
        if "Query" in operations:
            resources.append(f"{table.table_arn}/index/by_user")
        self.environment(**{variable: table.table_name})
        return self.grant_actions([f"dynamodb:{operation}" for operation in operations], resources)

    def grant_publish(self, bus: events.IEventBus) -> Self:
        """Allow putting events on the bus."""
        self.environment(EVENT_BUS_NAME=bus.event_bus_name)
        return self.grant_actions(["events:PutEvents"], [bus.event_bus_arn])

    def grant_sign(self, keys: Sequence[kms.IKey]) -> Self:
        """Allow signing access tokens; the first key signs, all of them verify."""
        self.grant_verify(keys)
        return self.grant_actions(["kms:Sign"], [key.key_arn for key in keys])

    def grant_verify(self, keys: Sequence[kms.IKey]) -> Self:
        """Allow reading the public part of the signing keys."""
        arns = [key.key_arn for key in keys]
        self.environment(SIGNING_KEY_ARNS=",".join(arns))
        return self.grant_actions(["kms:GetPublicKey"], arns)

    def grant_data_key(self, key: kms.IKey) -> Self:
        """Allow encrypting and decrypting private documents."""
        self.environment(PRIVATE_DATA_KEY_ARN=key.key_arn)
        return self.grant_actions(["kms:GenerateDataKey", "kms:Decrypt"], [key.key_arn])

    def grant_crm_key(self, key: kms.IKey) -> Self:
        """Allow wrapping and unwrapping the keys of workspaces."""
        self.environment(CRM_KEY_ARN=key.key_arn)
        return self.grant_actions(["kms:GenerateDataKey", "kms:Decrypt"], [key.key_arn])

    def grant_decrypt_for_purpose(self, key: kms.IKey, purpose: str) -> Self:
        """Allow decrypting data keys of workspaces for one purpose only."""
        self.environment(CRM_KEY_ARN=key.key_arn)
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[key.key_arn],
                conditions={"StringEquals": {"kms:EncryptionContext:purpose": purpose}},
            )
        )
        return self

    def grant_send_mail(self) -> Self:
        """Allow sending mail from the stage's own domain, from one address."""
        sender = f"no-reply@{self.settings.domain.name}"
        self.environment(MAIL_FROM=sender)
        identity = Stack.of(self).format_arn(
            service="ses", resource="identity", resource_name=self.settings.domain.name
        )
        return self.grant_actions(["ses:SendEmail"], [identity])

    def _grant_database(self, db_user: str) -> None:
        cluster = self.data.database.resource_id
        arn = Stack.of(self).format_arn(
            service="rds-db",
            resource="dbuser",
            resource_name=f"{cluster}/{db_user}",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        self.grant_actions(["rds-db:connect"], [arn])

    def _grant_logs(self, group: logs.LogGroup, *, in_vpc: bool) -> None:
        self.grant_actions(["logs:CreateLogStream", "logs:PutLogEvents"], [group.log_group_arn])
        finding = {
            "AwsSolutions-IAM5[Resource::*]": "X-Ray segments and the network interfaces that Lambda "
            "creates in the VPC have no resource that a policy could name."
        }
        if in_vpc:
            self.grant_actions(_NETWORK_INTERFACES, ["*"])
        acknowledge(self.role, finding)

    # -- connections -------------------------------------------------------------------------------

    def add_routes(self, api: Api, throttles: Mapping[str, Throttle]) -> Self:
        """Add routes (`METHOD /path`), each with the gateway's throttle for all its callers."""
        event_sources.connect_routes(self, api, throttles)
        if self.settings.canary:
            self._deploy_gradually(api)
        return self

    def _deploy_gradually(self, api: Api) -> None:
        """Shift a tenth of the traffic to a new version first; errors shift it back."""
        group = codedeploy.LambdaDeploymentGroup(
            self,
            "Canary",
            alias=self.live,
            deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_15_MINUTES,
            alarms=[self.errors, api.server_errors],
        )
        acknowledge(
            group,
            {
                managed_policy(
                    "AWSCodeDeployRoleForLambdaLimited"
                ): "AWS's own policy for shifting an alias; it names the actions."
            },
        )

    def add_schedule(self, name: str, when: scheduler.ScheduleExpression, **payload: str) -> Self:
        """Add a schedule that invokes the function with `payload`."""
        event_sources.connect_schedule(self, name, when, payload)
        return self

    def add_event_queue(
        self,
        bus: events.IEventBus,
        queue: str,
        *,
        source: str | Sequence[str],
        detail_type: str | Sequence[str],
    ) -> Self:
        """Add a queue named `queue` that receives events of these types, in batches with partial failures."""
        event_sources.connect_queue(self, bus, queue, source=source, detail_type=detail_type)
        return self
