"""Web application firewall: AWS's managed rules and two rate limits per IP address."""

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

MANAGED = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesCommonRuleSet",
)
"""Without the SQL injection rules: they refuse ordinary sentences, and every statement here is parameterized."""
COUNTED = ("SizeRestrictions_BODY",)
"""A profile's text may exceed 8 KB; the application has its own limit."""
SIGN_IN_PATHS = ("/login", "/register", "/reset", "/staff/login", "/api/v1/auth/")
PER_ADDRESS = 3000
PER_ADDRESS_SIGN_IN = 100
"""Both are requests in five minutes."""


def web_acl(scope: Construct, construct_id: str, name: str) -> waf.CfnWebACL:
    """Return the ACL for a CloudFront distribution (so: in us-east-1)."""
    managed = [_managed(rule, priority) for priority, rule in enumerate(MANAGED)]
    limits = [
        _limit("SignInPerAddress", PER_ADDRESS_SIGN_IN, len(MANAGED), _starts_with(SIGN_IN_PATHS)),
        _limit("PerAddress", PER_ADDRESS, len(MANAGED) + 1, None),
    ]
    return waf.CfnWebACL(
        scope,
        construct_id,
        name=name,
        scope="CLOUDFRONT",
        default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
        rules=[*managed, *limits],
        visibility_config=_visible("Firewall"),
    )


def _managed(name: str, priority: int) -> waf.CfnWebACL.RuleProperty:
    common = name == "AWSManagedRulesCommonRuleSet"
    group = waf.CfnWebACL.ManagedRuleGroupStatementProperty(
        vendor_name="AWS",
        name=name,
        rule_action_overrides=[
            waf.CfnWebACL.RuleActionOverrideProperty(
                name=rule, action_to_use=waf.CfnWebACL.RuleActionProperty(count={})
            )
            for rule in COUNTED
        ]
        if common
        else None,
    )
    return waf.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
        statement=waf.CfnWebACL.StatementProperty(managed_rule_group_statement=group),
        visibility_config=_visible(name),
    )


def _limit(
    name: str, limit: int, priority: int, scope_down: waf.CfnWebACL.StatementProperty | None
) -> waf.CfnWebACL.RuleProperty:
    statement = waf.CfnWebACL.RateBasedStatementProperty(
        limit=limit,
        aggregate_key_type="IP",
        evaluation_window_sec=300,
        scope_down_statement=scope_down,
    )
    return waf.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        action=waf.CfnWebACL.RuleActionProperty(
            block=waf.CfnWebACL.BlockActionProperty(
                custom_response=waf.CfnWebACL.CustomResponseProperty(response_code=429)
            )
        ),
        statement=waf.CfnWebACL.StatementProperty(rate_based_statement=statement),
        visibility_config=_visible(name),
    )


def _starts_with(paths: tuple[str, ...]) -> waf.CfnWebACL.StatementProperty:
    return waf.CfnWebACL.StatementProperty(
        or_statement=waf.CfnWebACL.OrStatementProperty(
            statements=[
                waf.CfnWebACL.StatementProperty(
                    byte_match_statement=waf.CfnWebACL.ByteMatchStatementProperty(
                        field_to_match=waf.CfnWebACL.FieldToMatchProperty(uri_path={}),
                        positional_constraint="STARTS_WITH",
                        search_string=path,
                        text_transformations=[
                            waf.CfnWebACL.TextTransformationProperty(priority=0, type="LOWERCASE")
                        ],
                    )
                )
                for path in paths
            ]
        )
    )


def _visible(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    # Sampled requests would show cookies to every user of the AWS console.
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
