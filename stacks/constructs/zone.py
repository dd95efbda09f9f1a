"""DNS zone of the stage: an existing one, not looked up, so that synthesis works offline."""

from aws_cdk import aws_route53 as route53
from constructs import Construct

from stacks.settings import Settings


def hosted_zone(scope: Construct, settings: Settings) -> route53.IHostedZone:
    """Return the zone of the settings."""
    return route53.HostedZone.from_hosted_zone_attributes(
        scope,
        "Zone",
        hosted_zone_id=settings.domain.zone_id,
        zone_name=settings.domain.zone_name,
    )
