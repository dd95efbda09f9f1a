"""What CloudFront keeps: which parts of a request tell one answer from another.

Public pages get no session and no address: nothing private can reach what is kept. Everything else passes untouched.
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
"""Of no use to us, and each value would be a copy of its own: they do not even arrive."""


def page_cache_policy(scope: Construct, settings: Settings) -> cloudfront.CachePolicy:
    """One copy for each country and answer to the age gate; the session is not passed on at all."""
    return cloudfront.CachePolicy(
        scope,
        "PublicPages",
        cache_policy_name=settings.name("public-pages"),
        comment="Only what says s-maxage is kept.",
        min_ttl=Duration.seconds(0),
        default_ttl=Duration.seconds(0),
        max_ttl=LONGEST,
        cookie_behavior=cloudfront.CacheCookieBehavior.allow_list(AGE_COOKIE),
        header_behavior=cloudfront.CacheHeaderBehavior.allow_list(COUNTRY),
        query_string_behavior=cloudfront.CacheQueryStringBehavior.deny_list(*TRACKING),
        enable_accept_encoding_gzip=True,
    )


def api_cache_policy(scope: Construct, settings: Settings) -> cloudfront.CachePolicy:
    """Signed-in people have copies of their own: some addresses show an owner more."""
    return cloudfront.CachePolicy(
        scope,
        "PublicApi",
        cache_policy_name=settings.name("public-api"),
        comment="Only what says s-maxage is kept.",
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
    """Pass on what errors depend on (they are never kept), and the name that visitors ask for."""
    return cloudfront.OriginRequestPolicy(
        scope,
        "Little",
        origin_request_policy_name=settings.name("little"),
        header_behavior=cloudfront.OriginRequestHeaderBehavior.allow_list(
            "Accept", "CloudFront-Viewer-Address", "Host", "HX-Request", "HX-Request-Type"
        ),
    )


def uncached_errors() -> list[cloudfront.ErrorResponse]:
    """A profile that is public again is there at once, and so is the site after a failure."""
    return [
        cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0))
        for status in (404, 500, 502, 503, 504)
    ]


def api_patterns(routes: Mapping[str, Throttle]) -> Iterator[str]:
    """Yield the paths of the JSON API whose answers may be kept."""
    for path in _paths(routes, cached=True):
        if path.startswith("/api/"):
            yield _pattern(path)


def private_patterns(routes: Mapping[str, Throttle]) -> Iterator[str]:
    """Yield the paths that must reach us whole, sessions included: every route that is not public.

    Taken from the routes themselves, so that none can be forgotten. Most share a first word with
    no public one, and then that word alone decides.
    """
    public = {_first(path) for path in _paths(routes, cached=True)} - {"api"}
    found: dict[str, None] = {}
    for path in _paths(routes, cached=False):
        word = _first(path)
        if word in public or word.startswith("{"):
            found[_pattern(path)] = None
        elif path == f"/{word}":
            found[path] = None
        else:
            found[f"/{word}/*"] = None
    yield from found


def _paths(routes: Mapping[str, Throttle], *, cached: bool) -> Iterator[str]:
    """Yield the paths of routes that may be kept, or may not; `$default` has none."""
    keyed = ((key.partition(" ")[2], rule) for key, rule in routes.items())
    return (path for path, rule in keyed if path and rule.cached is cached)


def _first(path: str) -> str:
    return path.split("/")[1]


def _pattern(path: str) -> str:
    return "/".join("*" if part.startswith("{") else part for part in path.split("/"))
