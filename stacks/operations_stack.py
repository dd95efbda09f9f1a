"""Health check, OpenAPI document, outbox relay, and database migrations."""

from aws_cdk import Duration
from constructs import Construct

from stacks.api_stack import ApiStack
from stacks.constructs.assets import MIGRATIONS
from stacks.constructs.database import OWNER
from stacks.constructs.event_sources import STANDARD
from stacks.constructs.feature_function import FunctionProps
from stacks.constructs.feature_stack import FeatureStack
from stacks.constructs.migration import Migration
from stacks.constructs.schedules import EVERY_MINUTE
from stacks.data_stack import DataStack

ROUTES = {
    "GET /api/health": STANDARD,
    "GET /api/v1/health": STANDARD,
    "GET /api/v1/openapi.json": STANDARD,
    # Requests without another route get our own 404, not the gateway's.
    "$default": STANDARD,
}


class OperationsStack(FeatureStack):
    """OperationsMigrate runs first; OperationsWeb and OperationsRelay follow it."""

    feature = "operations"

    def __init__(self, scope: Construct, data: DataStack, api: ApiStack) -> None:
        super().__init__(scope, data, description="health, relay, migrations")
        self.add_stack_dependency(api)
        migrate = self.add_function(
            "Migrate",
            FunctionProps(
                module="migrate",
                db_user=OWNER,
                timeout=Duration.minutes(14),
                concurrency=1,
                content={"migrations": MIGRATIONS},
                no_dead_letter_queue="The deployment waits for it and fails with it.",
            ),
        )
        secret = data.database.owner_secret_arn
        migrate.environment(DB_SECRET_ARN=secret)
        migrate.grant_actions(["secretsmanager:GetSecretValue"], [secret])
        migration = Migration(self, "Migrations", migrate)
        web = self.add_function(
            "Web",
            FunctionProps(
                module="handler",
                db_user="operations_web",
                memory=512,
                concurrency=10,
                no_dead_letter_queue="Requests are answered while the caller waits.",
            ),
        )
        web.add_routes(api, ROUTES)
        relay = self.add_function(
            "Relay",
            FunctionProps(
                module="relay",
                db_user="operations_relay",
                memory=512,
                timeout=Duration.seconds(50),
                concurrency=1,
            ),
        )
        relay.add_schedule("Relay", EVERY_MINUTE, job="relay").grant_publish(api.bus)
        for function in (web, relay):
            function.function.node.add_dependency(migration)
