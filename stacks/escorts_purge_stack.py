"""EscortsPurge: removes a changed or delisted profile from the CDN's cache within seconds.

Deployed after the edge stack, whose distribution it needs. Outside the VPC, because CloudFront's API is on
the internet.
"""

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from stacks.api_stack import ApiStack
from stacks.constructs.feature_function import FunctionProps
from stacks.constructs.feature_stack import FeatureStack
from stacks.data_stack import DataStack


class EscortsPurgeStack(FeatureStack):
    """Function that creates CloudFront invalidations."""

    feature = "escorts"

    def __init__(
        self,
        scope: Construct,
        data: DataStack,
        api: ApiStack,
        distribution: cloudfront.IDistribution,
    ) -> None:
        super().__init__(scope, data, description="purging the edge", construct_id="EscortsPurging")
        self.add_stack_dependency(Stack.of(distribution))
        purge = self.add_function(
            "Purge",
            # CloudFront runs few invalidations at a time; the others wait in the queue.
            FunctionProps(module="purge", memory=512, timeout=Duration.seconds(10), concurrency=2),
        )
        purge.environment(DISTRIBUTION_ID=distribution.distribution_id)
        arn = self.format_arn(
            service="cloudfront",
            region="",
            resource="distribution",
            resource_name=distribution.distribution_id,
        )
        purge.grant_actions(["cloudfront:CreateInvalidation"], [arn])
        purge.add_event_queue(
            api.bus,
            "EscortsPurges",
            source="hellomahi.escorts",
            detail_type=("ProfileDelisted", "ProfilePagesInvalidated"),
        )
