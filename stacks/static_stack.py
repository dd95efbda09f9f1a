"""Static files of the pages in a private bucket that CloudFront reads.

Deployed before the features, so that no page refers to a missing file. Names have a hash of the content:
files of earlier versions stay, and browsers may cache each for ever.
"""

from pathlib import Path

from aws_cdk import ArnFormat, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from constructs import Construct

from stacks.constructs.assets import ROOT
from stacks.constructs.base_stack import BaseStack
from stacks.constructs.nag import acknowledge, acknowledge_helper
from stacks.constructs.naming import named
from stacks.settings import Settings

BUILT = ROOT / "web" / "dist"
PREFIX = "static"


class StaticStack(BaseStack):
    """Bucket and deployment of web/dist."""

    def __init__(self, scope: Construct, settings: Settings, *, built: Path = BUILT) -> None:
        super().__init__(scope, "Static", settings, description="static files")
        self.bucket = named(
            s3.Bucket(
                self,
                "Files",
                block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
                encryption=s3.BucketEncryption.S3_MANAGED,
                enforce_ssl=True,
                removal_policy=RemovalPolicy.DESTROY,
            ),
            "StaticFiles",
        )
        acknowledge(
            self.bucket,
            {"AwsSolutions-S1": "Published files only, read by CloudFront only: nothing to audit."},
        )
        self._let_cloudfront_read()
        if built.is_dir():
            self._upload(built)

    def _let_cloudfront_read(self) -> None:
        """Allow the account's distributions; a single one would make this stack depend on the edge stack."""
        distributions = self.format_arn(
            service="cloudfront",
            region="",
            resource="distribution",
            resource_name="*",
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudfront.amazonaws.com")],
                actions=["s3:GetObject"],
                resources=[self.bucket.arn_for_objects(f"{PREFIX}/*")],
                conditions={"ArnLike": {"aws:SourceArn": distributions}},
            )
        )

    def _upload(self, built: Path) -> None:
        deployment.BucketDeployment(
            self,
            "Upload",
            sources=[deployment.Source.asset(str(built))],
            destination_bucket=self.bucket,
            destination_key_prefix=PREFIX,
            exclude=["manifest.json"],
            prune=False,
            retain_on_delete=self.settings.retain,
            memory_limit=512,
            cache_control=[
                deployment.CacheControl.set_public(),
                deployment.CacheControl.max_age(Duration.days(365)),
                deployment.CacheControl.immutable(),
            ],
            log_group=logs.LogGroup(
                self,
                "UploadLogGroup",
                retention=self.settings.log_retention,
                removal_policy=RemovalPolicy.DESTROY,
            ),
        )
        self._acknowledge_helper()

    def _acknowledge_helper(self) -> None:
        """Acknowledge the findings of the CDK's own deployment function."""
        for child in self.node.children:
            if child.node.id.startswith("Custom::CDKBucketDeployment"):
                acknowledge_helper(
                    child,
                    self._copying(),
                    "It copies web/dist from the deployment bucket to this one and reaches no other.",
                )

    def _copying(self) -> list[str]:
        assets = f"cdk-hnb659fds-assets-{self.account}-{self.region}"
        actions = ("GetObject", "GetBucket", "List", "DeleteObject", "Abort")
        return [
            *(f"Action::s3:{action}*" for action in actions),
            f"Resource::arn:aws:s3:::{assets}/*",
            "Resource::<StaticFiles.Arn>/*",
        ]
