"""CloudFront cache and origin request policies: the parts of a request in the cache key.

Public pages get no session and no IP address, so that no private data can enter the cache. All other requests are
forwarded unchanged.
"""

from collections.abc import Iterator, Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from stacks.constructs.event_sources import Throttle
from stacks.settings import Settings

AGE_COOKIE = "__Host-age"
SESSION_COOKIES = ("__Host-sid", "__Host-adm")
COUNTRY = "CloudFront-Viewer-Country"
LONGEST = Duration.hours(1)
TRACKING = (
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid", "fbclid",
    "msclkid", "mc_eid", "_ga",
)  # fmt: skip
"""Query parameters without use here: each value would be its own cache entry, so they are dropped."""


def page_cache_policy(scope: Construct, settings: Settings) -> cloudfront.CachePolicy:
    """Return the policy of public pages: one cache entry per country and age gate answer; no session is forwarded."""
    return cloudfront.CachePolicy(
        scope,
        "PublicPages",
        cache_policy_name=settings.name("public-pages"),
        comment="Only responses with s-maxage are cached.",
        min_ttl=Duration.seconds(0),
        default_ttl=Duration.seconds(0),
        max_ttl=LONGEST,
        cookie_behavior=cloudfront.CacheCookieBehavior.allow_list(AGE_COOKIE),
        header_behavior=cloudfront.CacheHeaderBehavior.allow_list(COUNTRY),
        query_string_behavior=cloudfront.CacheQueryStringBehavior.deny_list(*TRACKING),
        enable_accept_encoding_gzip=True,
    )


def api_cache_policy(scope: Construct, settings: Settings) -> cloudfront.CachePolicy:
    """Return the policy of the public API: the cache key has the session, since owners get more fields."""
    return cloudfront.CachePolicy(
        scope,
        "PublicApi",
        cache_policy_name=settings.name("public-api"),
        comment="Only responses with s-maxage are cached.",
        min_ttl=Duration.seconds(0),
        default_ttl=Duration.seconds(0),
        max_ttl=LONGEST,
        cookie_behavior=cloudfront.CacheCookieBehavior.allow_list(AGE_COOKIE, *SESSION_COOKIES),
        header_behavior=cloudfront.CacheHeaderBehavior.allow_list(
            COUNTRY, "Age-Confirmed", "Authorization", "Origin"
        ),
        query_string_behavior=cloudfront.CacheQueryStringBehavior.all(),
        enable_accept_encoding_gzip=True,
    )


def minimal_origin_policy(scope: Construct, settings: Settings) -> cloudfront.OriginRequestPolicy:
    """Return the policy that forwards only the headers of uncached error responses, and the host name."""
    return cloudfront.OriginRequestPolicy(
        scope,
        "Little",
        origin_request_policy_name=settings.name("little"),
        header_behavior=cloudfront.OriginRequestHeaderBehavior.allow_list(
            "Accept", "CloudFront-Viewer-Address", "Host", "HX-Request", "HX-Request-Type"
        ),
    )


def uncached_errors() -> list[cloudfront.ErrorResponse]:
    """Return error responses without caching, so that a profile or the site is reachable again at once."""
    return [
        cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0))
        for status in (404, 500, 502, 503, 504)
    ]


def api_patterns(routes: Mapping[str, Throttle]) -> Iterator[str]:
    """Yield the paths of the JSON API whose responses may be cached."""
    for path in _paths(routes, cached=True):
        if path.startswith("/api/"):
            yield _pattern(path)


def private_patterns(routes: Mapping[str, Throttle]) -> Iterator[str]:
    """Yield the paths that are forwarded whole, sessions included: every route that is not public.

    Derived from the routes, so that none can be forgotten. Most share their first segment with no
    public route; then a pattern of that segment suffices.
    """
    public = {_first_segment(path) for path in _paths(routes, cached=True)} - {"api"}
    found: dict[str, None] = {}
    for path in _paths(routes, cached=False):
        word = _first_segment(path)
        if word in public or word.startswith("{"):
            found[_pattern(path)] = None
        elif path == f"/{word}":
            found[path] = None
        else:
            found[f"/{word}/*"] = None
    yield from found


def _paths(routes: Mapping[str, Throttle], *, cached: bool) -> Iterator[str]:
    """Yield the paths of routes that may be cached, or may not; `$default` has none."""
    keyed = ((key.partition(" ")[2], rule) for key, rule in routes.items())
    return (path for path, rule in keyed if path and rule.cached is cached)


def _first_segment(path: str) -> str:
    return path.split("/")[1]


def _pattern(path: str) -> str:
    return "/".join("*" if part.startswith("{") else part for part in path.split("/"))
