"""CloudFront in front of the static files and of the API, and the API's stage and domain.

Deployed after the features: the stage's throttles refer to routes, which must exist already. The API serves
the public domain itself (as a regional custom domain), because CloudFront forwards the Host header; its own
`execute-api` address is disabled and the authorizer checks CloudFront's secret.
"""

import json
from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy, SecretValue
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.api_stack import ORIGIN_HEADER, ApiStack
from stacks.constructs import caching
from stacks.constructs.base_stack import BaseStack
from stacks.constructs.event_sources import STANDARD, Throttle
from stacks.constructs.nag import acknowledge
from stacks.constructs.naming import named, resource_of
from stacks.constructs.zone import hosted_zone
from stacks.edge_global_stack import EdgeGlobalStack
from stacks.static_stack import PREFIX, StaticStack

ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "route": "$context.routeKey",
    "status": "$context.status",
    "milliseconds": "$context.responseLatency",
    "bytes": "$context.responseLength",
    "error": "$context.error.responseType",
    "integrationError": "$context.integrationErrorMessage",
}
"""Access log with the route, not the path, and no IP address: a visitor's views cannot be reconstructed."""

_IMPORTED_BUCKET = "Annotation::@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac"


class EdgeStack(BaseStack):
    """Stage, API domain, distribution, DNS."""

    def __init__(
        self, scope: Construct, api: ApiStack, static: StaticStack, edge: EdgeGlobalStack
    ) -> None:
        super().__init__(scope, "Edge", api.settings, description="CloudFront, stage, DNS")
        for stack in (api, static, edge):
            self.add_stack_dependency(stack)
        self.zone = hosted_zone(self, self.settings)
        self.stage = self._stage(api)
        api_domain = self._api_domain(api)
        self.distribution = named(self._distribution(api, api_domain, static, edge), "Distribution")
        acknowledge(
            self.distribution,
            {
                "AwsSolutions-CFR1": "Where what is allowed depends on the capability and the law: the "
                "application decides by its jurisdiction matrix, which denies by default.",
                "AwsSolutions-CFR3": "An access log would tie addresses to the profiles they looked at. "
                "The firewall keeps what it blocked, the API logs routes without addresses.",
                _IMPORTED_BUCKET: "The static stack's own policy lets the distribution read.",
            },
        )
        self._records()

    def _stage(self, api: ApiStack) -> apigateway.HttpStage:
        group = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/vendedlogs/{self.settings.name('api')}",
            retention=self.settings.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=api.http,
            stage_name="$default",
            auto_deploy=True,
            detailed_metrics_enabled=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=STANDARD.rate, burst_limit=STANDARD.burst
            ),
        )
        resource = resource_of(stage)
        if not isinstance(resource, apigateway.CfnStage):
            raise TypeError("the stage is no stage")
        resource.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=group.log_group_arn, format=json.dumps(ACCESS_LOG)
        )
        resource.route_settings = _route_settings(api.throttles)
        return stage

    def _api_domain(self, api: ApiStack) -> apigateway.DomainName:
        domain = apigateway.DomainName(
            self,
            "ApiDomain",
            domain_name=self.settings.domain.name,
            certificate=acm.Certificate(
                self,
                "ApiCertificate",
                domain_name=self.settings.domain.name,
                validation=acm.CertificateValidation.from_dns(self.zone),
            ),
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        apigateway.ApiMapping(
            self, "ApiMapping", api=api.http, domain_name=domain, stage=self.stage
        )
        return domain

    def _distribution(
        self,
        api: ApiStack,
        api_domain: apigateway.DomainName,
        static: StaticStack,
        edge: EdgeGlobalStack,
    ) -> cloudfront.Distribution:
        headers, origin = self._response_headers(), self._api_origin(api_domain)
        return cloudfront.Distribution(
            self,
            "Distribution",
            comment=self.settings.name("edge"),
            domain_names=[self.settings.domain.name],
            certificate=edge.certificate,
            web_acl_id=edge.acl.attr_arn,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            enable_logging=False,
            error_responses=caching.uncached_errors(),
            default_behavior=cloudfront.BehaviorOptions(
                origin=origin,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                cache_policy=caching.page_cache_policy(self, self.settings),
                origin_request_policy=caching.minimal_origin_policy(self, self.settings),
                response_headers_policy=headers,
            ),
            additional_behaviors=self._behaviours(api, origin, static, headers),
        )

    def _behaviours(
        self,
        api: ApiStack,
        origin: cloudfront.IOrigin,
        static: StaticStack,
        headers: cloudfront.ResponseHeadersPolicy,
    ) -> dict[str, cloudfront.BehaviorOptions]:
        """Return the behaviours in order: static files, the public API, private paths. The default is public pages."""
        files = cloudfront.BehaviorOptions(
            origin=self._static_origin(static),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            response_headers_policy=headers,
            compress=True,
        )
        everything = self._all_viewer_policy()

        def forward_everything(policy: cloudfront.ICachePolicy) -> cloudfront.BehaviorOptions:
            return cloudfront.BehaviorOptions(
                origin=origin,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                cache_policy=policy,
                origin_request_policy=everything,
                response_headers_policy=headers,
            )

        public_api = forward_everything(caching.api_cache_policy(self, self.settings))
        private = forward_everything(cloudfront.CachePolicy.CACHING_DISABLED)
        return {
            f"/{PREFIX}/*": files,
            **dict.fromkeys(caching.api_patterns(api.throttles), public_api),
            **dict.fromkeys(caching.private_patterns(api.throttles), private),
        }

    def _api_origin(self, api_domain: apigateway.DomainName) -> origins.HttpOrigin:
        # By name: a dynamic reference may not contain a reference to another stack.
        secret = SecretValue.secrets_manager(
            self.settings.name("origin-verify"), version_id=self.settings.origin_secret_version
        )
        return origins.HttpOrigin(
            api_domain.regional_domain_name,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            read_timeout=Duration.seconds(30),
            custom_headers={ORIGIN_HEADER: secret.unsafe_unwrap()},
        )

    def _static_origin(self, static: StaticStack) -> cloudfront.IOrigin:
        bucket = s3.Bucket.from_bucket_attributes(
            self,
            "StaticFiles",
            bucket_name=static.bucket.bucket_name,
            region=self.settings.region,
        )
        return origins.S3BucketOrigin.with_origin_access_control(bucket)

    def _all_viewer_policy(self) -> cloudfront.OriginRequestPolicy:
        """Return the policy that forwards everything, and CloudFront's address and country headers (throttles, law)."""
        return cloudfront.OriginRequestPolicy(
            self,
            "EverythingAndWho",
            origin_request_policy_name=self.settings.name("everything-and-who"),
            cookie_behavior=cloudfront.OriginRequestCookieBehavior.all(),
            query_string_behavior=cloudfront.OriginRequestQueryStringBehavior.all(),
            header_behavior=cloudfront.OriginRequestHeaderBehavior.all(
                "CloudFront-Viewer-Address", "CloudFront-Viewer-Country"
            ),
        )

    def _response_headers(self) -> cloudfront.ResponseHeadersPolicy:
        """Return the headers of every response; pages set the others (CSP, framing) themselves."""
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            response_headers_policy_name=self.settings.name("headers"),
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(730),
                    include_subdomains=True,
                    override=True,
                ),
            ),
        )

    def _records(self) -> None:
        target = route53.RecordTarget.from_alias(targets.CloudFrontTarget(self.distribution))
        name = self.settings.domain.name
        route53.ARecord(self, "Ipv4", zone=self.zone, record_name=name, target=target)
        route53.AaaaRecord(self, "Ipv6", zone=self.zone, record_name=name, target=target)


def _route_settings(throttles: Mapping[str, Throttle]) -> dict[str, dict[str, object]]:
    return {
        route: {
            "ThrottlingRateLimit": throttle.rate,
            "ThrottlingBurstLimit": throttle.burst,
            "DetailedMetricsEnabled": True,
        }
        for route, throttle in throttles.items()
        if (throttle.rate, throttle.burst) != (STANDARD.rate, STANDARD.burst)
    }
