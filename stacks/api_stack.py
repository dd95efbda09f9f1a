"""Stack shared by all features: HTTP API, event bus, mail domain, and the origin check of the API.

There is no WebSocket API yet: without routes it could not be deployed. The API's stage is in the edge
stack, because its per-route throttles may only refer to routes that exist already.
"""

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from stacks.constructs.alarms import FIVE_MINUTES, alarm
from stacks.constructs.event_sources import Throttle
from stacks.constructs.feature_function import FunctionProps
from stacks.constructs.feature_stack import FeatureStack
from stacks.constructs.mail_identity import MailIdentity
from stacks.constructs.nag import acknowledge
from stacks.constructs.naming import named
from stacks.data_stack import DataStack

ORIGIN_HEADER = "x-origin-verify"


class ApiStack(FeatureStack):
    """HTTP API, bus, and the authorizer that admits only CloudFront."""

    feature = "edge"

    def __init__(self, scope: Construct, data: DataStack) -> None:
        super().__init__(
            scope, data, construct_id="Api", description="HTTP API, event bus, origin check"
        )
        self.bus = named(
            events.EventBus(self, "Bus", event_bus_name=self.settings.name("bus")), "HelloMahi"
        )
        self.http = named(
            apigateway.HttpApi(
                self,
                "HttpApi",
                api_name=self.settings.name("api"),
                create_default_stage=False,
                disable_execute_api_endpoint=True,
            ),
            "HttpApi",
        )
        self.throttles: dict[str, Throttle] = {}
        self.origin_secret = secretsmanager.Secret(
            self,
            "OriginSecret",
            secret_name=self.settings.name("origin-verify"),
            description="Secret header by which the API recognizes CloudFront",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=48, exclude_punctuation=True
            ),
            removal_policy=self.removal_policy,
        )
        acknowledge(
            self.origin_secret,
            {
                "AwsSolutions-SMG4": "CloudFront takes a new value from a deploy only: rotated by hand, "
                "docs/runbooks/deploy.md says how."
            },
        )
        self.authorizer = self._authorizer()
        self.server_errors = self._watch_authorizer()
        MailIdentity(self, "Mail", self.settings)

    def _watch_authorizer(self) -> cloudwatch.Alarm:
        # Exceptions in a handler become responses 5xx, not errors of the function.
        return alarm(
            self,
            "ServerErrors",
            self.http.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            self.data.alarm_topic,
            above=5,
            description="More than five responses 5xx in five minutes. See the access log by route.",
        )

    def _authorizer(self) -> apigateway.IHttpRouteAuthorizer:
        check = self.add_function(
            "Origin",
            FunctionProps(
                module="origin",
                memory=256,
                # The gateway's own limit: reading the secret may take a second attempt.
                timeout=Duration.seconds(10),
                no_dead_letter_queue="The gateway waits for the answer and refuses without one.",
            ),
        )
        check.environment(ORIGIN_VERIFY_SECRET_ARN=self.origin_secret.secret_arn)
        check.grant_actions(["secretsmanager:GetSecretValue"], [self.origin_secret.secret_arn])
        authorizer = named(
            apigateway.HttpAuthorizer(
                self,
                "FromCloudFront",
                http_api=self.http,
                type=apigateway.HttpAuthorizerType.LAMBDA,
                identity_source=[f"$request.header.{ORIGIN_HEADER}"],
                authorizer_uri=_invocation_uri(self, check.live.function_arn),
                enable_simple_responses=True,
                payload_format_version=apigateway.AuthorizerPayloadVersion.VERSION_2_0,
                results_cache_ttl=Duration.hours(1),
            ),
            "FromCloudFront",
        )
        check.live.add_permission(
            "Gateway",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=self.format_arn(
                service="execute-api",
                resource=self.http.api_id,
                resource_name=f"authorizers/{authorizer.authorizer_id}",
            ),
        )
        return apigateway.HttpAuthorizer.from_http_authorizer_attributes(
            self,
            "FromCloudFrontReference",
            authorizer_id=authorizer.authorizer_id,
            authorizer_type="CUSTOM",
        )


def _invocation_uri(stack: Stack, function_arn: str) -> str:
    return (
        f"arn:{stack.partition}:apigateway:{stack.region}:lambda:path/2015-03-31/functions/"
        f"{function_arn}/invocations"
    )
