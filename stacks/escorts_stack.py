"""Profiles and their verification: what each function of `escorts` serves, hears, and may do."""

from aws_cdk import Duration
from constructs import Construct

from stacks.api_stack import ApiStack
from stacks.constructs.feature_function import Shape
from stacks.constructs.feature_stack import FeatureStack
from stacks.constructs.schedules import DAILY, EVERY_FIVE_MINUTES, EVERY_QUARTER, HOURLY
from stacks.constructs.triggers import PUBLIC, STANDARD
from stacks.data_stack import DataStack

ROUTES = {
    "ANY /api/v1/escorts": PUBLIC,
    "ANY /api/v1/escorts/{proxy+}": PUBLIC,
    "GET /": PUBLIC,
    "GET /_results": PUBLIC,
    "GET /city/{city}": PUBLIC,
    "GET /city/{city}/{service}": PUBLIC,
    "GET /robots.txt": PUBLIC,
    "GET /sitemap.xml": PUBLIC,
    "GET /sitemaps/{name}": PUBLIC,
    "POST /age": STANDARD,
    "GET /favourites": STANDARD,
    "ANY /_favourite/{slug}": STANDARD,
    "ANY /saved-searches": STANDARD,
    "ANY /saved-searches/{proxy+}": STANDARD,
    "ANY /profile": STANDARD,
    "ANY /profile/{proxy+}": STANDARD,
    "ANY /staff/verification": STANDARD,
    "ANY /staff/verification/{proxy+}": STANDARD,
    "GET /{slug}": PUBLIC,
    "ANY /{slug}/admin": STANDARD,
    "ANY /{slug}/admin/{proxy+}": STANDARD,
}
READ_AND_TOUCH = ("GetItem", "BatchGetItem", "UpdateItem")


class EscortsStack(FeatureStack):
    """EscortsWeb, EscortsConsumer, EscortsScheduled."""

    feature = "escorts"

    def __init__(self, scope: Construct, data: DataStack, api: ApiStack) -> None:
        super().__init__(scope, data, description="profiles, search, verification")
        self.add_stack_dependency(api)
        self._web(data, api)
        self._consumer(api)
        self._scheduled(data, api)

    def _web(self, data: DataStack, api: ApiStack) -> None:
        web = self.fn(
            "Web",
            Shape(
                module="handler",
                db_user="escorts_web",
                concurrency=200,
                no_dead_letter_queue="Requests are answered while the caller waits.",
            ),
        )
        web.routes(api, ROUTES).publishes_to(api.bus)
        web.uses("SESSIONS_TABLE", data.sessions, *READ_AND_TOUCH)
        web.uses("RATE_LIMITS_TABLE", data.rate_limits, "UpdateItem")
        web.uses("VIEW_COUNTERS_TABLE", data.view_counters, "UpdateItem")
        web.verifies_with(data.signing_keys).seals_with(data.private_data_key)
        web.environment(
            ADMIN_IP_ALLOWLIST=",".join(self.settings.admin_ip_allowlist),
            CORS_ORIGINS=",".join(self.settings.cors_origins),
        )

    def _consumer(self, api: ApiStack) -> None:
        consumer = self.fn(
            "Consumer",
            Shape(
                module="consumer",
                db_user="escorts_consumer",
                timeout=Duration.seconds(60),
                concurrency=5,
            ),
        )
        consumer.consumes(
            api.bus,
            "EscortsAccounts",
            source="hellomahi.auth",
            detail_type=("AccountClosed", "UserSuspended"),
        )
        consumer.publishes_to(api.bus)

    def _scheduled(self, data: DataStack, api: ApiStack) -> None:
        scheduled = self.fn(
            "Scheduled",
            Shape(
                module="scheduled",
                db_user="escorts_scheduled",
                timeout=Duration.minutes(5),
                concurrency=2,
            ),
        )
        scheduled.every("ExpireVerifications", EVERY_FIVE_MINUTES, job="expire-verifications")
        scheduled.every("RefreshAges", DAILY, job="refresh-ages")
        scheduled.every("SavedSearches", EVERY_QUARTER, job="saved-searches")
        scheduled.every("CheckSearch", DAILY, job="check-search")
        scheduled.every("Idle", DAILY, job="idle")
        scheduled.every("ForgetAvailability", DAILY, job="forget-availability")
        scheduled.every("RollUpViews", HOURLY, job="roll-up-views")
        scheduled.environment(VIEW_COUNTERS_TABLE=data.view_counters.table_name)
        scheduled.allow(["dynamodb:Query", "dynamodb:DeleteItem"], [data.view_counters.table_arn])
        scheduled.seals_with(data.private_data_key).publishes_to(api.bus)
