"""Sender identity of the stage's domain: DKIM, SPF and DMARC, for delivery and against forged senders."""

from aws_cdk import aws_route53 as route53
from aws_cdk import aws_ses as ses
from constructs import Construct

from stacks.constructs.zone import hosted_zone
from stacks.settings import Settings


class MailIdentity(Construct):
    """SES identity and its DNS records."""

    def __init__(self, scope: Construct, construct_id: str, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        domain = settings.domain.name
        bounce = f"bounce.{domain}"
        zone = hosted_zone(self, settings)
        identity = ses.EmailIdentity(
            self, "Identity", identity=ses.Identity.domain(domain), mail_from_domain=bounce
        )
        for number, record in enumerate(identity.dkim_records):
            route53.CnameRecord(
                self,
                f"Dkim{number}",
                zone=zone,
                record_name=f"{record.name}.",
                domain_name=record.value,
            )
        route53.MxRecord(
            self,
            "Bounces",
            zone=zone,
            record_name=f"{bounce}.",
            values=[
                route53.MxRecordValue(
                    host_name=f"feedback-smtp.{settings.region}.amazonses.com", priority=10
                )
            ],
        )
        for name, host, value in (
            ("Spf", bounce, "v=spf1 include:amazonses.com -all"),
            ("Dmarc", f"_dmarc.{domain}", "v=DMARC1; p=reject; adkim=s; aspf=r"),
        ):
            route53.TxtRecord(self, name, zone=zone, record_name=f"{host}.", values=[value])
