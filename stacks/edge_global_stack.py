"""Stack in us-east-1 with CloudFront's certificate and firewall, whatever the stage's region."""

from aws_cdk import ArnFormat, RemovalPolicy
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from stacks.constructs.base_stack import BaseStack
from stacks.constructs.firewall import web_acl
from stacks.constructs.zone import hosted_zone
from stacks.settings import Settings


class EdgeGlobalStack(BaseStack):
    """Certificate of the public domain, and the web ACL of the distribution."""

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(
            scope,
            "EdgeGlobal",
            settings,
            description="certificate and firewall of CloudFront",
            region="us-east-1",
        )
        zone = hosted_zone(self, settings)
        self.certificate = acm.Certificate(
            self,
            "Certificate",
            domain_name=settings.domain.name,
            validation=acm.CertificateValidation.from_dns(zone),
        )
        self.acl = web_acl(self, "Firewall", settings.name("firewall"))
        self._log_blocked()

    def _log_blocked(self) -> None:
        """Log blocked requests, without credentials; accepted requests are not logged, for privacy."""
        group = logs.LogGroup(
            self,
            "Blocked",
            log_group_name=f"aws-waf-logs-{self.settings.name('blocked')}",
            retention=logs.RetentionDays.TWO_WEEKS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        waf.CfnLoggingConfiguration(
            self,
            "Log",
            resource_arn=self.acl.attr_arn,
            log_destination_configs=[
                self.format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=group.log_group_name,
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
            redacted_fields=[
                waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": name})
                for name in ("authorization", "cookie")
            ]
            + [waf.CfnLoggingConfiguration.FieldToMatchProperty(query_string={})],
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Requirement": "MEETS_ANY",
                        "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}],
                    }
                ],
            },
        )
