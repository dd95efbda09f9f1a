"""The CRM stack: routes, events and permissions of each function of `crm`."""

from aws_cdk import Duration
from constructs import Construct

from contracts.bookings import VISIT_EVENTS
from stacks.api_stack import ApiStack
from stacks.constructs.event_sources import STANDARD
from stacks.constructs.feature_function import FunctionProps
from stacks.constructs.feature_stack import FeatureStack
from stacks.constructs.schedules import DAILY, EVERY_QUARTER
from stacks.data_stack import DataStack

ROUTES = {
    "ANY /api/v1/crm/{slug}/{proxy+}": STANDARD,
    "ANY /unsubscribe/{token}": STANDARD,
    "ANY /api/v1/privacy/requests": STANDARD,
    "ANY /privacy": STANDARD,
    "ANY /{slug}/crm": STANDARD,
    "ANY /{slug}/crm/{proxy+}": STANDARD,
}
SESSION_ACTIONS = ("GetItem", "BatchGetItem", "UpdateItem")
KEY_ADMIN_ACTIONS = (
    "GetItem",
    "BatchGetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    # An unlock is written only if all sessions were not locked meanwhile.
    "ConditionCheckItem",
)
# Actions that seal an inbox message or destroy a workspace's keys: neither opens anything.
KEY_SEAL_ACTIONS = ("BatchGetItem", "UpdateItem", "Query", "DeleteItem")


class CrmStack(FeatureStack):
    """CrmWeb, CrmConsumer, CrmScheduled, CrmMailer, CrmDataRequests."""

    feature = "crm"

    def __init__(self, scope: Construct, data: DataStack, api: ApiStack) -> None:
        super().__init__(scope, data, description="providers' client books")
        self.add_stack_dependency(api)
        self._web(data, api)
        self._consumer(data, api)
        self._scheduled(data)
        self._campaign_mailer(data, api)
        self._data_requests(data)

    def _web(self, data: DataStack, api: ApiStack) -> None:
        """Add the only function that may open a workspace, and only for its signed-in provider."""
        web = self.add_function(
            "Web",
            FunctionProps(
                module="handler",
                db_user="crm_web",
                memory=1769,  # one whole processor: passphrases are stretched here
                concurrency=50,
                no_dead_letter_queue="Requests are answered while the caller waits.",
            ),
        )
        web.add_routes(api, ROUTES).grant_publish(api.bus)
        web.grant_table("SESSIONS_TABLE", data.sessions, *SESSION_ACTIONS)
        web.grant_table("RATE_LIMITS_TABLE", data.rate_limits, "UpdateItem")
        web.grant_table("CRM_KEYS_TABLE", data.crm_keys, *KEY_ADMIN_ACTIONS)
        web.grant_verify(data.signing_keys).grant_crm_key(data.crm_key)
        web.environment(CORS_ORIGINS=",".join(self.settings.cors_origins))

    def _consumer(self, data: DataStack, api: ApiStack) -> None:
        """Add the consumer that seals booking updates to the provider; without KMS permissions it can open nothing."""
        consumer = self.add_function(
            "Consumer",
            FunctionProps(
                module="consumer",
                db_user="crm_consumer",
                timeout=Duration.seconds(60),
                concurrency=5,
            ),
        )
        consumer.add_event_queue(
            api.bus,
            "CrmEvents",
            source=("hellomahi.bookings", "hellomahi.auth"),
            detail_type=(*(event.event_type() for event in VISIT_EVENTS), "AccountClosed"),
        )
        consumer.grant_table("CRM_KEYS_TABLE", data.crm_keys, *KEY_SEAL_ACTIONS)

    def _scheduled(self, data: DataStack) -> None:
        """Add the scheduled jobs: plaintext columns tell what has expired; no job opens a key, one destroys keys."""
        scheduled = self.add_function(
            "Scheduled",
            FunctionProps(
                module="scheduled",
                db_user="crm_scheduled",
                timeout=Duration.minutes(5),
                concurrency=2,
            ),
        )
        scheduled.add_schedule("ExpireScreenings", DAILY, job="expire-screenings")
        scheduled.add_schedule("DeleteExpiredReferences", DAILY, job="delete-expired-references")
        scheduled.add_schedule("DeleteCampaignEmails", DAILY, job="delete-campaign-emails")
        scheduled.add_schedule("Retention", DAILY, job="retention")
        scheduled.grant_table("CRM_KEYS_TABLE", data.crm_keys, "BatchGetItem", "DeleteItem")

    def _campaign_mailer(self, data: DataStack, api: ApiStack) -> None:
        """Add the campaign mailer, which decrypts e-mails but no workspace: KMS compares the purpose of a data key."""
        mailer = self.add_function(
            "Mailer",
            FunctionProps(
                module="campaign_mailer",
                db_user="crm_mailer",
                timeout=Duration.seconds(60),
                concurrency=5,
            ),
        )
        mailer.add_event_queue(
            api.bus, "CrmCampaignEmails", source="hellomahi.crm", detail_type="CampaignEmailQueued"
        )
        mailer.grant_decrypt_for_purpose(data.crm_key, "crm.campaign_emails").grant_send_mail()

    def _data_requests(self, data: DataStack) -> None:
        """Add the data request jobs: they seal each request to the workspaces, and read a client's contact address."""
        data_requests = self.add_function(
            "DataRequests",
            FunctionProps(
                module="data_request_scheduled",
                db_user="crm_data_requests",
                timeout=Duration.minutes(5),
                concurrency=1,
            ),
        )
        data_requests.add_schedule(
            "DispatchDataRequests", EVERY_QUARTER, job="dispatch-data-requests"
        )
        data_requests.add_schedule(
            "ReleaseDataRequestAnswers", DAILY, job="release-data-request-answers"
        )
        data_requests.grant_table("CRM_KEYS_TABLE", data.crm_keys, "BatchGetItem").grant_send_mail()
