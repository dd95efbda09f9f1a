"""Private network of Aurora and of the functions that use SQL, without access to the internet.

DynamoDB and S3 come through gateway endpoints (free), the few other services through interface endpoints.
docs/cost.md states when a NAT gateway becomes cheaper.
"""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.settings import Settings

DATABASE = ec2.SubnetSelection(subnet_group_name="Database")
FUNCTIONS = ec2.SubnetSelection(subnet_group_name="Functions")

_SERVICES = {
    "Kms": ec2.InterfaceVpcEndpointAwsService.KMS,
    "Events": ec2.InterfaceVpcEndpointAwsService.EVENTBRIDGE,
    "Secrets": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    "Email": ec2.InterfaceVpcEndpointAwsService.EMAIL,
}


class Network(Construct):
    """VPC, endpoints and the security group shared by all functions that use SQL."""

    def __init__(self, scope: Construct, construct_id: str, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.20.0.0/16"),
            nat_gateways=settings.nat_gateways,
            subnet_configuration=_subnets(settings),
            restrict_default_security_group=False,
        )
        self.functions = ec2.SecurityGroup(
            self,
            "Functions",
            vpc=self.vpc,
            description="Functions that use SQL",
            allow_all_outbound=False,
        )
        self.functions.add_egress_rule(
            ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "AWS services, through endpoints only"
        )
        self._endpoints(settings)
        self._flow_log(settings)

    def _endpoints(self, settings: Settings) -> None:
        gateways = ec2.GatewayVpcEndpointAwsService
        self.vpc.add_gateway_endpoint("DynamoDb", service=gateways.DYNAMODB)
        self.vpc.add_gateway_endpoint("S3", service=gateways.S3)
        group = ec2.SecurityGroup(
            self,
            "Endpoints",
            vpc=self.vpc,
            description="Interface endpoints",
            allow_all_outbound=False,
        )
        group.add_ingress_rule(self.functions, ec2.Port.HTTPS, "Functions that use SQL")
        zones = list(settings.availability_zones[: settings.endpoint_zones])
        for name, service in _SERVICES.items():
            self.vpc.add_interface_endpoint(
                name,
                service=service,
                security_groups=[group],
                open=False,
                subnets=ec2.SubnetSelection(
                    subnet_group_name="Functions", availability_zones=zones
                ),
            )

    def _flow_log(self, settings: Settings) -> None:
        group = logs.LogGroup(
            self,
            "FlowLogGroup",
            retention=settings.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.vpc.add_flow_log(
            "Rejected",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(group),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )


def _subnets(settings: Settings) -> list[ec2.SubnetConfiguration]:
    isolated = ec2.SubnetType.PRIVATE_ISOLATED
    subnets = [
        ec2.SubnetConfiguration(name="Functions", subnet_type=isolated, cidr_mask=20),
        ec2.SubnetConfiguration(name="Database", subnet_type=isolated, cidr_mask=24),
    ]
    if settings.nat_gateways:
        private = ec2.SubnetType.PRIVATE_WITH_EGRESS
        subnets.append(ec2.SubnetConfiguration(name="Internet", subnet_type=private, cidr_mask=20))
        public = ec2.SubnetType.PUBLIC
        subnets.append(ec2.SubnetConfiguration(name="Public", subnet_type=public, cidr_mask=24))
    return subnets
