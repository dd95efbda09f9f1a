"""The client book: what each function of `crm` serves, hears, and may do."""

from aws_cdk import Duration
from constructs import Construct

from stacks.api_stack import ApiStack
from stacks.constructs.event_sources import STANDARD
from stacks.constructs.feature_function import Shape
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
READ_AND_TOUCH = ("GetItem", "BatchGetItem", "UpdateItem")
KEY_OPERATIONS = (
    "GetItem",
    "BatchGetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    # An unlock is written only while nobody has called panic.
    "ConditionCheckItem",
)
# What an inbox is sealed with, and what destroys a book: neither opens one.
SEAL_AND_SHRED = ("BatchGetItem", "UpdateItem", "Query", "DeleteItem")
BOOKING_EVENTS = (
    "BookingConfirmed",
    "BookingCompleted",
    "BookingNoShow",
    "BookingCancelled",
    "BookingRescheduled",
)


class CrmStack(FeatureStack):
    """CrmWeb, CrmConsumer, CrmScheduled, CrmMailer, CrmSubjects."""

    feature = "crm"

    def __init__(self, scope: Construct, data: DataStack, api: ApiStack) -> None:
        super().__init__(scope, data, description="providers' client books")
        self.add_stack_dependency(api)
        self._web(data, api)
        self._consumer(data, api)
        self._scheduled(data)
        self._mailer(data, api)
        self._subjects(data)

    def _web(self, data: DataStack, api: ApiStack) -> None:
        """The one function that may open a book, and only for who is signed in to it."""
        web = self.fn(
            "Web",
            Shape(
                module="handler",
                db_user="crm_web",
                memory=1769,  # one whole processor: passphrases are stretched here
                concurrency=50,
                no_dead_letter_queue="Requests are answered while the caller waits.",
            ),
        )
        web.routes(api, ROUTES).publishes_to(api.bus)
        web.uses("SESSIONS_TABLE", data.sessions, *READ_AND_TOUCH)
        web.uses("RATE_LIMITS_TABLE", data.rate_limits, "UpdateItem")
        web.uses("CRM_KEYS_TABLE", data.crm_keys, *KEY_OPERATIONS)
        web.verifies_with(data.signing_keys).opens_books_with(data.crm_key)
        web.environment(CORS_ORIGINS=",".join(self.settings.cors_origins))

    def _consumer(self, data: DataStack, api: ApiStack) -> None:
        """Seals what happens to its reader, and may use no KMS key: it can open nothing."""
        consumer = self.fn(
            "Consumer",
            Shape(
                module="consumer",
                db_user="crm_consumer",
                timeout=Duration.seconds(60),
                concurrency=5,
            ),
        )
        consumer.consumes(
            api.bus,
            "CrmEvents",
            source=("hellomahi.bookings", "hellomahi.auth"),
            detail_type=(*BOOKING_EVENTS, "AccountClosed"),
        )
        consumer.uses("CRM_KEYS_TABLE", data.crm_keys, *SEAL_AND_SHRED)

    def _scheduled(self, data: DataStack) -> None:
        """What is over is told by columns in clear: no job opens a key, and one destroys some."""
        scheduled = self.fn(
            "Scheduled",
            Shape(
                module="scheduled",
                db_user="crm_scheduled",
                timeout=Duration.minutes(5),
                concurrency=2,
            ),
        )
        scheduled.every("ExpireScreenings", DAILY, job="expire-screenings")
        scheduled.every("ForgetReferences", DAILY, job="forget-references")
        scheduled.every("ForgetLetters", DAILY, job="forget-letters")
        scheduled.every("Retention", DAILY, job="retention")
        scheduled.uses("CRM_KEYS_TABLE", data.crm_keys, "BatchGetItem", "DeleteItem")

    def _mailer(self, data: DataStack, api: ApiStack) -> None:
        """Opens letters, and no book: KMS compares what a key was wrapped for."""
        mailer = self.fn(
            "Mailer",
            Shape(
                module="mailer",
                db_user="crm_mailer",
                timeout=Duration.seconds(60),
                concurrency=5,
            ),
        )
        mailer.consumes(api.bus, "CrmLetters", source="hellomahi.crm", detail_type="AreaLetterDue")
        mailer.opens_what_is_for(data.crm_key, "crm.letters").sends_mail()

    def _subjects(self, data: DataStack) -> None:
        """Asks every book what it keeps about somebody, sealed to its owner; it learns where a client is reached."""
        subjects = self.fn(
            "Subjects",
            Shape(
                module="subjects",
                db_user="crm_subjects",
                timeout=Duration.minutes(5),
                concurrency=1,
            ),
        )
        subjects.every("AskBooks", EVERY_QUARTER, job="ask-books")
        subjects.every("HandOver", DAILY, job="hand-over")
        subjects.uses("CRM_KEYS_TABLE", data.crm_keys, "BatchGetItem").sends_mail()
