"""Migrations as a step of the deployment: run when their SQL has changed, before new code goes live."""

from aws_cdk import CustomResource, RemovalPolicy
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources as cr
from constructs import Construct

from stacks.constructs.assets import MIGRATIONS, digest
from stacks.constructs.feature_function import FeatureFunction
from stacks.constructs.nag import acknowledge_helper


class Migration(Construct):
    """Custom resource that invokes the migration function; a failure rolls back the deployment."""

    def __init__(self, scope: Construct, construct_id: str, function: FeatureFunction) -> None:
        super().__init__(scope, construct_id)
        provider = cr.Provider(
            self,
            "Provider",
            on_event_handler=function.live,
            log_group=logs.LogGroup(
                self,
                "LogGroup",
                retention=function.settings.log_retention,
                removal_policy=RemovalPolicy.DESTROY,
            ),
        )
        acknowledge_helper(provider)
        CustomResource(
            self,
            "Run",
            resource_type="Custom::DatabaseMigrations",
            service_token=provider.service_token,
            properties={"Migrations": digest({"migrations": MIGRATIONS})},
        )
