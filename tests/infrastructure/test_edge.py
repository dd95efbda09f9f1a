"""The way in: what CloudFront does with a request, and what it keeps out."""

from collections.abc import Mapping
from typing import Any

from tests.infrastructure.synth import Assembly


def distribution(assembly: Assembly) -> Mapping[str, Any]:
    found: Mapping[str, Any] = assembly.one("Edge", "Distribution").properties["DistributionConfig"]
    return found


def origin(assembly: Assembly, behaviour: Mapping[str, Any]) -> Mapping[str, Any]:
    origins = {one["Id"]: one for one in distribution(assembly)["Origins"]}
    found: Mapping[str, Any] = origins[behaviour["TargetOriginId"]]
    return found


def test_static_files_come_from_the_bucket_and_nothing_else_does(assembly: Assembly) -> None:
    (static,) = distribution(assembly)["CacheBehaviors"]

    assert static["PathPattern"] == "/static/*"
    assert "OriginAccessControlId" in origin(assembly, static)
    assert "StaticFiles" in str(origin(assembly, static)["DomainName"])


def test_pages_and_api_are_never_cached_and_take_every_method(assembly: Assembly) -> None:
    default = distribution(assembly)["DefaultCacheBehavior"]

    disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's own policy CachingDisabled
    assert default["CachePolicyId"] == disabled
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(default["AllowedMethods"])
    assert default["ViewerProtocolPolicy"] == "redirect-to-https"


def test_the_api_learns_who_asks_from_cloudfront_itself(assembly: Assembly) -> None:
    (policy,) = assembly.of("AWS::CloudFront::OriginRequestPolicy")
    config = policy.properties["OriginRequestPolicyConfig"]

    assert config["HeadersConfig"]["HeaderBehavior"] == "allViewerAndWhitelistCloudFront"
    assert "CloudFront-Viewer-Address" in config["HeadersConfig"]["Headers"]
    assert config["CookiesConfig"]["CookieBehavior"] == "all"
    assert config["QueryStringsConfig"]["QueryStringBehavior"] == "all"


def test_the_api_answers_under_the_name_that_visitors_send(assembly: Assembly) -> None:
    """The Host header is passed on, so the API's own domain must be the public one."""
    (domain,) = assembly.of("AWS::ApiGatewayV2::DomainName")

    assert domain.properties["DomainName"] == assembly.settings.domain.name
    assert distribution(assembly)["Aliases"] == [assembly.settings.domain.name]
    (configuration,) = domain.properties["DomainNameConfigurations"]
    assert configuration["SecurityPolicy"] == "TLS_1_2"


def test_cloudfront_shows_its_secret_over_tls_only(assembly: Assembly) -> None:
    api = origin(assembly, distribution(assembly)["DefaultCacheBehavior"])
    (header,) = api["OriginCustomHeaders"]

    assert header["HeaderName"] == "x-origin-verify"
    name = assembly.settings.name("origin-verify")
    assert header["HeaderValue"].startswith(f"{{{{resolve:secretsmanager:{name}:")
    assert assembly.one("Api", "OriginSecret5DDC59F1").properties["Name"] == name
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert api["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]


def test_a_firewall_stands_in_front(assembly: Assembly) -> None:
    (acl,) = assembly.of("AWS::WAFv2::WebACL")
    rules = {rule["Name"]: rule for rule in acl.properties["Rules"]}

    assert acl.stack == "EdgeGlobal"
    assert assembly.manifest["artifacts"]["EdgeGlobal"]["environment"].endswith("/us-east-1")
    assert "Firewall" in distribution(assembly)["WebACLId"]["Fn::GetStackOutput"]["OutputName"]
    assert "AWSManagedRulesCommonRuleSet" in rules
    limits = {
        name: rule["Statement"]["RateBasedStatement"]["Limit"]
        for name, rule in rules.items()
        if "RateBasedStatement" in rule["Statement"]
    }
    assert limits["SignInPerAddress"] < limits["PerAddress"]


def test_nobody_reads_visitors_requests_afterwards(assembly: Assembly) -> None:
    assert "Logging" not in distribution(assembly)
    (acl,) = assembly.of("AWS::WAFv2::WebACL")
    assert "'SampledRequestsEnabled': True" not in str(acl.properties)
    (log,) = assembly.of("AWS::WAFv2::LoggingConfiguration")
    assert log.properties["LoggingFilter"]["DefaultBehavior"] == "DROP"
    redacted = str(log.properties["RedactedFields"])
    assert "cookie" in redacted
    assert "authorization" in redacted


def test_the_bucket_is_closed_to_everybody_but_cloudfront(assembly: Assembly) -> None:
    bucket = assembly.one("Static", "StaticFiles").properties
    (policy,) = assembly.of("AWS::S3::BucketPolicy")
    statements = policy.properties["PolicyDocument"]["Statement"]
    principals = [s["Principal"] for s in statements if s["Effect"] == "Allow"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert {"Service": "cloudfront.amazonaws.com"} in principals
    assert "*" not in str([p for p in principals if "Service" in p])


def test_mail_from_the_domain_is_signed_and_forgeries_are_refused(assembly: Assembly) -> None:
    records = [r.properties for r in assembly.of("AWS::Route53::RecordSet")]
    (dmarc,) = (r for r in records if str(r["Name"]).startswith("_dmarc."))

    assert '"v=DMARC1; p=reject' in dmarc["ResourceRecords"][0]
    assert len([r for r in records if r["Type"] == "CNAME"]) == 3
