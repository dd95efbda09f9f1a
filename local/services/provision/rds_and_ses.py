"""Resources with a local substitute: the database cluster (RDS) and mail senders (SES)."""

from __future__ import annotations

from local.services.postgres import DatabaseServer
from local.services.provision.context import ClientFactory
from local.template import Physical, Resolver, Template

__all__ = ["record_database_address", "verify_mail_senders"]


def record_database_address(template: Template, physical: Physical, server: DatabaseServer) -> None:
    """Record the local server as the physical resource of the database cluster."""
    for cluster in template.resources("AWS::RDS::DBCluster", "AWS::RDS::DBProxy"):
        port = str(server.port)
        attributes = {
            "Endpoint": server.host,
            "Endpoint.Address": server.host,
            "Endpoint.Port": port,
            "ReadEndpoint.Address": server.host,
            "MasterUserSecret.SecretArn": physical.arn("secretsmanager", "secret:local-owner"),
            "DBClusterArn": physical.arn("rds", f"cluster:{cluster.logical_id.lower()}"),
        }
        physical.put(cluster, cluster.logical_id.lower(), attributes)


def verify_mail_senders(template: Template, resolver: Resolver, client: ClientFactory) -> None:
    """Verify the sender domains of functions, as the operator does on AWS."""
    ses = client("sesv2")
    for spec in template.functions.values():
        if "MAIL_FROM" not in spec.environment:
            continue
        sender = resolver.text(spec.resource, spec.environment["MAIL_FROM"])
        domain = sender.rpartition("@")[2].rstrip(">")
        try:
            ses.create_email_identity(EmailIdentity=domain)
        except ses.exceptions.AlreadyExistsException:
            continue
