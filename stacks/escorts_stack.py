"""Stack of the directory: routes, event queues, schedules and grants of each function of `escorts`."""

from aws_cdk import Duration
from constructs import Construct

from stacks.api_stack import ApiStack
from stacks.constructs.event_sources import PUBLIC, STANDARD
from stacks.constructs.feature_function import FeatureFunction, FunctionProps
from stacks.constructs.feature_stack import FeatureStack
from stacks.constructs.schedules import DAILY, EVERY_FIVE_MINUTES, EVERY_QUARTER, HOURLY
from stacks.data_stack import DataStack

WEB_ROUTES = {
    "GET /api/v1/escorts": PUBLIC,
    "GET /api/v1/escorts/search": PUBLIC,
    "GET /api/v1/escorts/cities": PUBLIC,
    "POST /api/v1/escorts/{id}/views": PUBLIC,
    "ANY /api/v1/escorts/{id}/favourite": STANDARD,
    "ANY /api/v1/escorts/favourites": STANDARD,
    "ANY /api/v1/escorts/saved-searches": STANDARD,
    "ANY /api/v1/escorts/saved-searches/{proxy+}": STANDARD,
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
    "GET /{slug}": PUBLIC,
}
# All routes of the API that are not in WEB_ROUTES.
DASHBOARD_ROUTES = {
    "ANY /api/v1/escorts": PUBLIC,
    "ANY /api/v1/escorts/{proxy+}": PUBLIC,
    "ANY /profile": STANDARD,
    "ANY /profile/{proxy+}": STANDARD,
    "ANY /staff/verification": STANDARD,
    "ANY /staff/verification/{proxy+}": STANDARD,
    "ANY /staff/texts": STANDARD,
    "ANY /staff/texts/{proxy+}": STANDARD,
    "ANY /{slug}/admin": STANDARD,
    "ANY /{slug}/admin/{proxy+}": STANDARD,
}
SESSION_ACTIONS = ("GetItem", "BatchGetItem", "UpdateItem")


class EscortsStack(FeatureStack):
    """Functions EscortsWeb, EscortsDashboard, EscortsConsumer and EscortsScheduled."""

    feature = "escorts"

    def __init__(self, scope: Construct, data: DataStack, api: ApiStack) -> None:
        super().__init__(scope, data, description="profiles, search, verification")
        self.add_stack_dependency(api)
        self._web(data, api)
        self._dashboard(data, api)
        self._consumer(api)
        self._scheduled(data, api)

    def _web(self, data: DataStack, api: ApiStack) -> None:
        web = self._http("Web", "handler", data, concurrency=150)
        web.add_routes(api, WEB_ROUTES)
        web.grant_table("VIEW_COUNTERS_TABLE", data.view_counters, "UpdateItem")

    def _dashboard(self, data: DataStack, api: ApiStack) -> None:
        dashboard = self._http("Dashboard", "dashboard_handler", data, concurrency=50)
        dashboard.add_routes(api, DASHBOARD_ROUTES).grant_publish(api.bus)
        dashboard.grant_data_key(data.private_data_key)

    def _http(
        self, name: str, module: str, data: DataStack, *, concurrency: int
    ) -> FeatureFunction:
        """Return an HTTP function with a database role of its own and access to the session table."""
        function = self.add_function(
            name,
            FunctionProps(
                module=module,
                db_user=f"escorts_{name.lower()}",
                concurrency=concurrency,
                no_dead_letter_queue="Requests are answered while the caller waits.",
            ),
        )
        function.grant_table("SESSIONS_TABLE", data.sessions, *SESSION_ACTIONS)
        function.grant_table("RATE_LIMITS_TABLE", data.rate_limits, "UpdateItem")
        function.grant_verify(data.signing_keys)
        function.environment(
            ADMIN_IP_ALLOWLIST=",".join(self.settings.admin_ip_allowlist),
            CORS_ORIGINS=",".join(self.settings.cors_origins),
        )
        return function

    def _consumer(self, api: ApiStack) -> None:
        consumer = self.add_function(
            "Consumer",
            FunctionProps(
                module="consumer",
                db_user="escorts_consumer",
                timeout=Duration.seconds(60),
                concurrency=5,
            ),
        )
        consumer.add_event_queue(
            api.bus,
            "EscortsAccounts",
            source="hellomahi.auth",
            detail_type=("AccountClosed", "UserSuspended"),
        )
        consumer.grant_publish(api.bus)

    def _scheduled(self, data: DataStack, api: ApiStack) -> None:
        scheduled = self.add_function(
            "Scheduled",
            FunctionProps(
                module="scheduled",
                db_user="escorts_scheduled",
                timeout=Duration.minutes(5),
                concurrency=2,
            ),
        )
        scheduled.add_schedule(
            "ExpireVerifications", EVERY_FIVE_MINUTES, job="expire-verifications"
        )
        scheduled.add_schedule("RefreshAges", DAILY, job="refresh-ages")
        scheduled.add_schedule("SavedSearches", EVERY_QUARTER, job="saved-searches")
        scheduled.add_schedule("CheckSearch", DAILY, job="check-search")
        scheduled.add_schedule("HideInactiveProfiles", DAILY, job="hide-inactive-profiles")
        scheduled.add_schedule(
            "DeleteExpiredAvailability", DAILY, job="delete-expired-availability"
        )
        scheduled.add_schedule("RollUpViews", HOURLY, job="roll-up-views")
        scheduled.environment(VIEW_COUNTERS_TABLE=data.view_counters.table_name)
        scheduled.grant_actions(
            ["dynamodb:Query", "dynamodb:DeleteItem"], [data.view_counters.table_arn]
        )
        scheduled.grant_data_key(data.private_data_key).grant_publish(api.bus)
