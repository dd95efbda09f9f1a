"""The client book: what each function of `crm` serves, hears, and may do."""

from constructs import Construct

from stacks.api_stack import ApiStack
from stacks.constructs.feature_function import Shape
from stacks.constructs.feature_stack import FeatureStack
from stacks.constructs.triggers import STANDARD
from stacks.data_stack import DataStack

ROUTES = {
    "ANY /api/v1/crm/{slug}/{proxy+}": STANDARD,
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
    "BatchWriteItem",
    "Query",
)


class CrmStack(FeatureStack):
    """CrmWeb."""

    feature = "crm"

    def __init__(self, scope: Construct, data: DataStack, api: ApiStack) -> None:
        super().__init__(scope, data, description="providers' client books")
        self.add_stack_dependency(api)
        self._web(data, api)

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
