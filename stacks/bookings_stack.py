"""Stack of bookings: routes, events, schedules and permissions of each function."""

from aws_cdk import Duration
from constructs import Construct

from stacks.api_stack import ApiStack
from stacks.constructs.event_sources import PUBLIC, STANDARD
from stacks.constructs.feature_function import FunctionProps
from stacks.constructs.feature_stack import FeatureStack
from stacks.constructs.schedules import DAILY, EVERY_MINUTE, HOURLY
from stacks.data_stack import DataStack

ROUTES = {
    "GET /api/v1/escorts/{id}/availability": PUBLIC,
    "ANY /api/v1/bookings": STANDARD,
    "ANY /api/v1/bookings/{proxy+}": STANDARD,
    "ANY /bookings": STANDARD,
    "ANY /bookings/{proxy+}": STANDARD,
    "ANY /{slug}/admin/bookings": STANDARD,
    "ANY /{slug}/admin/bookings/{proxy+}": STANDARD,
}
SESSION_ACTIONS = ("GetItem", "BatchGetItem", "UpdateItem")


class BookingsStack(FeatureStack):
    """BookingsWeb, BookingsConsumer and BookingsScheduled."""

    feature = "bookings"

    def __init__(self, scope: Construct, data: DataStack, api: ApiStack) -> None:
        super().__init__(scope, data, description="bookings and their timers")
        self.add_stack_dependency(api)
        self._web(data, api)
        self._consumer(api)
        self._scheduled(api)

    def _web(self, data: DataStack, api: ApiStack) -> None:
        web = self.add_function(
            "Web",
            FunctionProps(
                module="handler",
                db_user="bookings_web",
                concurrency=100,
                no_dead_letter_queue="Requests are answered while the caller waits.",
            ),
        )
        web.add_routes(api, ROUTES).grant_publish(api.bus)
        web.grant_table("SESSIONS_TABLE", data.sessions, *SESSION_ACTIONS)
        web.grant_table("RATE_LIMITS_TABLE", data.rate_limits, "UpdateItem")
        web.grant_verify(data.signing_keys).grant_data_key(data.private_data_key)
        web.environment(
            ADMIN_IP_ALLOWLIST=",".join(self.settings.admin_ip_allowlist),
            CORS_ORIGINS=",".join(self.settings.cors_origins),
        )

    def _consumer(self, api: ApiStack) -> None:
        consumer = self.add_function(
            "Consumer",
            FunctionProps(
                module="consumer",
                db_user="bookings_consumer",
                timeout=Duration.seconds(60),
                concurrency=5,
            ),
        )
        consumer.add_event_queue(
            api.bus,
            "BookingsEvents",
            source=("hellomahi.payments", "hellomahi.auth", "hellomahi.escorts"),
            detail_type=("PaymentCaptured", "AccountClosed", "UserSuspended", "ProfileClosed"),
        )
        consumer.grant_publish(api.bus)

    def _scheduled(self, api: ApiStack) -> None:
        """Two runs of a job may overlap: the second finds the rows locked or done, and both are right."""
        scheduled = self.add_function(
            "Scheduled",
            FunctionProps(
                module="scheduled",
                db_user="bookings_scheduled",
                timeout=Duration.minutes(5),
                concurrency=2,
            ),
        )
        scheduled.add_schedule("FireDueTimers", EVERY_MINUTE, job="fire-due-timers")
        scheduled.add_schedule("RepairTimers", HOURLY, job="repair-timers")
        scheduled.add_schedule("PurgeExpired", DAILY, job="purge-expired")
        scheduled.grant_publish(api.bus)
