"""Stack of auth: routes, events, schedules and permissions of its functions."""

from aws_cdk import Duration
from constructs import Construct

from contracts.bookings import BOOKING_MAIL_EVENTS, WaitlistSlotAvailable
from stacks.api_stack import ApiStack
from stacks.constructs.event_sources import HASHING, STANDARD
from stacks.constructs.feature_function import FunctionProps
from stacks.constructs.feature_stack import FeatureStack
from stacks.constructs.schedules import DAILY
from stacks.data_stack import DataStack

ROUTES = {
    "ANY /api/v1/auth/{proxy+}": HASHING,
    "ANY /api/v1/users/{proxy+}": STANDARD,
    "GET /.well-known/jwks.json": STANDARD,
    "GET /.well-known/openid-configuration": STANDARD,
    "ANY /register": HASHING,
    "ANY /login": HASHING,
    "POST /logout": STANDARD,
    "ANY /verify": STANDARD,
    "ANY /verify/{proxy+}": STANDARD,
    "ANY /reset": HASHING,
    "ANY /reset/{proxy+}": HASHING,
    "ANY /account": STANDARD,
    "ANY /account/{proxy+}": STANDARD,
    "ANY /staff/login": HASHING,
    "ANY /{slug}/admin/login": HASHING,
    "POST /{slug}/admin/logout": STANDARD,
    "ANY /{slug}/crm/login": HASHING,
    "POST /{slug}/crm/logout": STANDARD,
    "ANY /api/v1/crm/{slug}/session": HASHING,
    "DELETE /api/v1/crm/{slug}/session/{session_id}": STANDARD,
    "GET /_account-chip": STANDARD,
}
SESSION_ADMIN_ACTIONS = (
    "GetItem",
    "BatchGetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
)


class AuthStack(FeatureStack):
    """Stack of AuthWeb, AuthMailer, AuthScheduled and AuthAdminCommand."""

    feature = "auth"

    def __init__(self, scope: Construct, data: DataStack, api: ApiStack) -> None:
        super().__init__(scope, data, description="accounts and sign-in")
        self.add_stack_dependency(api)
        web = self.add_function(
            "Web",
            FunctionProps(
                module="handler",
                db_user="auth_web",
                memory=1769,  # one whole processor: passwords are hashed here
                concurrency=100,
                no_dead_letter_queue="Requests are answered while the caller waits.",
            ),
        )
        web.add_routes(api, ROUTES).grant_publish(api.bus)
        web.grant_table("SESSIONS_TABLE", data.sessions, *SESSION_ADMIN_ACTIONS)
        web.grant_table("RATE_LIMITS_TABLE", data.rate_limits, "UpdateItem")
        web.grant_sign(data.signing_keys).grant_data_key(data.private_data_key)
        web.environment(
            ADMIN_IP_ALLOWLIST=",".join(self.settings.admin_ip_allowlist),
            CORS_ORIGINS=",".join(self.settings.cors_origins),
        )
        self._mailer(api)
        self._scheduled(api)
        self._admin_command(api)

    def _mailer(self, api: ApiStack) -> None:
        mailer = self.add_function(
            "Mailer",
            FunctionProps(
                module="consumer",
                db_user="auth_mailer",
                timeout=Duration.seconds(60),
                concurrency=5,
            ),
        )
        mailer.add_event_queue(
            api.bus,
            "AuthMail",
            source=("hellomahi.auth", "hellomahi.escorts", "hellomahi.bookings"),
            detail_type=(
                "MailQueued",
                "SavedSearchMatched",
                "ProfileInactivityWarned",
                "ProfileAutoHidden",
                "TextModerated",
                *(event.event_type() for event in BOOKING_MAIL_EVENTS),
                WaitlistSlotAvailable.event_type(),
            ),
        )
        mailer.grant_send_mail()

    def _scheduled(self, api: ApiStack) -> None:
        scheduled = self.add_function(
            "Scheduled",
            FunctionProps(
                module="scheduled",
                db_user="auth_scheduled",
                timeout=Duration.minutes(5),
                concurrency=1,
            ),
        )
        scheduled.add_schedule("Cleanup", DAILY, job="cleanup").grant_publish(api.bus)

    def _admin_command(self, api: ApiStack) -> None:
        admin_command = self.add_function(
            "AdminCommand",
            FunctionProps(
                module="admin_command",
                db_user="auth_admin_command",
                concurrency=1,
                no_dead_letter_queue="A person invokes it and reads the answer.",
            ),
        )
        admin_command.grant_publish(api.bus)
