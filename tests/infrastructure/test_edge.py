"""Tests of the CloudFront distribution, the firewall and the mail domain."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from contracts import age_gate
from kit.auth.cookies import COOKIES, Audience
from tests.fixtures.gateway import PUBLIC_ROUTES
from tests.infrastructure.synth import Assembly

MAY_BE_KEPT = {
    *(key for key in PUBLIC_ROUTES if "/api/v1/escorts" in key),
    "GET /",
    "GET /_results",
    "GET /city/{city}",
    "GET /city/{city}/{service}",
    "GET /robots.txt",
    "GET /sitemap.xml",
    "GET /sitemaps/{name}",
    "GET /{slug}",
}


def distribution(assembly: Assembly) -> Mapping[str, Any]:
    found: Mapping[str, Any] = assembly.get_resource("Edge", "Distribution").properties[
        "DistributionConfig"
    ]
    return found


def origin(assembly: Assembly, behaviour: Mapping[str, Any]) -> Mapping[str, Any]:
    origins = {one["Id"]: one for one in distribution(assembly)["Origins"]}
    found: Mapping[str, Any] = origins[behaviour["TargetOriginId"]]
    return found


def behaviours(assembly: Assembly) -> dict[str, Mapping[str, Any]]:
    """Return the behaviours by pattern, in CloudFront's order; the default last."""
    found = {one["PathPattern"]: one for one in distribution(assembly)["CacheBehaviors"]}
    return found | {"*": distribution(assembly)["DefaultCacheBehavior"]}


def policy(assembly: Assembly, behaviour: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = behaviour["CachePolicyId"]
    config = assembly.get_resource("Edge", reference["Ref"]).properties["CachePolicyConfig"]
    found: Mapping[str, Any] = config["ParametersInCacheKeyAndForwardedToOrigin"]
    assert config["MinTTL"] == config["DefaultTTL"] == 0, "only what says so is kept"
    return found


def behaviour_of(assembly: Assembly, path: str) -> Mapping[str, Any]:
    return next(one for name, one in behaviours(assembly).items() if fnmatchcase(path, name))


def test_only_static_files_come_from_the_bucket(assembly: Assembly) -> None:
    static, *others = behaviours(assembly).values()

    assert static["PathPattern"] == "/static/*"
    assert "OriginAccessControlId" in origin(assembly, static)
    assert "StaticFiles" in str(origin(assembly, static)["DomainName"])
    assert static["TargetOriginId"] not in {one["TargetOriginId"] for one in others}


def test_private_routes_are_forwarded_whole(assembly: Assembly) -> None:
    disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's own policy CachingDisabled
    # $default answers requests without a route, which are not cached.
    private = [key for key in PUBLIC_ROUTES if key not in {*MAY_BE_KEPT, "$default"}]
    assert "ANY /account" in private

    for key in private:
        for path in addresses(key.split(" ")[1]):
            behaviour = behaviour_of(assembly, path)
            assert behaviour["CachePolicyId"] == disabled, key
            assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(behaviour["AllowedMethods"])
            assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
            assert "EverythingAndWho" in str(behaviour["OriginRequestPolicyId"])


def addresses(path: str) -> list[str]:
    return [re.sub(r"{[^}]*}", word, path) for word in ("x", "a-b/c/d")]


def test_public_pages_get_no_session_or_address(assembly: Assembly) -> None:
    pages = [key.split(" ")[1] for key in MAY_BE_KEPT if "/api/" not in key]
    assert "/{slug}" in pages

    for path in pages:
        behaviour = behaviour_of(assembly, re.sub(r"{[^}]*}", "x", path))
        assert behaviour == behaviours(assembly)["*"], path
        assert set(behaviour["AllowedMethods"]) == {"GET", "HEAD"}
        key = policy(assembly, behaviour)
        assert key["CookiesConfig"]["Cookies"] == [age_gate.COOKIE]
        assert key["HeadersConfig"]["Headers"] == ["CloudFront-Viewer-Country"]
        little = assembly.get_resource("Edge", behaviour["OriginRequestPolicyId"]["Ref"])
        passed = little.properties["OriginRequestPolicyConfig"]
        assert passed["CookiesConfig"]["CookieBehavior"] == "none"
        assert not {"Authorization", "Cookie", "User-Agent"} & set(
            passed["HeadersConfig"]["Headers"]
        )


def test_api_cache_key_includes_session(assembly: Assembly) -> None:
    for path in ("/api/v1/escorts", "/api/v1/escorts/search", "/api/v1/escorts/mira-valen"):
        key = policy(assembly, behaviour_of(assembly, path))
        assert set(key["CookiesConfig"]["Cookies"]) == {
            age_gate.COOKIE, COOKIES[Audience.SITE].name, COOKIES[Audience.ADMIN].name,
        }  # fmt: skip
        assert set(key["HeadersConfig"]["Headers"]) == {
            "Age-Confirmed", "Authorization", "CloudFront-Viewer-Country", "Origin",
        }  # fmt: skip
        assert key["QueryStringsConfig"]["QueryStringBehavior"] == "all"


def test_error_responses_are_not_cached(assembly: Assembly) -> None:
    """A cached error would hide a profile that is public again, or the site after a failure."""
    kept = {
        one["ErrorCode"]: one["ErrorCachingMinTTL"]
        for one in distribution(assembly)["CustomErrorResponses"]
    }

    assert kept == dict.fromkeys((404, 500, 502, 503, 504), 0)


def test_only_purge_function_may_invalidate_this_distribution(assembly: Assembly) -> None:
    statements = [
        (policy.id, statement)
        for policy in assembly.resources_of_type("AWS::IAM::Policy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if "cloudfront" in str(statement["Action"])
    ]

    ((owner, statement),) = statements
    assert owner.startswith("PurgeRole")
    assert statement["Action"] == "cloudfront:CreateInvalidation"
    assert "Distribution" in str(statement["Resource"])


def test_api_gets_viewer_address_from_cloudfront(assembly: Assembly) -> None:
    policies = assembly.resources_of_type("AWS::CloudFront::OriginRequestPolicy")
    (whole,) = (one for one in policies if "Everything" in one.id)
    config = whole.properties["OriginRequestPolicyConfig"]

    assert config["HeadersConfig"]["HeaderBehavior"] == "allViewerAndWhitelistCloudFront"
    assert "CloudFront-Viewer-Address" in config["HeadersConfig"]["Headers"]
    assert config["CookiesConfig"]["CookieBehavior"] == "all"
    assert config["QueryStringsConfig"]["QueryStringBehavior"] == "all"


def test_api_domain_is_the_public_name(assembly: Assembly) -> None:
    """CloudFront forwards the Host header, so the API's own domain must be the public one."""
    (domain,) = assembly.resources_of_type("AWS::ApiGatewayV2::DomainName")

    assert domain.properties["DomainName"] == assembly.settings.domain.name
    assert distribution(assembly)["Aliases"] == [assembly.settings.domain.name]
    (configuration,) = domain.properties["DomainNameConfigurations"]
    assert configuration["SecurityPolicy"] == "TLS_1_2"


def test_origin_secret_is_sent_over_tls_only(assembly: Assembly) -> None:
    api = origin(assembly, distribution(assembly)["DefaultCacheBehavior"])
    (header,) = api["OriginCustomHeaders"]

    assert header["HeaderName"] == "x-origin-verify"
    name = assembly.settings.name("origin-verify")
    assert header["HeaderValue"].startswith(f"{{{{resolve:secretsmanager:{name}:")
    assert assembly.get_resource("Api", "OriginSecret5DDC59F1").properties["Name"] == name
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert api["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]


def test_distribution_has_web_acl(assembly: Assembly) -> None:
    (acl,) = assembly.resources_of_type("AWS::WAFv2::WebACL")
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


def test_requests_of_visitors_are_not_logged(assembly: Assembly) -> None:
    assert "Logging" not in distribution(assembly)
    (acl,) = assembly.resources_of_type("AWS::WAFv2::WebACL")
    assert "'SampledRequestsEnabled': True" not in str(acl.properties)
    (log,) = assembly.resources_of_type("AWS::WAFv2::LoggingConfiguration")
    assert log.properties["LoggingFilter"]["DefaultBehavior"] == "DROP"
    redacted = str(log.properties["RedactedFields"])
    assert "cookie" in redacted
    assert "authorization" in redacted


def test_bucket_is_readable_by_cloudfront_only(assembly: Assembly) -> None:
    bucket = assembly.get_resource("Static", "StaticFiles").properties
    (policy,) = assembly.resources_of_type("AWS::S3::BucketPolicy")
    statements = policy.properties["PolicyDocument"]["Statement"]
    principals = [s["Principal"] for s in statements if s["Effect"] == "Allow"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert {"Service": "cloudfront.amazonaws.com"} in principals
    assert "*" not in str([p for p in principals if "Service" in p])


def test_mail_domain_has_dkim_spf_and_dmarc(assembly: Assembly) -> None:
    records = [r.properties for r in assembly.resources_of_type("AWS::Route53::RecordSet")]
    (dmarc,) = (r for r in records if str(r["Name"]).startswith("_dmarc."))

    assert '"v=DMARC1; p=reject' in dmarc["ResourceRecords"][0]
    assert len([r for r in records if r["Type"] == "CNAME"]) == 3
