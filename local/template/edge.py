"""Readers of CloudFront resources into typed specs."""

from collections.abc import Iterator, Mapping

from local.template.assembly import Assembly, Resource, TemplateError, Value
from local.template.specs import Behaviour, Distribution

_DEFAULT_METHODS = ("GET", "HEAD")


def distributions(assembly: Assembly) -> Iterator[Distribution]:
    """Yield every CloudFront distribution, behaviours in CloudFront's matching order."""
    for resource in assembly.resources("AWS::CloudFront::Distribution"):
        config = resource.properties["DistributionConfig"]
        origins = {origin["Id"]: origin for origin in config["Origins"]}
        default = {"PathPattern": "*", **config["DefaultCacheBehavior"]}
        yield Distribution(
            resource=resource,
            behaviours=tuple(
                _behaviour(assembly, resource, behaviour, origins[behaviour["TargetOriginId"]])
                for behaviour in [*config.get("CacheBehaviors", []), default]
            ),
            default_root_object=config.get("DefaultRootObject", ""),
        )


def _behaviour(
    assembly: Assembly,
    owner: Resource,
    behaviour: Mapping[str, Value],
    origin: Mapping[str, Value],
) -> Behaviour:
    policy = _policy(assembly, owner, behaviour, "ResponseHeadersPolicy")
    request = _policy(assembly, owner, behaviour, "OriginRequestPolicy")
    cache = _policy(assembly, owner, behaviour, "CachePolicy")
    key = cache.get("ParametersInCacheKeyAndForwardedToOrigin", {})
    return Behaviour(
        pattern=behaviour["PathPattern"],
        origin=_origin(assembly, owner, origin["DomainName"]),
        origin_path=origin.get("OriginPath", ""),
        methods=frozenset(behaviour.get("AllowedMethods", _DEFAULT_METHODS)),
        origin_headers={
            header["HeaderName"].lower(): header["HeaderValue"]
            for header in origin.get("OriginCustomHeaders", ())
        },
        viewer_headers=frozenset(
            name for name in _headers(request) | _headers(key) if name.startswith("cloudfront-")
        ),
        headers=None if _forwards_all(request) else _headers(request) | _headers(key),
        cookies=None if _forwards_all(request) else _cookies(request) | _cookies(key),
        dropped_query=_dropped_query(key),
        key_headers=_headers(key),
        key_cookies=_cookies(key),
        max_ttl=int(cache.get("MaxTTL", 0)),
        response_headers=dict(_response_headers(policy)),
        removed_headers=frozenset(
            item["Header"].lower()
            for item in policy.get("RemoveHeadersConfig", {}).get("Items", ())
        ),
    )


def _origin(assembly: Assembly, owner: Resource, domain: Value) -> Resource:
    """Return the bucket or API of an origin's domain, also through a custom domain of the API."""
    origin = assembly.trace(owner, domain)
    if origin.type != "AWS::ApiGatewayV2::DomainName":
        return origin
    for mapping in assembly.resources("AWS::ApiGatewayV2::ApiMapping"):
        if assembly.trace(mapping, mapping.properties["DomainName"]) is origin:
            return assembly.trace(mapping, mapping.properties["ApiId"])
    raise TemplateError(f"{owner} has the origin {origin}, to which no API is mapped")


def _policy(
    assembly: Assembly, owner: Resource, behaviour: Mapping[str, Value], kind: str
) -> Mapping[str, Value]:
    """Return the configuration of a policy of the template; empty for AWS's managed ones, which have only an id."""
    reference = behaviour.get(f"{kind}Id")
    if not isinstance(reference, dict):
        return {}
    policy = assembly.trace(owner, reference)
    found: Mapping[str, Value] = policy.properties[f"{kind}Config"]
    return found


def _forwards_all(policy: Mapping[str, Value]) -> bool:
    """Tell whether an origin request policy forwards everything, or is not in the template."""
    behaviour = policy.get("HeadersConfig", {}).get("HeaderBehavior", "allViewer")
    return str(behaviour).startswith("allViewer")


def _headers(policy: Mapping[str, Value]) -> frozenset[str]:
    named = policy.get("HeadersConfig", {}).get("Headers", ())
    return frozenset(name.lower() for name in named)


def _cookies(policy: Mapping[str, Value]) -> frozenset[str]:
    return frozenset(policy.get("CookiesConfig", {}).get("Cookies", ()))


def _dropped_query(key: Mapping[str, Value]) -> frozenset[str]:
    config = key.get("QueryStringsConfig", {})
    dropped = config.get("QueryStringBehavior") == "allExcept"
    return frozenset(config.get("QueryStrings", ())) if dropped else frozenset()


def _response_headers(policy: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Yield the headers of every response, without transport security, since the local cloud is plain HTTP."""
    security = policy.get("SecurityHeadersConfig", {})
    if "ContentTypeOptions" in security:
        yield "x-content-type-options", "nosniff"
    if frame := security.get("FrameOptions"):
        yield "x-frame-options", frame["FrameOption"]
    if referrer := security.get("ReferrerPolicy"):
        yield "referrer-policy", referrer["ReferrerPolicy"]
    for item in policy.get("CustomHeadersConfig", {}).get("Items", ()):
        yield item["Header"].lower(), item["Value"]
